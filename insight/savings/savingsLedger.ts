/**
 * The ledger of savings: every run held against the pinned baseline before it, and what its steps would have needed
 * more at the baseline's energy per step.
 *
 * Only the verdict "better" on measured energy enters, and each run once. What speaks against the same work on the same
 * GPU keeps a run out: a smaller batch needs less for each step and has saved nothing.
 */

import { pinnedBaseline } from '../../contracts/pinnedBaseline.ts';
import type { Comparison, RunSummary } from '../../contracts/runs.ts';
import type {
  MonthOfUse,
  NotCounted,
  ProjectSavings,
  SavedBy,
  Saving,
  SavingsLedger,
} from '../../contracts/savings.ts';

/** A run that is held against a baseline. */
export interface HeldRun {
  readonly run: RunSummary;
  readonly baseline: RunSummary;
  readonly comparison: Comparison;
}

/** The pairs to compare for the ledger. @param runs every run, in any order */
export function heldRuns(runs: readonly RunSummary[]): readonly Omit<HeldRun, 'comparison'>[] {
  return runs.flatMap((run) => {
    const baseline = run.state === 'live' ? undefined : pinnedBaseline(run, runs);
    return baseline === undefined || baseline.state === 'live' ? [] : [{ run, baseline }];
  });
}

export function savingsLedger(runs: readonly RunSummary[], held: readonly HeldRun[]): SavingsLedger {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = `${run.simulated} ${run.cwd}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(run);
  }
  const projects = [...groups.values()].map((group) => projectOf(group, held));
  const order = (one: ProjectSavings, other: ProjectSavings): number =>
    Number(one.simulated) - Number(other.simulated) || other.savedJ - one.savedJ || other.usedJ - one.usedJ;
  return {
    projects: projects.sort(order),
    runs: runs.length,
    pinnedBaselines: runs.filter(({ baseline }) => baseline === true).length,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function projectOf(group: readonly RunSummary[], held: readonly HeldRun[]): ProjectSavings {
  const ids = new Set(group.map(({ runId }) => runId));
  const better = held.filter(({ run, comparison }) => ids.has(run.runId) && comparison.verdict === 'better');
  const savings: Saving[] = [];
  const notCounted: NotCounted[] = [];
  for (const pair of better) {
    const reason = whyNot(pair);
    const saving = reason === null ? savingOf(pair) : null;
    if (saving !== null) savings.push(saving);
    else if (reason !== null)
      notCounted.push({ run: named(pair.run), baseline: named(pair.baseline), reason });
  }
  savings.sort((one, other) => other.startedAtMs - one.startedAtMs);
  return {
    project: group[0]?.cwd ?? '',
    simulated: group[0]?.simulated ?? false,
    savedJ: sum(savings.map(({ savedJ }) => savedJ)),
    savedWithinJ: [
      sum(savings.map(({ savedWithinJ: [low] }) => low)),
      sum(savings.map(({ savedWithinJ: [, high] }) => high)),
    ],
    usedJ: sum(group.map(({ totals }) => totals.energyJ ?? 0)),
    runs: group.length,
    unmeasuredRuns: group.filter(({ totals }) => totals.energyJ === null).length,
    months: monthsOf(group, savings),
    savings,
    notCounted,
  };
}

const named = ({ runId, number, name }: RunSummary): SavedBy => ({ runId, number, name });

const gpusOf = ({ devices }: RunSummary): string =>
  devices
    .map(({ name }) => name)
    .sort()
    .join(', ');

/** Null where it counts. */
function whyNot({ run, baseline }: HeldRun): string | null {
  if (gpusOf(run) !== gpusOf(baseline)) return 'It used other GPUs than the baseline.';
  const estimated = [run, baseline].some(({ totals }) => totals.provenance?.quality === 'estimated');
  if (estimated) return 'Its energy or the baseline’s was estimated, not measured.';
  if (run.totals.sharing !== undefined || baseline.totals.sharing !== undefined)
    return 'Other programs used the GPU meanwhile: their work is in the energy.';
  const [total, before] = [run.steps?.total ?? null, baseline.steps?.total ?? null];
  if (total !== null && before !== null && total !== before)
    return `It announced ${total} steps and the baseline ${before}: a step may not be the same work.`;
  return null;
}

function savingOf({ run, baseline, comparison }: HeldRun): Saving | null {
  const { change, interval } = comparison;
  const beforeJ = comparison.baseline.perStepJ;
  const steps = run.steps?.count ?? 0;
  if (change === null || interval === null || beforeJ === null || steps <= 0) return null;
  const saved = (share: number): number => -share * beforeJ * steps;
  return {
    run: named(run),
    baseline: named(baseline),
    startedAtMs: run.startedAtMs,
    change,
    interval,
    steps,
    ...(run.steps?.unit === undefined ? {} : { unit: run.steps.unit }),
    savedJ: saved(change),
    savedWithinJ: [saved(interval[1]), saved(interval[0])],
  };
}

const monthOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 7);

function monthsOf(group: readonly RunSummary[], savings: readonly Saving[]): readonly MonthOfUse[] {
  const months = [...new Set(group.map(({ startedAtMs }) => monthOf(startedAtMs)))].sort();
  return months.map((month) => {
    const runs = group.filter(({ startedAtMs }) => monthOf(startedAtMs) === month);
    const saved = savings.filter(({ startedAtMs }) => monthOf(startedAtMs) === month);
    return {
      month,
      runs: runs.length,
      usedJ: sum(runs.map(({ totals }) => totals.energyJ ?? 0)),
      savedJ: sum(saved.map(({ savedJ }) => savedJ)),
    };
  });
}
