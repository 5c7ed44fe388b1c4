import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pickCharts } from '../contracts/charts.ts';
import { comparison, hydrate, run } from '../test/webview/recordings.ts';
import { charts } from './charts/all.ts';
import { roundUp } from './charts/chartSpec.ts';
import { figuresOf } from './figures.ts';
import { initialState, reduce } from './state.ts';
import { changeWords, signedShare, verdictText } from './verdict.ts';
import { chartNames, clockText, devicesText, fileName, pickerText, shorten, stateText } from './words.ts';

describe('words', () => {
  test('long names are cut in the middle, by whole characters', () => {
    assert.equal(shorten('train.py', 20), 'train.py');
    assert.equal(shorten('abcdefghijkl', 7), 'abcd…kl');
    assert.equal(shorten('🔥'.repeat(10), 4), '🔥🔥…🔥');
    assert.equal(shorten('a\n\tb', 20), 'a b');
  });
  test('a run in a line', () => {
    assert.equal(pickerText(run()), 'run 14 · train.py · live');
    assert.equal(
      pickerText(run({ state: 'ended', simulated: true })),
      'run 14 · train.py · 91.2 kJ · 02:00 · simulated',
    );
    assert.equal(stateText({ ...run({ state: 'ended' }), exitCode: 137 }), 'ended, exit 137');
    const cell = { ...run({ state: 'ended' }), origin: 'notebook' } as const;
    assert.equal(stateText({ ...cell, exitCode: 130 }), 'cell interrupted');
    assert.equal(stateText({ ...cell, exitCode: 1 }), 'cell failed');
    assert.equal(stateText(run({ state: 'interrupted' })), 'interrupted');
  });
  test('GPUs by name', () => {
    assert.equal(devicesText(run({ gpus: 2, deviceName: 'NVIDIA L4' }).devices), 'L4 #0 #1');
    assert.equal(devicesText(run({ gpus: 8, deviceName: 'NVIDIA L4' }).devices), '8 × L4');
  });
  test('places and times', () => {
    assert.equal(fileName('C:\\work\\train.py'), 'train.py');
    assert.equal(fileName('/a/b.py'), 'b.py');
    assert.equal(clockText(61_450, 200), '01:01.4');
    assert.equal(clockText(61_450, 2000), '01:01');
  });
});

describe('verdict', () => {
  test('in words, for each', () => {
    assert.deepEqual(verdictText(comparison()), {
      headline: '31 % less energy per step',
      detail: '95 % interval: 33 % less to 28 % less. 16.1 J less for each step.',
    });
    const unclear = verdictText(
      comparison({ verdict: 'notDistinguishable', change: -0.01, interval: [-0.04, 0.03] }),
    );
    assert.equal(unclear.headline, 'Not distinguishable');
    assert.equal(unclear.detail, '95 % interval: 4.0 % less to 3.0 % more. It includes no change at all.');
    const small = comparison({ verdict: 'notDistinguishable', change: -0.015, interval: [-0.018, -0.012] });
    assert.equal(verdictText(small).detail, '95 % interval: 1.8 % less to 1.2 % less.');
    assert.equal(
      verdictText(comparison({ verdict: 'notComparable', change: null })).headline,
      'Not comparable',
    );
    assert.equal(changeWords(0), 'no change');
    assert.equal(signedShare(-0.3), '−30 %');
  });
});

describe('figures', () => {
  test('a stale reading is not "now"', () => {
    const state = reduce(initialState(), hydrate({}, { run: { ...run(), durationMs: 130_000 } }));
    assert.equal(figuresOf(state)[0]?.value, '–');
  });
  test('unknown steps teach, unknown idle is not zero', () => {
    const shown = run();
    const state = reduce(
      initialState(),
      hydrate({}, { run: { ...shown, steps: null, totals: { ...shown.totals, idleJ: null } } }),
    );
    const [, , perStep, idle] = figuresOf(state);
    assert.deepEqual([perStep?.value, perStep?.partner], ['–', 'no progress line yet']);
    assert.deepEqual([idle?.value, idle?.partner], ['–', 'not known']);
  });
});

describe('charts', () => {
  test('their names in a sentence keep the capitals of short forms', () => {
    const named = (...ids: readonly string[]): string =>
      chartNames(charts.filter(({ id }) => ids.includes(id)));
    assert.equal(named('power'), 'Power');
    assert.equal(named('power', 'memory'), 'Power and memory used');
    assert.equal(
      named('utilization', 'smClock', 'cpuPower'),
      'Utilisation, SM clock and CPU power (machine)',
    );
  });
  test('a setting may hold anything: the order is ours, what is unknown is left out', () => {
    assert.deepEqual(pickCharts(['temperature', 'power', 'fan', 3]), ['power', 'temperature']);
    for (const nothing of [undefined, null, 'power', [], ['fan']])
      assert.deepEqual(pickCharts(nothing), ['power', 'utilization']);
  });
  test('axes end at round numbers above the largest value', () => {
    for (const largest of [0, 1, 49, 120, 333, 699, 701, 1199]) {
      for (const chart of charts) {
        const top = chart.top(chart.metric === 'utilization' ? Math.min(1, largest) : largest);
        assert.ok(top >= (chart.metric === 'utilization' ? 1 : largest * 1.05));
        assert.ok(chart.ticks(top).every((tick) => tick >= 0 && tick <= top));
      }
    }
    assert.deepEqual([7, 71, 130, 0.9, 1e5].map(roundUp), [8, 80, 150, 1, 1e5]);
  });
});
