/**
 * Several runs against several: what one run a side cannot tell, a difference of less than 2 %, is told from the
 * spread between the runs of a side.
 */

import type { SidesComparison, Verdict } from '../../contracts/runs.ts';
import { caveatsOf } from './caveats.ts';
import { comparedRun, leastChange, type RunToCompare, reasonAgainst, sideOf } from './compareRuns.ts';
import { copiesAmong } from './copiesOfRuns.ts';
import { changeBetweenRuns, variationOf } from './runSpread.ts';
import { commonWarmUp, groupSteps } from './stepGroups.ts';
import { tooFewSteps } from './tooFewSteps.ts';

/** So many runs a side tell a difference of any size. */
const runsToTell = 3;
/** Fewer have no spread. */
export const leastRunsASide = 2;

/** @param before @param after runs of each side, `leastRunsASide` at least */
export function compareSides(
  before: readonly RunToCompare[],
  after: readonly RunToCompare[],
): SidesComparison {
  const all = [...before, ...after];
  const first = all[0];
  const warmUp = Math.max(
    0,
    ...all.map(({ marks, summary }) => commonWarmUp(first?.marks ?? [], marks, summary.steps?.unit)),
  );
  const grouped = (run: RunToCompare) => {
    const groups = groupSteps(run.marks, warmUp);
    return { run, groups, side: sideOf(run, groups), compared: comparedRun(run, groups) };
  };
  const [baseline, runs] = [before.map(grouped), after.map(grouped)];
  const sides = {
    baseline: baseline.map(({ side }) => side),
    runs: runs.map(({ side }) => side),
    warmUpSteps: warmUp,
  };
  const caveats = new Set(
    baseline.flatMap((one) => runs.flatMap((other) => caveatsOf(one.compared, other.compared))),
  );
  const cannot = (reason: string): SidesComparison => ({
    ...sides,
    verdict: 'notComparable',
    change: null,
    interval: null,
    variation: [null, null],
    caveats: [reason, ...caveats],
  });
  if (before.length < leastRunsASide || after.length < leastRunsASide)
    return cannot('A side of one run has no spread between runs: name two or more a side.');
  for (const one of [...baseline, ...runs])
    for (const other of [...baseline, ...runs]) {
      const reason = reasonAgainst(one, other);
      if (reason !== null) return cannot(reason);
    }
  const few = tooFewSteps([...baseline, ...runs], warmUp, 1);
  if (few !== null) return cannot(few);
  const copies = copiesAmong(all);
  if (copies !== null) return cannot(copies);
  const perStep = (side: typeof baseline): number[] => side.map((one) => one.side.perStepJ ?? Number.NaN);
  const means = [perStep(baseline), perStep(runs)] as const;
  const between = changeBetweenRuns(...means);
  if (between === null) return cannot('The runs of a side do not differ at all.');
  const { change, interval } = between;
  const narrow = interval[0] > 0 || interval[1] < 0;
  const enough = Math.min(before.length, after.length) >= runsToTell;
  const small = narrow && !enough && Math.abs(change) < leastChange;
  if (small) caveats.add(`With fewer than ${runsToTell} runs a side a difference under 2 % is not called.`);
  const verdict: Verdict = !narrow || small ? 'notDistinguishable' : change < 0 ? 'better' : 'worse';
  return {
    ...sides,
    verdict,
    change,
    interval,
    variation: [variationOf(means[0]), variationOf(means[1])],
    caveats: [...caveats],
  };
}
