/** Which pinned run a run is held against, where nobody names one. */

import type { PastPin, RunSummary } from './runs.ts';

type WhatRan = Pick<RunSummary, 'runId' | 'number' | 'name' | 'script' | 'cwd' | 'simulated' | 'startedAtMs'>;
/** What decides whose baseline a run is. */
type Pinnable = WhatRan & Pick<RunSummary, 'baseline' | 'pinnedAtMs' | 'pastPins'>;

/** What is kept of a deleted run whose pin stood at some time: later runs are not to move to an older baseline. */
export interface DeletedBaseline extends WhatRan {
  readonly pastPins: readonly PastPin[];
}

/** The same program in the same place: of runs whose script is not known, the same name. */
const sameProgram = (one: WhatRan, other: WhatRan): boolean =>
  one.script === null || other.script === null
    ? one.script === other.script && one.name === other.name && one.cwd === other.cwd
    : one.script === other.script;

/** Also where the pin was taken away since. */
export const pinStoodAt = (
  { baseline, pinnedAtMs = null, pastPins = [] }: Pinnable,
  timeMs: number,
): boolean =>
  (baseline === true && pinnedAtMs !== null && pinnedAtMs <= timeMs) ||
  pastPins.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);

/** Null for a run that no other was ever held against. @param deletedAtMs from then on its pin stands no more */
export function deletedBaseline(run: RunSummary, deletedAtMs: number): DeletedBaseline | null {
  const { runId, number, name, script, cwd, simulated, startedAtMs, pastPins = [] } = run;
  const stood = run.baseline === true ? (run.pinnedAtMs ?? null) : null;
  const pins = stood === null ? pastPins : [...pastPins, { fromMs: stood, toMs: deletedAtMs }];
  return pins.length === 0
    ? null
    : { runId, number, name, script, cwd, simulated, startedAtMs, pastPins: pins };
}

const lastBefore = <Run extends WhatRan>(
  run: RunSummary,
  runs: readonly Run[],
  isPinned: (other: Run) => boolean,
): Run | undefined =>
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
 * a run came out could pin the one that shows it best, or unpin or delete the others. Each run has one, so that no saving
 * counts twice.
 */
export const baselineChosenBefore = <Run extends Pinnable>(
  run: RunSummary,
  runs: readonly Run[],
): Run | undefined => lastBefore(run, runs, (other) => pinStoodAt(other, run.startedAtMs));
