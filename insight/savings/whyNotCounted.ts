/** What keeps a run out of the ledger that needed less for each step than its baseline. */

import { pinStoodAt } from '../../contracts/pinnedBaseline.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { formatShare } from '../../contracts/units.ts';
import { gpuNames, leastCoverage } from '../compare/caveats.ts';
import { overlaps } from './usedEnergy.ts';

/** From the start of a program until its GPU is first read: it loads, and counts no step. */
const startMs = 3_000;

export interface Pair {
  readonly run: RunSummary;
  readonly baseline: RunSummary;
}

/** The gravest reason, in one sentence; null where it counts. @param runs every run that is known */
export function whyNotCounted({ run, baseline }: Pair, runs: readonly RunSummary[]): string | null {
  return (
    ofOneRun(run) ??
    ofOneRun(baseline) ??
    ofThePin(run, baseline) ??
    (gpuNames(run) === gpuNames(baseline) ? null : 'It used other GPUs than the baseline.') ??
    alongside(run, runs) ??
    alongside(baseline, runs)
  );
}

function ofThePin(run: RunSummary, baseline: RunSummary): string | null {
  const { number } = baseline;
  if (pinStoodAt(baseline, run.startedAtMs))
    return baseline.baseline === true
      ? null
      : `The pin of run ${number} stood when this run began and was taken away since. Pin it again, and this run counts.`;
  if ((baseline.pinnedAtMs ?? null) === null)
    return `When run ${number} was pinned is not known: it was done with an earlier version. Pin it again, and later runs count.`;
  // Who knows both runs can choose the one that shows most.
  return `Run ${number} was pinned only after this run had begun: a baseline is chosen before.`;
}

function ofOneRun(side: RunSummary): string | null {
  const { number, state, exitCode, durationMs, totals, devices, origin, imported } = side;
  const name = `Run ${number}`;
  if (imported !== undefined) return `${name} was imported: this machine did not measure it.`;
  if (state !== 'ended') return `${name} was interrupted: its end was not seen.`;
  if (exitCode !== null && exitCode !== 0) return `${name} ended with exit code ${exitCode}.`;
  if (totals.provenance === null || totals.provenance.quality === 'estimated')
    return `The energy of run ${number} was estimated, not measured.`;
  if ((1 - totals.coverage) * durationMs > startMs + (1 - leastCoverage) * durationMs)
    return `${name} has readings for ${formatShare(totals.coverage)} of its time only.`;
  if (totals.sharing !== undefined)
    return `Other programs used the GPU of run ${number} meanwhile: their work is in the energy.`;
  if (devices.some(({ attribution }) => attribution === 'unknown'))
    return `It is not certain that the GPUs of run ${number} were its own.`;
  return origin === 'debug' ? `${name} ran under the debugger, which slows it.` : null;
}

function alongside(side: RunSummary, runs: readonly RunSummary[]): string | null {
  const other = runs.find((run) => run.runId !== side.runId && overlaps(run, side));
  return other === undefined
    ? null
    : `Run ${other.number} was on the GPU of run ${side.number} at the same time: the same joules are in both.`;
}
