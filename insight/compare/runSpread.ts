/**
 * 95 % interval of the relative change between two sides of several runs, from how much the runs of a side differ
 * among themselves: steps of one run say nothing of the next start, the warmth of the room, another fill of a cache.
 * Welch's t over the logarithms of the runs' means: the sides need not spread alike, and a change is a ratio.
 */

import type { RelativeChange } from './blockBootstrap.ts';
import { tWithin } from './studentT.ts';

const share = 0.95;

interface Spread {
  readonly runs: number;
  readonly mean: number;
  /** Of the mean: variance over the number of runs. */
  readonly variance: number;
}

/**
 * Null where the runs of neither side differ at all: measured runs do, so that these tell nothing of a spread.
 * @param before @param after joules per step of each run, two a side at least
 */
export function changeBetweenRuns(
  before: readonly number[],
  after: readonly number[],
): RelativeChange | null {
  if (allAlike(before) && allAlike(after)) return null;
  const [one, other] = [spreadOf(before), spreadOf(after)];
  const difference = other.mean - one.mean;
  const variance = one.variance + other.variance;
  const freedom =
    variance ** 2 / (one.variance ** 2 / (one.runs - 1) + other.variance ** 2 / (other.runs - 1));
  const half = tWithin(Math.max(1, freedom), share) * Math.sqrt(variance);
  const relative = (logarithm: number): number => Math.expm1(logarithm);
  return {
    change: relative(difference),
    interval: [relative(difference - half), relative(difference + half)],
  };
}

/** Standard deviation of the runs over their mean, 0–1; null for one run. */
export function variationOf(perStepJ: readonly number[]): number | null {
  if (perStepJ.length < 2) return null;
  const { variance, runs } = spreadOf(perStepJ);
  return Math.sqrt(variance * runs);
}

/** The mean of a side: the geometric one, as its change is a ratio. Null where a run has none. */
export function meanOfRuns(perStepJ: readonly (number | null)[]): number | null {
  const known = perStepJ.filter((value) => value !== null && value > 0) as number[];
  return known.length === 0 || known.length < perStepJ.length ? null : Math.exp(spreadOf(known).mean);
}

const allAlike = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

function spreadOf(perStepJ: readonly number[]): Spread {
  const logarithms = perStepJ.map(Math.log);
  const runs = logarithms.length;
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / runs;
  const squares = logarithms.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { runs, mean, variance: squares / (runs - 1) / runs };
}
