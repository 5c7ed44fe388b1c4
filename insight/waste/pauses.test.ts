import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './pauses.ts';

const pause = { fromMs: 10_000, toMs: 20_000, energyJ: 1000 };
/** Another GPU works from one time to the other. */
const worksBetween =
  (workFromMs: number, workToMs: number) =>
  (fromMs: number, toMs: number): number =>
    Math.max(0, Math.min(toMs, workToMs) - Math.max(fromMs, workFromMs));

test('of a pause in which another GPU worked first or last, the rest is the program’s own', () => {
  assert.deepEqual(partsOf(pause, worksBetween(14_000, 25_000)), {
    own: { fromMs: 10_000, toMs: 14_000, energyJ: 400 },
    waited: { fromMs: 14_000, toMs: 20_000, energyJ: 600 },
  });
  assert.deepEqual(partsOf(pause, worksBetween(0, 17_000)), {
    own: { fromMs: 17_000, toMs: 20_000, energyJ: 300 },
    waited: { fromMs: 10_000, toMs: 17_000, energyJ: 700 },
  });
});

test('a part too short to be a pause goes with the other one', () => {
  assert.deepEqual(partsOf(pause, worksBetween(11_000, 20_000)), { own: null, waited: pause });
  assert.deepEqual(partsOf(pause, worksBetween(18_500, 20_000)), { own: pause, waited: null });
  assert.deepEqual(partsOf(pause, worksBetween(0, 9000)), { own: pause, waited: null });
});
