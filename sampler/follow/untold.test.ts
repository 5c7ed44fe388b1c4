import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Untold } from './untold.ts';

const steps = (...times: readonly number[]) =>
  times.map((timeMs, at) => ({ timeMs, count: at + 1, energyJ: at }));

test('each step mark is told once, and marks that were thinned are not told again', () => {
  const untold = new Untold();
  const told = (...times: readonly number[]): readonly number[] =>
    untold.take([], steps(...times), null).stepMarks.map(({ timeMs }) => timeMs);
  assert.deepEqual(told(1000, 2000), [1000, 2000]);
  assert.deepEqual(told(1000, 2000), []);
  assert.deepEqual(told(1000, 2000, 3000, 4000), [3000, 4000]);
  assert.deepEqual(told(1000, 4000, 5000), [5000]);
});

test('epochs and phases are told whole, when they changed', () => {
  const untold = new Untold();
  const course = { epochs: [{ timeMs: 1000, epoch: 1, done: false }], phases: [] };
  assert.equal(untold.take([], [], null).course, null);
  assert.equal(untold.take([], [], course).course, course);
  assert.equal(untold.take([], [], { ...course }).course, null);
  const later = { ...course, phases: [{ phase: 'forward', fromMs: 0, toMs: 1000 }] };
  assert.equal(untold.take([], [], later).course, later);
});
