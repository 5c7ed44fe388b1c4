/** What runs drew together, each joule once: two runs on one GPU at one time both have all of its energy. */

import type { RunSummary } from '../../contracts/runs.ts';
import type { Use } from '../../contracts/savings.ts';

/** Whether both runs were on one GPU at one time. */
export function overlaps(one: RunSummary, other: RunSummary): boolean {
  const meanwhile =
    one.startedAtMs < other.startedAtMs + other.durationMs &&
    other.startedAtMs < one.startedAtMs + one.durationMs;
  return meanwhile && one.devices.some(({ uuid }) => other.devices.some((device) => device.uuid === uuid));
}

/** So many of them that no two overlap, those of most energy first: together they drew at least as much as these. */
export function apart(runs: readonly RunSummary[]): ReadonlySet<RunSummary> {
  const energyOf = ({ totals }: RunSummary): number => totals.energyJ ?? 0;
  const measured = runs.filter(({ imported, totals }) => imported === undefined && totals.energyJ !== null);
  const kept: RunSummary[] = [];
  for (const run of measured.sort((one, other) => energyOf(other) - energyOf(one)))
    if (!kept.some((other) => overlaps(run, other))) kept.push(run);
  return new Set(kept);
}

/** @param counted from `apart`, of these runs and maybe more */
export function useOf(runs: readonly RunSummary[], counted: ReadonlySet<RunSummary>): Use {
  const own = runs.filter(({ imported }) => imported === undefined);
  const measured = own.filter(({ totals }) => totals.energyJ !== null);
  const once = measured.filter((run) => counted.has(run));
  return {
    importedRuns: runs.length - own.length,
    runs: own.length,
    usedJ: once.length === 0 ? null : once.reduce((sum, { totals }) => sum + (totals.energyJ ?? 0), 0),
    unmeasuredRuns: own.length - measured.length,
    overlappingRuns: measured.length - once.length,
    sharedRuns: once.filter(({ totals }) => totals.sharing !== undefined).length,
  };
}
