/** Step energies with the noise of real runs, and how often pairs of them are told apart. */

import { relativeChange } from '../compare/blockBootstrap.ts';
import { changeBetweenRuns } from '../compare/runSpread.ts';
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

export interface SidesPlan extends NoisePlan {
  readonly runs: number;
  /** Standard deviation of a run's joules per step over their mean. */
  readonly betweenRuns: number;
}

/** Joules per step of each run of a side: the runs differ among themselves, and their steps besides. */
function sideOfRuns(random: Random, plan: SidesPlan, factor: number): number[] {
  return Array.from({ length: plan.runs }, () => {
    const marks = stepNoise(random, {
      ...plan,
      meanJ: plan.meanJ * factor * (1 + plan.betweenRuns * random.normal()),
    });
    const { totalJ, totalSteps } = groupSteps(marks, commonWarmUp(marks, marks));
    return totalJ / totalSteps;
  });
}

/** Over so many pairs of sides: how many equal ones are called different, and how many with a true change are found. */
export function sideRates(
  random: Random,
  pairs: number,
  plan: SidesPlan,
  change: number,
): { readonly called: number; readonly found: number } {
  let called = 0;
  let found = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const before = sideOfRuns(random, plan, 1);
    const [low, high] = changeBetweenRuns(before, sideOfRuns(random, plan, 1))?.interval ?? [0, 0];
    if (low > 0 || high < 0) called += 1;
    if ((changeBetweenRuns(before, sideOfRuns(random, plan, 1 + change))?.interval[1] ?? 0) < 0) found += 1;
  }
  return { called, found };
}
