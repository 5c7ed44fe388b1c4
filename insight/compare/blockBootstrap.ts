/**
 * 95 % interval of the relative change of energy per step between two runs: circular block bootstrap.
 *
 * Neighbouring steps resemble each other (an autocorrelation of about 0.3 is usual), so that whole blocks are
 * drawn. Their length grows with the cube root of the number of groups (Politis and White 2004, with the constant
 * for such an autocorrelation). Blocks cut some of the correlation away and few blocks say little of their own
 * spread: both narrow the interval, and both are made good by widening it.
 */

import { createSeededRandom } from '../seededRandom.ts';
import type { StepGroups } from './stepGroups.ts';

const resamples = 2000;
const seed = 20260219;
const blockConstant = 1.1;
const tails = { low: 0.025, high: 0.975 };

export const blockLength = (groups: number): number =>
  Math.max(1, Math.min(Math.round(blockConstant * 1.145 * Math.cbrt(groups)), Math.floor(groups / 4)));

/** How much too narrow: Student's t over the normal, degrees of freedom from the number of blocks. */
function widening(blocks: number): number {
  const freedom = Math.max(1, blocks - 2);
  return (1 + 0.96 / freedom + 1.3 / freedom ** 2) * Math.sqrt(blocks / (blocks - 2)) * 1.04;
}

/** Mean joules per step of one resample. */
function resampledMean(groups: StepGroups, length: number, random: () => number): number {
  const count = groups.joules.length;
  let joules = 0;
  let steps = 0;
  for (let taken = 0; taken < count; ) {
    let index = Math.floor(random() * count);
    for (let inBlock = 0; inBlock < length && taken < count; inBlock += 1, taken += 1) {
      joules += groups.joules[index] ?? 0;
      steps += groups.steps[index] ?? 0;
      index = index + 1 === count ? 0 : index + 1;
    }
  }
  return joules / steps;
}

export interface RelativeChange {
  /** −0.3 is 30 % less than the baseline. */
  readonly change: number;
  readonly interval: readonly [low: number, high: number];
}

export function relativeChange(baseline: StepGroups, run: StepGroups): RelativeChange {
  const change = run.totalJ / run.totalSteps / (baseline.totalJ / baseline.totalSteps) - 1;
  const random = createSeededRandom(seed);
  const lengths = [blockLength(baseline.joules.length), blockLength(run.joules.length)] as const;
  const drawn = new Float64Array(resamples);
  for (let index = 0; index < resamples; index += 1)
    drawn[index] = resampledMean(run, lengths[1], random) / resampledMean(baseline, lengths[0], random) - 1;
  drawn.sort();
  const at = (share: number): number => drawn[Math.round(share * (resamples - 1))] ?? change;
  const blocks = baseline.joules.length / lengths[0] + run.joules.length / lengths[1];
  const wider = widening(blocks);
  return {
    change,
    interval: [change - (change - at(tails.low)) * wider, change + (at(tails.high) - change) * wider],
  };
}
