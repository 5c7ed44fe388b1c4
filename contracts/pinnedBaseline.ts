/** Which pinned run a run is held against, where nobody names one. */

import type { RunSummary } from './runs.ts';

/** The same program in the same place: of runs whose script is not known, the same name. */
const sameProgram = (one: RunSummary, other: RunSummary): boolean =>
  one.script === null || other.script === null
    ? one.script === other.script && one.name === other.name && one.cwd === other.cwd
    : one.script === other.script;

/**
 * The last run of the same program that was pinned and began before this one; a simulated run has simulated baselines
 * only. What was pinned later says nothing of it: each run is held against one baseline, so that no saving counts twice.
 */
export function pinnedBaseline(run: RunSummary, runs: readonly RunSummary[]): RunSummary | undefined {
  const pinned = runs.filter(
    (other) =>
      other.baseline === true &&
      other.runId !== run.runId &&
      other.simulated === run.simulated &&
      other.startedAtMs < run.startedAtMs &&
      sameProgram(run, other),
  );
  return pinned.sort((one, other) => other.startedAtMs - one.startedAtMs)[0];
}
