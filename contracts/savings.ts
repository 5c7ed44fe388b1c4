/** What was proven to be saved so far, beside what the same projects have used. */

import type { StepUnit } from './runs.ts';

export interface SavedBy {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
}

/** A run that needed less for each step than its pinned baseline, as measured. */
export interface Saving {
  readonly run: SavedBy;
  readonly baseline: SavedBy;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Relative change of energy per step, −0.3 is 30 % less, with its 95 % interval. */
  readonly change: number;
  readonly interval: readonly [low: number, high: number];
  /** Steps that the run did. */
  readonly steps: number;
  readonly unit?: StepUnit;
  /** What these steps would have needed more at the baseline's energy per step, J. */
  readonly savedJ: number;
  /** The same at both ends of the interval. */
  readonly savedWithinJ: readonly [low: number, high: number];
}

/** A run that compares as better and does not enter, with the reason in one sentence. */
export interface NotCounted {
  readonly run: SavedBy;
  readonly baseline: SavedBy;
  readonly reason: string;
}

/** A calendar month in UTC. */
export interface MonthOfUse {
  /** `2026-11`. */
  readonly month: string;
  readonly runs: number;
  readonly usedJ: number;
  readonly savedJ: number;
}

/** Simulated and real runs of a project are two of these, so that they are never added. */
export interface ProjectSavings {
  /** Folder that its runs were started in; empty where that is not known. */
  readonly project: string;
  readonly simulated: boolean;
  readonly savedJ: number;
  readonly savedWithinJ: readonly [low: number, high: number];
  /** Energy of all its runs that have one, whether they saved or not. */
  readonly usedJ: number;
  readonly runs: number;
  /** Runs among them without an energy: what they used is not known. */
  readonly unmeasuredRuns: number;
  /** Oldest first. */
  readonly months: readonly MonthOfUse[];
  /** Newest first. */
  readonly savings: readonly Saving[];
  readonly notCounted: readonly NotCounted[];
}

export interface SavingsLedger {
  /** Most saved first, real ones before simulated ones. */
  readonly projects: readonly ProjectSavings[];
  /** Runs that were looked at, the newest of this machine. */
  readonly runs: number;
  readonly pinnedBaselines: number;
}
