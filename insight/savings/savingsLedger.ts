/**
 * The ledger of savings: every run held against the baseline that was pinned before it began, and what its steps would
 * have needed more at the baseline's energy per step.
 *
 * Only the verdict "better" on measured energy enters, and each run once. What speaks against the same work on the same
 * GPU keeps a run out, and so does silence about it.
 */

import { isoTime } from '../../contracts/dateText.ts';
import {
  baselineChosenBefore,
  type DeletedBaseline,
  pinnedBaseline,
} from '../../contracts/pinnedBaseline.ts';
import type { Comparison, RunSummary, Verdict } from '../../contracts/runs.ts';
import type {
  MonthOfUse,
  NotCounted,
  ProjectSavings,
  SavedBy,
  Saving,
  SavingsLedger,
} from '../../contracts/savings.ts';
import { notAvailable } from '../../contracts/units.ts';
import { sameWork } from '../compare/sameWork.ts';
import { apart, useOf } from './usedEnergy.ts';
import { type Pair, whyNotCounted } from './whyNotCounted.ts';

/** A run that is held against a baseline. */
export interface HeldRun extends Pair {
  readonly comparison: Comparison;
}

/** One that is there comes before what is kept of it, as where it was imported again. */
const baselineOf = (
  run: RunSummary,
  runs: readonly RunSummary[],
  deleted: readonly DeletedBaseline[],
): RunSummary | DeletedBaseline | undefined =>
  run.state === 'live' ? undefined : baselineChosenBefore(run, [...runs, ...deleted]);

const isDeleted = (baseline: RunSummary | DeletedBaseline): baseline is DeletedBaseline =>
  !('state' in baseline);

/** The pairs to compare for the ledger. @param runs every run, in any order */
export function heldRuns(
  runs: readonly RunSummary[],
  deleted: readonly DeletedBaseline[] = [],
): readonly Pair[] {
  return runs.flatMap((run) => {
    if (run.state === 'live') return [];
    // One that was pinned too late is told of: its pin was meant.
    const baseline = baselineOf(run, runs, deleted) ?? pinnedBaseline(run, runs);
    return baseline === undefined || isDeleted(baseline) || baseline.state === 'live'
      ? []
      : [{ run, baseline }];
  });
}

/** @param deleted as `heldRuns` was given @param olderRuns recorded ones that are not among `runs` */
export function savingsLedger(
  runs: readonly RunSummary[],
  held: readonly HeldRun[],
  deleted: readonly DeletedBaseline[] = [],
  olderRuns = 0,
): SavingsLedger {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = `${run.simulated} ${run.cwd}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(run);
  }
  const projects = [...groups.values()].map((group) => projectOf(group, held, runs, deleted));
  const order = (one: ProjectSavings, other: ProjectSavings): number =>
    Number(one.simulated) - Number(other.simulated) ||
    (other.savedJ ?? 0) - (one.savedJ ?? 0) ||
    (other.usedJ ?? 0) - (one.usedJ ?? 0);
  return {
    projects: projects.sort(order),
    runs: runs.length,
    olderRuns,
    pinnedBaselines: runs.filter(({ baseline }) => baseline === true).length,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function projectOf(
  group: readonly RunSummary[],
  held: readonly HeldRun[],
  runs: readonly RunSummary[],
  deleted: readonly DeletedBaseline[],
): ProjectSavings {
  const ids = new Set(group.map(({ runId }) => runId));
  const own = held.filter(({ run }) => ids.has(run.runId));
  const verdicts: Record<Verdict, number> = { better: 0, worse: 0, notDistinguishable: 0, notComparable: 0 };
  const savings: Saving[] = [];
  const notCounted: NotCounted[] = [];
  for (const pair of own) {
    verdicts[pair.comparison.verdict] += 1;
    if (pair.comparison.verdict !== 'better') continue;
    const found = savingOf(pair, runs);
    if ('savedJ' in found) savings.push(found);
    else notCounted.push(found);
  }
  savings.sort((one, other) => other.startedAtMs - one.startedAtMs);
  const counted = apart(group);
  return {
    project: group[0]?.cwd ?? '',
    simulated: group[0]?.simulated ?? false,
    savedJ: savings.length === 0 ? null : sum(savings.map(({ savedJ }) => savedJ)),
    savedWithinJ:
      savings.length === 0
        ? null
        : [
            sum(savings.map(({ savedWithinJ: [low] }) => low)),
            sum(savings.map(({ savedWithinJ: [, high] }) => high)),
          ],
    ...useOf(group, counted),
    verdicts,
    months: monthsOf(group, counted, savings),
    savings,
    notCounted,
    baselineDeleted: group.flatMap((run) => {
      const baseline = baselineOf(run, runs, deleted);
      return baseline === undefined || !isDeleted(baseline)
        ? []
        : [{ run: named(run), baseline: named(baseline), reason: 'Its baseline was deleted.' }];
    }),
  };
}

const named = ({ runId, number, name }: SavedBy): SavedBy => ({ runId, number, name });

function savingOf(pair: HeldRun, runs: readonly RunSummary[]): Saving | NotCounted {
  const { run, baseline, comparison } = pair;
  const sides = { run: named(run), baseline: named(baseline) };
  const why = whyNotCounted(pair, runs);
  if (why !== null) return { ...sides, reason: why };
  const same = sameWork(baseline, run);
  if ('why' in same) return { ...sides, reason: same.why };
  const { change, interval } = comparison;
  const beforeJ = comparison.baseline.perStepJ;
  const { steps } = comparison.run;
  if (change === null || interval === null || beforeJ === null || steps <= 0)
    return { ...sides, reason: 'The comparison has no figure.' };
  const saved = (share: number): number => -share * beforeJ * steps;
  return {
    ...sides,
    startedAtMs: run.startedAtMs,
    change,
    interval,
    steps,
    ...(run.steps?.unit === undefined ? {} : { unit: run.steps.unit }),
    sameWork: same.sign,
    savedJ: saved(change),
    savedWithinJ: [saved(interval[1]), saved(interval[0])],
  };
}

const monthOf = (timeMs: number): string => isoTime(timeMs)?.slice(0, 7) ?? notAvailable;

function monthsOf(
  group: readonly RunSummary[],
  counted: ReadonlySet<RunSummary>,
  savings: readonly Saving[],
): readonly MonthOfUse[] {
  const months = [...new Set(group.map(({ startedAtMs }) => monthOf(startedAtMs)))].sort();
  return months.map((month) => {
    const saved = savings.filter(({ startedAtMs }) => monthOf(startedAtMs) === month);
    return {
      month,
      ...useOf(
        group.filter(({ startedAtMs }) => monthOf(startedAtMs) === month),
        counted,
      ),
      savedJ: saved.length === 0 ? null : sum(saved.map(({ savedJ }) => savedJ)),
    };
  });
}
