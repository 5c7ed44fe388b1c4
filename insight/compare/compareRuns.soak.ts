import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../testing/random.ts';
import { equalPairs, pairRates } from '../testing/stepNoise.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const pairs = 1000;

for (const [what, plan, mostCalled, leastFound] of [
  ['10 % noise, correlated 0.3, warm-up 3 %, 200 steps', equalPairs, 0.065, 0.9],
  ['the same without correlation', { ...equalPairs, autocorrelation: 0 }, 0.065, 0.95],
  ['the same over 1,000 steps', { ...equalPairs, steps: 1000 }, 0.065, 0.99],
] as const)
  test(`${pairs} pairs: ${what} (seed ${seed})`, () => {
    const { called, found } = pairRates(createRandom(seed), pairs, plan);
    console.log(`${what}: false verdicts ${called}, a true 5 % found in ${found}`);
    assert.ok(called <= mostCalled * pairs, `${called} called`);
    assert.ok(found >= leastFound * pairs, `${found} found`);
  });
