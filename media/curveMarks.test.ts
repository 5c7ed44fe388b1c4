import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MetricId } from '../contracts/metrics.ts';
import type { CourseMarks, SeriesBlock } from '../contracts/runs.ts';
import { hydrate, live, run } from '../test/webview/recordings.ts';
import { chartData } from './chartData.ts';
import { marksText } from './curveMarks.ts';
import { initialState, type PanelState, reduce } from './state.ts';

const course: CourseMarks = {
  epochs: [
    { timeMs: 8000, epoch: 1, done: false },
    { timeMs: 50_000, epoch: 2, done: false },
  ],
  phases: [
    { phase: 'import', fromMs: 0, toMs: 6000 },
    { phase: 'backward', fromMs: 7000, toMs: 100_000 },
  ],
};

const shown = (...actions: readonly Parameters<typeof reduce>[1][]): PanelState =>
  [hydrate({}, { run: { ...run(), course } }), ...actions].reduce(reduce, initialState());

/** Tenths of seconds of one series. */
function series(
  owner: string,
  metric: MetricId,
  toMs: number,
  value: (timeMs: number) => number,
): SeriesBlock {
  const timesMs = Array.from({ length: toMs / 100 }, (_, at) => at * 100);
  const deviceUuid = owner === 'host' ? null : owner;
  return {
    timesMs,
    series: [{ id: `${owner}/${metric}`, metric, deviceUuid }],
    values: [timesMs.map(value)],
  };
}
const slow = (
  uuid: string,
  metric: MetricId,
  fromMs: number,
  toMs: number,
): Parameters<typeof reduce>[1] => ({
  type: 'live',
  update: {
    ...live({}, 120_000, 120_000),
    block: series(uuid, metric, 120_000, (timeMs) => (timeMs >= fromMs && timeMs < toMs ? 1 : 0)),
  },
});

describe('marks along the curve', () => {
  test('what holds at a time, in words', () => {
    const { marks } = chartData(shown());
    assert.equal(marksText(marks, 3000), 'import');
    assert.equal(marksText(marks, 6500), '');
    assert.equal(marksText(marks, 9000), 'epoch 1 · backward');
    assert.equal(marksText(marks, 110_000), 'epoch 2');
    const done = { ...marks, epochs: [{ timeMs: 8000, epoch: 1, done: true }] };
    assert.equal(marksText(done, 9000), 'epoch 1 done · backward');
  });

  test('slowed stretches are of any GPU, or of the chosen one', () => {
    const actions = [
      slow('GPU-0', 'slowedDown', 20_000, 30_000),
      slow('GPU-1', 'slowedDown', 25_000, 40_000),
      slow('GPU-1', 'powerCapped', 60_000, 70_000),
    ];
    const near = (found: number | undefined, wanted: number): void =>
      assert.ok(found !== undefined && Math.abs(found - wanted) <= 800, `${found}, not ${wanted}`);
    const [heat, limit, ...more] = chartData(shown(...actions)).marks.slowed;
    assert.deepEqual(more, []);
    near(heat?.fromMs, 20_000);
    near(heat?.toMs, 40_000);
    near(limit?.fromMs, 60_000);
    const ofOne = chartData(shown(...actions, { type: 'page/device', deviceUuid: 'GPU-0' })).marks.slowed;
    assert.equal(ofOne.length, 1);
    near(ofOne[0]?.toMs, 30_000);
  });

  test('an update replaces the marks, one without them keeps them', () => {
    const update = live({}, 120_000, 121_000);
    const kept = shown({ type: 'live', update });
    assert.equal(kept.run?.course, course);
    const newer: CourseMarks = { epochs: [], phases: [] };
    assert.equal(shown({ type: 'live', update: { ...update, course: newer } }).run?.course, newer);
  });

  test('steps that are told twice are marked once', () => {
    const before = shown();
    const again = { ...live({}, 120_000, 121_000), stepMarks: before.run?.stepMarks ?? [] };
    const after = reduce(before, { type: 'live', update: again });
    assert.deepEqual(after.run?.stepMarks, before.run?.stepMarks);
  });
});

describe('charts that are asked for', () => {
  test('one line of the host, one of each GPU; the order is the table’s', () => {
    const state = shown(
      { type: 'charts', charts: ['temperature', 'cpuPower'] },
      {
        type: 'live',
        update: { ...live({}, 120_000, 120_000), block: series('host', 'cpuPowerW', 120_000, () => 85) },
      },
    );
    const data = chartData(state);
    assert.deepEqual(
      data.charts.map(({ id }) => id),
      ['temperature', 'cpuPower'],
    );
    assert.deepEqual(
      data.lines.map(({ chart, deviceUuid }) => [chart.id, deviceUuid]),
      [
        ['temperature', 'GPU-0'],
        ['temperature', 'GPU-1'],
        ['cpuPower', 'host'],
      ],
    );
    assert.equal(data.largest['cpuPower'], 85);
    assert.equal(data.lines[0]?.points.length, 0, 'what was not read has no points, and no zeros');
  });

  test('16 GPUs are one line and one band of each chart', () => {
    const state = reduce(initialState(), hydrate({ gpus: 16 }));
    const data = chartData(
      reduce(state, { type: 'charts', charts: ['power', 'memory', 'temperature', 'cpu'] }),
    );
    assert.deepEqual(
      data.lines.map(({ chart, deviceUuid }) => `${chart.id} ${deviceUuid}`),
      ['power mean', 'memory mean', 'temperature mean', 'cpu host'],
    );
    assert.deepEqual(
      data.bands.map(({ chart }) => chart.id),
      ['power', 'memory', 'temperature'],
    );
  });
});
