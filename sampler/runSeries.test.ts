import assert from 'node:assert/strict';
import * as sqlite from 'node:sqlite';
import { test } from 'node:test';
import type { RunDetail } from '../contracts/runs.ts';
import { runSeries } from './runSeries.ts';
import { RunStore } from './store/runStore.ts';
import type { StoredRun } from './store/runTable.ts';

const minuteMs = 60_000;
/** A whole hour, so that buckets begin with it. */
const zeroMs = 500_000 * 60 * minuteMs;

/** Power grows by a watt a minute; the second GPU begins in the middle and tells no utilisation. */
function filled(minutes: number): { readonly store: RunStore; readonly run: StoredRun } {
  const store = new RunStore(sqlite, { XDG_STATE_HOME: '/proc/nowhere', HOME: '/proc/nowhere' });
  for (let second = 0; second < minutes * 60; second += 1) {
    const timeMs = zeroMs + second * 1000;
    const powerW = 100 + Math.floor(second / 60);
    store.addSample('gpu/a', { timeMs, values: { powerW, utilization: 0.5 } });
    if (second >= minutes * 30) store.addSample('gpu/b', { timeMs, values: { powerW: 50 } });
    store.addSample('host/r', { timeMs, values: { cpuCores: 2 } });
    store.flush(timeMs);
  }
  const devices = ['a', 'b'].map((uuid, index) => ({ uuid, index, name: uuid }));
  const detail = { runId: 'r', durationMs: minutes * minuteMs, devices } as unknown as RunDetail;
  return { store, run: { detail, clockZeroMs: zeroMs, processStart: '' } };
}

for (const [minutes, points, what] of [
  [20, 5_000, 'single readings'],
  [20, 60, 'means of single readings'],
  [120, 5_000, 'summaries of 10 s'],
  [120, 60, 'means of summaries of 10 s'],
  [480, 5_000, 'summaries of a minute'],
  [480, 60, 'means of summaries of a minute'],
] as const)
  test(`${minutes} minutes in at most ${points} points: ${what}, the open minute among them`, () => {
    const { store, run } = filled(minutes);
    const { series, timesMs, values } = runSeries(store, run, null, null, points);
    store.close();
    assert.deepEqual(
      series.map(({ id }) => id),
      ['a/powerW', 'a/utilization', 'b/powerW', 'host/cpuCores'],
    );
    assert.ok(
      timesMs.length <= points && timesMs.length >= Math.min(points, minutes) * 0.9,
      `${timesMs.length}`,
    );
    assert.deepEqual(
      timesMs,
      timesMs.toSorted((one, other) => one - other),
    );
    assert.ok(
      (timesMs.at(-1) ?? 0) > (minutes - 1) * minuteMs - (minutes * minuteMs) / points,
      'up to the end',
    );
    const [power = [], utilization = [], other = []] = values;
    for (const [at, timeMs] of timesMs.entries()) {
      // Half a point and half a step of a watt to either side.
      const slack = 0.51 + minutes / points;
      assert.ok(
        Math.abs((power[at] ?? 0) - (99.5 + timeMs / minuteMs)) <= slack,
        `${power[at]} at ${timeMs}`,
      );
      assert.equal(utilization[at], 0.5);
      const begun = timeMs - (minutes / 2) * minuteMs;
      if (Math.abs(begun) > minuteMs + (minutes * minuteMs) / points)
        assert.equal(other[at], begun > 0 ? 50 : null);
    }
  });

test('a window that begins and ends within an hour holds nothing of before and after', () => {
  const { store, run } = filled(720);
  const [fromMs, toMs] = [90 * minuteMs, 600 * minuteMs];
  const { timesMs } = runSeries(store, run, fromMs, toMs, 5_000);
  store.close();
  assert.deepEqual([timesMs[0], timesMs.at(-1)], [fromMs + minuteMs / 2, toMs + minuteMs / 2]);
  assert.equal(timesMs.length, 511);
});
