import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { append, createTimeline, lastMs, latest, points, startMs } from './timeline.ts';

const id = 'g/powerW';
const block = (samples: readonly (readonly [timeMs: number, value: number | null])[]) => ({
  series: [{ id, metric: 'powerW' as const, deviceUuid: 'g' }],
  timesMs: samples.map(([timeMs]) => timeMs),
  values: [samples.map(([, value]) => value)],
});
const ramp = (fromMs: number, toMs: number) =>
  block(
    Array.from({ length: (toMs - fromMs) / 100 }, (_, at) => [fromMs + at * 100, fromMs + at * 100] as const),
  );

describe('timeline', () => {
  test('a bucket is the mean of its samples, at its middle', () => {
    const timeline = createTimeline('whole', 100, 16);
    append(
      timeline,
      block([
        [0, 10],
        [50, 20],
        [120, 7],
      ]),
    );
    assert.deepEqual(points(timeline, id, 0, 1000, 1), [
      { x: 50, y: 15 },
      { x: 150, y: 7 },
    ]);
    assert.deepEqual(points(timeline, id, 0, 1000, 2), [{ x: 100, y: 37 / 3 }]);
  });

  test('missing is neither zero nor a point', () => {
    const timeline = createTimeline('whole', 100, 16);
    append(
      timeline,
      block([
        [0, 5],
        [100, null],
        [200, 5],
        [300, Number.NaN],
      ]),
    );
    assert.deepEqual(
      points(timeline, id, 0, 1000, 1).map(({ x }) => x),
      [50, 250],
    );
    assert.deepEqual(latest(timeline, id), { timeMs: 200, value: 5 });
    assert.equal(latest(timeline, 'other'), undefined);
  });

  test('a sample that came before is not counted twice', () => {
    const timeline = createTimeline('whole', 100, 16);
    append(
      timeline,
      block([
        [0, 10],
        [100, 10],
      ]),
    );
    append(
      timeline,
      block([
        [0, 99],
        [100, 99],
        [200, 30],
      ]),
    );
    assert.deepEqual(
      points(timeline, id, 0, 1000, 1).map(({ y }) => y),
      [10, 10, 30],
    );
  });

  test('a whole run keeps its mean however long it gets', () => {
    const timeline = createTimeline('whole', 100, 16);
    for (let at = 0; at < 100_000; at += 1000) append(timeline, ramp(at, at + 1000));
    assert.equal(timeline.widthMs, 6400);
    assert.equal(startMs(timeline), 0);
    assert.equal(lastMs(timeline), 99_900);
    const means = points(timeline, id, 0, 100_000, 1);
    // Each bucket of 6.4 s holds 64 readings of a ramp.
    assert.deepEqual(means.slice(0, 2), [
      { x: 3200, y: 3150 },
      { x: 9600, y: 9550 },
    ]);
    assert.equal(means.length, 16);
  });

  test('halving keeps odd beginnings in their buckets', () => {
    const timeline = createTimeline('whole', 100, 4);
    timeline.first = 3;
    append(
      timeline,
      block([
        [300, 1],
        [400, 2],
        [500, 4],
        [600, 8],
        [700, 16],
      ]),
    );
    assert.deepEqual(points(timeline, id, 0, 1000, 1), [
      { x: 300, y: 1 },
      { x: 500, y: 3 },
      { x: 700, y: 12 },
    ]);
  });

  test('a recent one forgets its oldest half, and jumps over a long silence', () => {
    const timeline = createTimeline('recent', 100, 8);
    append(timeline, ramp(0, 1000));
    assert.equal(timeline.widthMs, 100);
    assert.equal(startMs(timeline), 400);
    assert.deepEqual(
      points(timeline, id, 0, 2000, 1).map(({ y }) => y),
      [400, 500, 600, 700, 800, 900],
    );
    append(timeline, block([[600_000, 1]]));
    assert.deepEqual(points(timeline, id, 0, 700_000, 1), [{ x: 600_050, y: 1 }]);
  });
});
