/** A run's steps after warm-up as consecutive groups, few enough to resample thousands of times. */

import type { StepUnit } from '../../contracts/runs.ts';
import { warmUpOf } from '../steps.ts';
import type { StepMark } from '../ticks.ts';

const mostGroups = 400;

export interface StepGroups {
  /** Joules and steps of each group, in order. */
  readonly joules: Float64Array;
  readonly steps: Float64Array;
  readonly totalJ: number;
  readonly totalSteps: number;
}

export const stepsOf = (marks: readonly StepMark[]): number =>
  (marks[marks.length - 1]?.count ?? 0) - (marks[0]?.count ?? 0);

/** `warmUp`: steps to leave out at the start; the same for both runs, so that the same warmth is compared. */
export function groupSteps(marks: readonly StepMark[], warmUp: number): StepGroups {
  const first = marks[0];
  const warm = first === undefined ? [] : marks.filter(({ count }) => count >= first.count + warmUp);
  const stride = Math.max(1, stepsOf(warm) / mostGroups);
  const joules: number[] = [];
  const steps: number[] = [];
  let from = warm[0];
  for (const mark of warm) {
    if (from === undefined || mark.count - from.count < stride) continue;
    joules.push(mark.energyJ - from.energyJ);
    steps.push(mark.count - from.count);
    from = mark;
  }
  return {
    joules: Float64Array.from(joules),
    steps: Float64Array.from(steps),
    totalJ: joules.reduce((sum, value) => sum + value, 0),
    totalSteps: steps.reduce((sum, value) => sum + value, 0),
  };
}

export const commonWarmUp = (
  one: readonly StepMark[],
  other: readonly StepMark[],
  unit: StepUnit = 'step',
): number => Math.max(warmUpOf(stepsOf(one), unit), warmUpOf(stepsOf(other), unit));
