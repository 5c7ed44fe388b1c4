import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsSeen, windowSteps } from './windowSteps.ts';

const marks = (first: number) =>
  Array.from({ length: 11 }, (_, at) => ({ timeMs: 10_000 + at * 2000, count: first + at * 4 }));

test('edges between two marks take their part of the steps', () => {
  const steps = windowSteps(marks(0), 11_000, 20_500, 1900);
  assert.deepEqual(steps, { count: 19, perStepJ: 100 });
});

test('after the last mark nobody counts: not known, neither none nor the few before it', () => {
  assert.equal(windowSteps(marks(0), 40_000, 50_000, 500), null);
  assert.equal(windowSteps(marks(0), 28_000, 90_000, 800), null);
  assert.deepEqual(windowSteps(marks(0), 28_000, 30_000, 800), { count: 4, perStepJ: 200 });
});

test('a line every hundred steps: a stretch across the newest one is not all the work of a sliver of steps', () => {
  const steady = Array.from({ length: 6 }, (_, at) => ({ timeMs: at * 60_000, count: at * 100 }));
  const joulesOf = (fromMs: number, toMs: number): number => ((toMs - fromMs) / 1000) * 400;
  assert.equal(windowSteps(steady, 290_000, 350_000, joulesOf(290_000, 350_000)), null);
  const within = windowSteps(steady, 230_000, 290_000, joulesOf(230_000, 290_000));
  assert.ok(Math.abs((within?.perStepJ ?? 0) - 240) < 1e-9);
});

test('where they are known is told', () => {
  assert.deepEqual(stepsSeen(marks(0)), [0, 30_000]);
  assert.deepEqual(stepsSeen(marks(57)), [10_000, 30_000]);
  assert.equal(stepsSeen([]), null);
});

test('before the first mark: none done where the count began, else not known', () => {
  assert.deepEqual(windowSteps(marks(0), 0, 12_000, 400), { count: 4, perStepJ: 100 });
  assert.equal(windowSteps(marks(57), 0, 12_000, 400), null);
  assert.equal(windowSteps([], 0, 12_000, 400), null);
});

test('no joules and less than one step give none per step; the unit is told', () => {
  assert.equal(windowSteps(marks(0), 10_000, 14_000, null)?.perStepJ, null);
  assert.equal(windowSteps(marks(0), 10_000, 10_400, 50)?.perStepJ, null);
  assert.deepEqual(windowSteps(marks(0), 10_000, 14_000, 80, 'token'), {
    unit: 'token',
    count: 8,
    perStepJ: 10,
  });
});
