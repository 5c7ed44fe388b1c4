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

test('where the middle size is best the gap above it is looked at', () => {
  const plan = batchPlan([point(32, 3, 0.2), point(64, 2, 0.3), point(128, 2.4, 0.5)], []);
  assert.equal(plan.next?.batchSize, 96);
});

test('every plan says that accuracy may change', () => {
  assert.match(batchPlan([], ['first']).caveats.join(' '), /first .*accuracy/);
});
