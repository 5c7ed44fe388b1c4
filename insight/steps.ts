/**
 * Figures per step from the marks.
 *
 * Warm-up is left out: the first tenth of the steps, at least 3 and at most 50. The first steps compile kernels,
 * fill caches and queues, and the GPU is still cold; compare.ts leaves out the same.
 */

import type { StepFigures, StepUnit } from '../contracts/runs.ts';
import type { StepMark } from './ticks.ts';

const warmUpShare = 0.1;
/** Samples and tokens are many to a step: no number of them bounds the warm-up. An epoch holds the warm-up many times. */
const warmUpSteps: Readonly<Record<StepUnit, { readonly least: number; readonly most: number }>> = {
  step: { least: 3, most: 50 },
  epoch: { least: 0, most: 1 },
  sample: { least: 3, most: Number.POSITIVE_INFINITY },
  token: { least: 3, most: Number.POSITIVE_INFINITY },
};
/** Fewer of them, or less time, than this say nothing. */
const enoughSteps: Readonly<Record<StepUnit, number>> = { step: 4, epoch: 1, sample: 4, token: 4 };
const enoughMs = 1000;
const mostBlocks = 20;
const fewestBlocks = 4;

export function warmUpOf(steps: number, unit: StepUnit = 'step'): number {
  const { least, most } = warmUpSteps[unit];
  const warm = steps * warmUpShare;
  return Math.min(most, Math.max(least, unit === 'epoch' ? warm : Math.ceil(warm)));
}

/** Index of the first mark at or after `count`. Marks are ordered by count. */
function firstAt(marks: readonly StepMark[], count: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.count ?? 0) < count) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The marks after warm-up. */
export function warmMarks(marks: readonly StepMark[], unit: StepUnit = 'step'): readonly StepMark[] {
  const first = marks[0];
  const last = marks[marks.length - 1];
  if (first === undefined || last === undefined) return [];
  return marks.slice(firstAt(marks, first.count + warmUpOf(last.count - first.count, unit)));
}

/** Of a sample; of one value it is not a number. */
export function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Joules per step of blocks of about equally many steps. */
function blockMeans(warm: readonly StepMark[], blocks: number): readonly number[] {
  const first = warm[0];
  const last = warm[warm.length - 1];
  if (first === undefined || last === undefined) return [];
  const means: number[] = [];
  let from = first;
  for (let block = 1; block <= blocks; block += 1) {
    const to = warm[firstAt(warm, first.count + ((last.count - first.count) * block) / blocks)] ?? last;
    if (to.count > from.count) means.push((to.energyJ - from.energyJ) / (to.count - from.count));
    from = to;
  }
  return means;
}

/** null while no step was seen. */
export function stepFigures(
  marks: readonly StepMark[],
  total: number | null,
  unit: StepUnit = 'step',
): StepFigures | null {
  const newest = marks[marks.length - 1];
  if (newest === undefined) return null;
  const warm = warmMarks(marks, unit);
  const counted = { ...(unit === 'step' ? {} : { unit }), count: newest.count, total };
  const first = warm[0] ?? newest;
  const last = warm[warm.length - 1] ?? newest;
  const steps = last.count - first.count;
  const durationMs = last.timeMs - first.timeMs;
  if (steps < enoughSteps[unit] || durationMs < enoughMs)
    return { ...counted, perStepJ: null, spreadJ: null, stepsPerSecond: null };
  const energyJ = last.energyJ - first.energyJ;
  const means = blockMeans(warm, Math.min(mostBlocks, Math.floor(warm.length / 2)));
  return {
    ...counted,
    perStepJ: energyJ > 0 ? energyJ / steps : null,
    spreadJ: energyJ > 0 && means.length >= fewestBlocks ? standardDeviation(means) : null,
    stepsPerSecond: (steps * 1000) / durationMs,
  };
}
