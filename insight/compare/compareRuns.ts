/**
 * Energy per step of a run against its baseline.
 *
 * Warm-up is left out, of both sides alike. Steps of one run do not measure the spread from run to run (another
 * start, a warmer room), so with one run a side a difference under 2 % is never called, however narrow the
 * interval. Simulated and real runs are not compared at all.
 */

import type { ComparedSide, Comparison, RunSummary, Verdict } from '../../contracts/runs.ts';
import type { StepMark } from '../ticks.ts';
import { relativeChange } from './blockBootstrap.ts';
import { type ComparedRun, caveatsOf } from './caveats.ts';
import { oneRun } from './copiesOfRuns.ts';
import type { RunConditions } from './runConditions.ts';
import { stepCurve } from './stepCurve.ts';
import { commonWarmUp, groupSteps, type StepGroups } from './stepGroups.ts';
import { tooFewSteps } from './tooFewSteps.ts';

export interface RunToCompare {
  readonly summary: RunSummary;
  readonly marks: readonly StepMark[];
  readonly conditions?: RunConditions;
}

export const leastChange = 0.02;
/** Runs of the same code differ by some percent: a smaller difference between two runs may be no more than that. */
const spreadOfRuns = 0.05;
/** Fewer groups of steps than this have no spread worth the name. */
const leastGroups = 8;

export function sideOf({ summary }: RunToCompare, groups: StepGroups): ComparedSide {
  const { energyJ, idleJ } = summary.totals;
  return {
    runId: summary.runId,
    name: summary.name,
    number: summary.number,
    energyJ,
    durationMs: summary.durationMs,
    idleShare: energyJ !== null && energyJ > 0 && idleJ !== null ? Math.min(1, idleJ / energyJ) : null,
    perStepJ: groups.totalSteps > 0 && groups.totalJ > 0 ? groups.totalJ / groups.totalSteps : null,
    spreadJ: summary.steps?.spreadJ ?? null,
    ...(summary.steps?.unit === undefined ? {} : { unit: summary.steps.unit }),
    steps: groups.totalSteps,
    simulated: summary.simulated,
  };
}

function verdictOf(change: number, [low, high]: readonly [number, number]): Verdict {
  if (Math.abs(change) < leastChange || (low <= 0 && high >= 0)) return 'notDistinguishable';
  return change < 0 ? 'better' : 'worse';
}

export const comparedRun = (
  { summary, conditions }: RunToCompare,
  { totalSteps }: StepGroups,
): ComparedRun => ({ summary, steps: totalSteps, conditions });

export interface SideToCompare {
  readonly run: RunToCompare;
  readonly side: ComparedSide;
}

/** Why the energy per step of two runs cannot be held against each other; null where it can. */
export function reasonAgainst(
  { run: { marks }, side: one }: SideToCompare,
  { run: { marks: others }, side: other }: SideToCompare,
): string | null {
  // First: a run that was never measured is neither simulated nor real.
  const unmeasured = [
    ...new Set([one, other].flatMap((side) => (side.energyJ === null ? [side.number] : []))),
  ];
  if (unmeasured.length > 0)
    return unmeasured.map((number) => `Run ${number} has no energy reading.`).join(' ');
  if (one.simulated !== other.simulated) return 'One run was simulated and the other real.';
  if (marks.length === 0 || others.length === 0)
    return 'No progress lines were seen in one of the runs, so only totals can be set side by side.';
  if (one.unit !== other.unit)
    return `One of the runs counted ${one.unit ?? 'step'}s and the other ${other.unit ?? 'step'}s.`;
  const empty = [one, other].find(({ steps, perStepJ }) => steps > 0 && perStepJ === null);
  return empty === undefined ? null : `No energy was seen in the steps of run ${empty.number}.`;
}

function sameRun(baseline: RunToCompare, run: RunToCompare): string | null {
  const same = oneRun(baseline, run);
  return same === null ? null : `${same}: choose another one for one of the sides.`;
}

export function compareRuns(baseline: RunToCompare, run: RunToCompare): Comparison {
  const warmUp = commonWarmUp(baseline.marks, run.marks, run.summary.steps?.unit);
  const before = groupSteps(baseline.marks, warmUp);
  const after = groupSteps(run.marks, warmUp);
  const sides = {
    baseline: sideOf(baseline, before),
    run: sideOf(run, after),
    warmUpSteps: warmUp,
    curves: { baseline: stepCurve(baseline.marks), run: stepCurve(run.marks) },
  };
  const few = tooFewSteps(
    [
      { side: sides.baseline, groups: before },
      { side: sides.run, groups: after },
    ],
    warmUp,
    leastGroups,
  );
  const reason =
    reasonAgainst({ run: baseline, side: sides.baseline }, { run, side: sides.run }) ??
    sameRun(baseline, run);
  // Few steps are not told again as a weakness where they are the reason.
  const counted = reason === null && few !== null ? { steps: 0 } : {};
  const caveats = caveatsOf(
    { ...comparedRun(baseline, before), ...counted },
    { ...comparedRun(run, after), ...counted },
  );
  const cannot = (reason: string): Comparison => ({
    ...sides,
    verdict: 'notComparable',
    change: null,
    interval: null,
    caveats: [reason, ...caveats],
  });
  if (reason !== null) return cannot(reason);
  if (few !== null) return cannot(few);

  const { change, interval } = relativeChange(before, after);
  const verdict = verdictOf(change, interval);
  const narrow = interval[0] > 0 || interval[1] < 0;
  if (narrow && verdict === 'notDistinguishable')
    caveats.push(
      'With one run a side a difference under 2 % is not called: the next run may differ as much.',
    );
  if (verdict !== 'notDistinguishable' && Math.abs(change) < spreadOfRuns)
    caveats.push(
      'There is one run a side, and runs of the same code can differ by some percent: repeat both to be sure.',
    );
  return { ...sides, verdict, change, interval, caveats };
}
