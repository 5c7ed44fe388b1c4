/** The published profile, frontier and coefficients: see NOTICE.md. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../tools/projectFolder.ts';

export interface ReferenceModel {
  readonly profile_stage: number;
  readonly instruction: 'forward' | 'backward';
  /** cost(t) = a·exp(b·t) + c in joules, t in whole milliseconds. */
  readonly coefficients: readonly [a: number, b: number, c: number];
  readonly options: readonly (readonly [units: number, costJ: number, frequencyMHz: number])[];
}

export type ReferencePoint = readonly [timeS: number, energyJ: number];

export interface ReferenceCase {
  readonly name: string;
  readonly stages: number;
  readonly microbatches: number;
  readonly profile_stage_for_each_stage: readonly number[];
  readonly points: number;
  /** Null where it is a file of its own. */
  readonly frontier: readonly ReferencePoint[] | null;
}

interface Reference {
  readonly models: readonly ReferenceModel[];
  readonly cases: readonly ReferenceCase[];
}

const recorded = join(projectFolder, 'test', 'perseus', 'recorded');
const textOf = (name: string): string => readFileSync(join(recorded, name), 'utf8');

export const profilePath = join(recorded, 'stage_profile_gpt3-175b_a100sxm_bf16.csv');
export const profileText = (): string => readFileSync(profilePath, 'utf8');
export const reference = (): Reference => JSON.parse(textOf('expected.json')) as Reference;

export const publishedFrontier = (): readonly ReferencePoint[] =>
  frontierRows(textOf('frontier_gpt3-175b_a100sxm_bf16_pp8_mb12.csv'));

/** The rows of a `time,energy` file. */
export const frontierRows = (text: string): readonly ReferencePoint[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [timeS = Number.NaN, energyJ = Number.NaN] = line.split(',').map(Number);
      return [timeS, energyJ];
    });

/** The shape that the published frontier is of. */
export const publishedShape = {
  stages: 8,
  microbatches: 12,
  blockingPowerW: 83.64,
  unitTimeS: 0.001,
} as const;

/** The largest relative difference of the least energy that is reached by each time of `theirs`. Both slowest first. */
export function leastEnergyDifference(
  ours: readonly ReferencePoint[],
  theirs: readonly ReferencePoint[],
): number {
  const rising = ours.toReversed();
  let [at, ourLeastJ, theirLeastJ, worst] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  for (const [timeS, energyJ] of theirs.toReversed()) {
    theirLeastJ = Math.min(theirLeastJ, energyJ);
    // Times are multiples of the unit: half a microsecond tells them apart and forgives binary fractions.
    for (; (rising[at]?.[0] ?? Number.POSITIVE_INFINITY) <= timeS + 5e-7; at += 1)
      ourLeastJ = Math.min(ourLeastJ, rising[at]?.[1] ?? Number.POSITIVE_INFINITY);
    worst = Math.max(worst, Math.abs(ourLeastJ / theirLeastJ - 1));
  }
  return worst;
}
