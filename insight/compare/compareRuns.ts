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
import { caveatsOf } from './caveats.ts';
import type { RunConditions } from './runConditions.ts';
import { stepCurve } from './stepCurve.ts';
import { commonWarmUp, groupSteps, type StepGroups } from './stepGroups.ts';

export interface RunToCompare {
  readonly summary: RunSummary;
  readonly marks: readonly StepMark[];
  readonly conditions?: RunConditions;
}

const leastChange = 0.02;
/** Runs of the same code differ by some percent: a smaller difference between two runs may be no more than that. */
const spreadOfRuns = 0.05;
/** Fewer groups of steps than this have no spread worth the name. */
const leastGroups = 8;

function sideOf({ summary }: RunToCompare, groups: StepGroups): ComparedSide {
  const { energyJ, idleJ, durationMs } = summary.totals;
  return {
    runId: summary.runId,
    name: summary.name,
    number: summary.number,
    energyJ,
    durationMs,
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
  const compared = ({ summary, conditions }: RunToCompare, { totalSteps }: StepGroups) => ({
    summary,
    steps: totalSteps,
    conditions,
  });
  const caveats = caveatsOf(compared(baseline, before), compared(run, after));
  const cannot = (reason: string): Comparison => ({
    ...sides,
    verdict: 'notComparable',
    change: null,
    interval: null,
    caveats: [reason, ...caveats],
  });

  if (sides.baseline.simulated !== sides.run.simulated)
    return cannot('One run was simulated and the other real.');
  if (sides.baseline.energyJ === null || sides.run.energyJ === null)
    return cannot('One of the runs has no energy readings.');
  if (baseline.marks.length === 0 || run.marks.length === 0)
    return cannot('No progress lines were seen in one of the runs, so only totals can be set side by side.');
  if (sides.baseline.unit !== sides.run.unit)
    return cannot(
      `One of the runs counted ${sides.baseline.unit ?? 'step'}s and the other ${sides.run.unit ?? 'step'}s.`,
    );
  if (sides.baseline.perStepJ === null || sides.run.perStepJ === null)
    return cannot('One of the runs has too few steps after warm-up.');
  if (Math.min(before.joules.length, after.joules.length) < leastGroups)
    return cannot('One of the runs has too few steps after warm-up to tell its spread.');

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
