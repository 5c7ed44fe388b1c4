/** Which pinned run a run is held against, where nobody names one. */

import type { RunSummary } from './runs.ts';

/** The same program in the same place: of runs whose script is not known, the same name. */
const sameProgram = (one: RunSummary, other: RunSummary): boolean =>
  one.script === null || other.script === null
    ? one.script === other.script && one.name === other.name && one.cwd === other.cwd
    : one.script === other.script;

/** Also where the pin was taken away since. */
export const pinStoodAt = (
  { baseline, pinnedAtMs = null, pastPins = [] }: RunSummary,
  timeMs: number,
): boolean =>
  (baseline === true && pinnedAtMs !== null && pinnedAtMs <= timeMs) ||
  pastPins.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);

const lastBefore = (
  run: RunSummary,
  runs: readonly RunSummary[],
  isPinned: (other: RunSummary) => boolean,
): RunSummary | undefined =>
  runs
    .filter(
      (other) =>
        isPinned(other) &&
        other.runId !== run.runId &&
        other.simulated === run.simulated &&
        other.startedAtMs < run.startedAtMs &&
        sameProgram(run, other),
    )
    .sort((one, other) => other.startedAtMs - one.startedAtMs)[0];

/** For a comparison: the last run of the same program that is pinned and began before this one. Simulated to simulated. */
export const pinnedBaseline = (run: RunSummary, runs: readonly RunSummary[]): RunSummary | undefined =>
  lastBefore(run, runs, ({ baseline }) => baseline === true);

/**
 * For what is proven: the same among those that were pinned when this run began, whatever became of the pin. Who knows how
 * a run came out could pin the one that shows it best, or unpin the others. Each run has one, so that no saving counts twice.
 */
export const baselineChosenBefore = (run: RunSummary, runs: readonly RunSummary[]): RunSummary | undefined =>
  lastBefore(run, runs, (other) => pinStoodAt(other, run.startedAtMs));
