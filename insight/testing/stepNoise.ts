/** Step energies with the noise of real runs, and how often pairs of them are told apart. */

import { relativeChange } from '../compare/blockBootstrap.ts';
import { commonWarmUp, groupSteps } from '../compare/stepGroups.ts';
import type { StepMark } from '../ticks.ts';
import type { Random } from './random.ts';

export interface NoisePlan {
  readonly meanJ: number;
  readonly steps: number;
  /** Standard deviation of a step over its mean. */
  readonly variation?: number;
  /** Correlation of a step with the one before. */
  readonly autocorrelation?: number;
  /** How much more the first steps need, fading over about 40. */
  readonly drift?: number;
}

export function stepNoise(random: Random, plan: NoisePlan): readonly StepMark[] {
  const { meanJ, steps, variation = 0.1, autocorrelation = 0.3, drift = 0.03 } = plan;
  const fresh = Math.sqrt(1 - autocorrelation ** 2);
  const marks: StepMark[] = [{ count: 0, timeMs: 0, energyJ: 0 }];
  let noise = random.normal();
  let energyJ = 0;
  for (let count = 1; count <= steps; count += 1) {
    noise = autocorrelation * noise + fresh * random.normal();
    energyJ += meanJ * (1 + drift * Math.exp(-count / 40)) * (1 + variation * noise);
    marks.push({ count, timeMs: count * 500, energyJ });
  }
  return marks;
}

export const equalPairs = { meanJ: 40, steps: 200 } as const;

/** How many equal pairs are called different, and how many pairs with a true 5 % less are found. */
export function pairRates(
  random: Random,
  pairs: number,
  plan: NoisePlan,
): { readonly called: number; readonly found: number } {
  let called = 0;
  let found = 0;
  const told = (one: readonly StepMark[], other: readonly StepMark[]): number => {
    const warmUp = commonWarmUp(one, other);
    const { change, interval } = relativeChange(groupSteps(one, warmUp), groupSteps(other, warmUp));
    if (Math.abs(change) < 0.02) return 0;
    return interval[1] < 0 ? -1 : interval[0] > 0 ? 1 : 0;
  };
  for (let pair = 0; pair < pairs; pair += 1) {
    const baseline = stepNoise(random, plan);
    if (told(baseline, stepNoise(random, plan)) !== 0) called += 1;
    if (told(baseline, stepNoise(random, { ...plan, meanJ: plan.meanJ * 0.95 })) === -1) found += 1;
  }
  return { called, found };
}
