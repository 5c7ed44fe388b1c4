import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchPoint } from '../../../contracts/powerPlan.ts';
import { batchPlan } from './batchPlan.ts';

let number = 0;
const point = (batchSize: number, perSampleJ: number, memoryShare: number | null): BatchPoint => ({
  runId: `r${batchSize}`,
  number: ++number,
  name: 'train.py',
  batchSize,
  from: 'command',
  steps: 100,
  perStepMs: 10 * batchSize,
  perSampleMs: 10,
  perSampleJ,
  spreadJ: null,
  memoryShare,
  simulated: false,
});

test('the doubled size is worth a run while memory lasts and the last larger one saved something', () => {
  const plan = batchPlan([point(64, 2, 0.3), point(32, 3, 0.2)], []);
  assert.deepEqual(
    plan.points.map(({ batchSize }) => batchSize),
    [32, 64],
  );
  assert.equal(plan.next?.batchSize, 128);
  assert.match(
    plan.next?.why ?? '',
    /about 50 % of the GPU’s memory; the last larger size saved 33 % per sample/,
  );
});

test('no larger size where memory ends, where nothing is saved any more, or where nothing is known of memory', () => {
  assert.equal(batchPlan([point(32, 3, 0.3), point(64, 2, 0.55)], []).next, null);
  assert.equal(batchPlan([point(32, 2.01, 0.2), point(64, 2, 0.3)], []).next, null);
  assert.equal(batchPlan([point(32, 3, null), point(64, 2, null)], []).next, null);
  assert.equal(batchPlan([], []).next, null);
});

test('with one size all of its memory is taken to grow with it', () => {
  assert.equal(batchPlan([point(32, 3, 0.45)], []).next?.batchSize, 64);
  assert.equal(batchPlan([point(32, 3, 0.47)], []).next, null);
});

test('past the optimum the best recorded size is told, and the gap towards the cheaper side is looked at', () => {
  const falls = batchPlan([point(32, 3, 0.2), point(64, 2, 0.3), point(128, 2.4, 0.5)], []);
  assert.deepEqual(falls.best?.between, [32, 128]);
  assert.equal(
    falls.best.why,
    '32 takes 50 % more per sample and 128 takes 20 % more per sample: the optimum lies between them.',
  );
  assert.equal(falls.next?.batchSize, 96);
  const rises = batchPlan([point(32, 2.2, null), point(64, 2, null), point(128, 2.4, null)], []);
  assert.equal(rises.best?.batchSize, 64);
  assert.equal(rises.next?.batchSize, 48);
  const narrow = batchPlan([point(60, 2.1, 0.2), point(64, 2, 0.3), point(128, 2.4, 0.5)], []);
  assert.deepEqual([narrow.best?.batchSize, narrow.next], [64, null]);
});

test('where the smallest size is best, half of it is next while that saved something', () => {
  const plan = batchPlan([point(32, 2, 0.2), point(64, 3, 0.3)], []);
  assert.deepEqual(plan.best?.between, [null, 64]);
  assert.match(plan.best.why, /nothing smaller was recorded/);
  assert.equal(plan.next?.batchSize, 16);
  assert.equal(batchPlan([point(32, 2, 0.2), point(64, 2.01, 0.3)], []).next, null);
  assert.equal(batchPlan([point(1, 2, 0.2), point(2, 3, 0.3)], []).next, null);
});

test('several runs of one size: the cheapest is held against its neighbours', () => {
  const plan = batchPlan([point(32, 2.2, 0.2), point(64, 2, 0.3), point(64, 2.5, 0.3)], []);
  assert.deepEqual([plan.best?.batchSize, plan.best?.between], [64, [32, null]]);
  assert.equal(plan.next?.batchSize, 128);
});

test('every plan says that accuracy may change', () => {
  assert.match(batchPlan([], ['first']).caveats.join(' '), /first .*accuracy/);
});
