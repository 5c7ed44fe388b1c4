/**
 * Whether a step of one run is the same work as a step of another: a smaller batch needs less energy for each step and
 * saves nothing. A program is not asked what it does, so this goes by what it says of itself.
 */

import type { RunSummary } from '../../contracts/runs.ts';
import type { WorkSign } from '../../contracts/savings.ts';
import { batchSizeOf } from '../plan/batch/batchSize.ts';

export type SameWork = { readonly sign: WorkSign } | { readonly why: string };

interface BatchSizes {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** As the commands name them. One GPU's size tells as much where both runs had as many GPUs. */
export function batchSizes(baseline: RunSummary, run: RunSummary): BatchSizes {
  const sameCount = baseline.devices.length === run.devices.length;
  const sizeOf = ({ command, devices }: RunSummary): number | undefined =>
    batchSizeOf(command, sameCount ? 1 : Math.max(1, devices.length));
  return { before: sizeOf(baseline), after: sizeOf(run) };
}

/** Steps of the whole work: as announced, or as done by a run that came to its end. */
const wholeOf = ({ steps, state, exitCode }: RunSummary): number | null =>
  steps?.total ?? (steps !== null && state === 'ended' && exitCode === 0 ? Math.round(steps.count) : null);

export function sameWork(baseline: RunSummary, run: RunSummary): SameWork {
  const unit = run.steps?.unit ?? 'step';
  const one = `${unit === 'epoch' ? 'an' : 'a'} ${unit}`;
  if (unit === 'sample' || unit === 'token') return { sign: 'unit' };
  const { before, after } = batchSizes(baseline, run);
  if (before !== undefined && after !== undefined && before !== after)
    return { why: `Its command names a batch size of ${after} and the baseline’s ${before}.` };
  const [whole, wholeBefore] = [wholeOf(run), wholeOf(baseline)];
  if (whole !== null && wholeBefore !== null && whole !== wholeBefore)
    return {
      why: `It is of ${whole} ${unit}s and the baseline of ${wholeBefore}: ${one} may not be the same work.`,
    };
  if (before !== undefined && after !== undefined) return { sign: 'batch' };
  if (before !== after)
    return { why: `Only one of the two commands names a batch size: ${one} may not be the same work.` };
  if (whole !== null && wholeBefore !== null) return { sign: 'total' };
  return {
    why: `Nothing tells whether ${one} is the same work: neither command names a batch size, and of how many ${unit}s both are is not known.`,
  };
}
