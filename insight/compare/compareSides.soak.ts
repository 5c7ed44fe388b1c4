import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../testing/random.ts';
import { sideRates } from '../testing/stepNoise.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const pairs = 1000;

for (const [runs, change, leastFound] of [
  [3, -0.05, 0.55],
  [5, -0.05, 0.92],
  [5, -0.02, 0.25],
  [10, -0.02, 0.55],
] as const)
  test(`${pairs} pairs of ${runs} + ${runs} runs, 1.5 % between runs, ${change * 100} % (seed ${seed})`, () => {
    const plan = { meanJ: 40, steps: 200, runs, betweenRuns: 0.015 };
    const { called, found } = sideRates(createRandom(seed), pairs, plan, change);
    console.log(
      `${runs} + ${runs} runs: false verdicts ${called}, a true ${change * 100} % found in ${found}`,
    );
    assert.ok(called <= 0.065 * pairs, `${called} called`);
    assert.ok(found >= leastFound * pairs, `${found} found`);
  });
