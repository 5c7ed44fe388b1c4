/** What was proven to be saved so far, beside what the same projects have used. */

import type { StepUnit, Verdict } from './runs.ts';

export interface SavedBy {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
}

/**
 * What speaks for a step being the same work in both runs: `batch`, both commands name one batch size; `total`, both
 * are of as many steps; `unit`, samples or tokens are counted.
 */
export type WorkSign = 'batch' | 'total' | 'unit';

/** A run that needed less for each step than its pinned baseline, as measured. */
export interface Saving {
  readonly run: SavedBy;
  readonly baseline: SavedBy;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Relative change of energy per step, −0.3 is 30 % less, with its 95 % interval. */
  readonly change: number;
  readonly interval: readonly [low: number, high: number];
  /** Steps of the run that were compared: warm-up is not among them. */
  readonly steps: number;
  readonly unit?: StepUnit;
  readonly sameWork: WorkSign;
  /** What these steps would have needed more at the baseline's energy per step, J. */
  readonly savedJ: number;
  /** The same at both ends of the interval. */
  readonly savedWithinJ: readonly [low: number, high: number];
}

/** A run that does not enter, with the reason in one sentence. */
export interface NotCounted {
  readonly run: SavedBy;
  readonly baseline: SavedBy;
  readonly reason: string;
}

/** What runs drew, each joule once. */
export interface Use {
  /** Not of this machine's meters, and in no figure here. */
  readonly importedRuns: number;
  /** The others. */
  readonly runs: number;
  /** Null where none of them has an energy that stands in no other's. */
  readonly usedJ: number | null;
  /** Without an energy: what they used is not known. */
  readonly unmeasuredRuns: number;
  /** Left out because another one was on the same GPU at that time: what was used is then "at least". */
  readonly overlappingRuns: number;
  /** Their energy has the work of other programs on the GPU in it. */
  readonly sharedRuns: number;
}

/** Runs that began in a calendar month in UTC. */
export interface MonthOfUse extends Use {
  /** `2026-11`; `notAvailable` for runs that no date tells of. */
  readonly month: string;
  /** Null where nothing was proven. */
  readonly savedJ: number | null;
}

/** Simulated and real runs of a project are two of these, so that they are never added. */
export interface ProjectSavings extends Use {
  /** Folder that its runs were started in; empty where that is not known. */
  readonly project: string;
  readonly simulated: boolean;
  /** Null where nothing was proven, which is not the same as nothing saved. */
  readonly savedJ: number | null;
  readonly savedWithinJ: readonly [low: number, high: number] | null;
  /** How its runs compared with their pinned baselines. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Oldest first. */
  readonly months: readonly MonthOfUse[];
  /** Newest first. */
  readonly savings: readonly Saving[];
  /** Those that compare as better. */
  readonly notCounted: readonly NotCounted[];
  /** Those that nothing can be compared with any more: another baseline was never theirs. */
  readonly baselineDeleted: readonly NotCounted[];
}

export interface SavingsLedger {
  /** Most saved first, real ones before simulated ones. */
  readonly projects: readonly ProjectSavings[];
  /** Runs that were looked at, the newest of this machine. */
  readonly runs: number;
  /** Recorded runs that were not looked at, as there are too many. */
  readonly olderRuns: number;
  /** Among those that were looked at. */
  readonly pinnedBaselines: number;
}
