/** What must hold of the frontier of any graph, told apart from how it is found. */

import { timedOperations } from '../criticalPath.ts';
import { frontierSteps } from '../frontierSteps.ts';
import { type CostCurve, costAtJ, type OperationGraph, slowestUnits } from '../operationGraph.ts';

const toleranceJ = 1e-9;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** Returns how many points there are. @throws Error that says what does not hold */
export function checkFrontier({ curves, dependencies }: OperationGraph): number {
  const timeOf = (durations: ArrayLike<number>): number =>
    timedOperations(durations, dependencies).iterationTime;
  const costOf = (durations: Int32Array): number =>
    curves.reduce((sum, curve, at) => sum + costAtJ(curve, durations[at] ?? 0), 0);
  const all = (durationOf: (curve: CostCurve) => number): Int32Array => Int32Array.from(curves, durationOf);
  const [slowest, fastest] = [all(slowestUnits), all(({ fastestUnits }) => fastestUnits)];
  const allFastestJ = costOf(fastest);
  let points = 0;
  let [before, beforeJ, beforePriceJ] = [Number.NaN, Number.NaN, 0];
  for (const { iterationUnits, durationUnits } of frontierSteps({ curves, dependencies })) {
    // `costAtJ` throws for a duration that a curve does not hold.
    const costJ = costOf(durationUnits);
    must(timeOf(durationUnits) === iterationUnits, 'the durations take as long as the point says');
    must(costJ <= allFastestJ + toleranceJ, 'never above all at their fastest');
    if (points === 0)
      must(
        durationUnits.every((units, at) => units === slowest[at]),
        'it begins with all at their slowest',
      );
    else {
      must(iterationUnits === before - 1, 'one unit faster each');
      must(
        costJ - beforeJ >= beforePriceJ - toleranceJ,
        'each unit costs at least as much as the one before',
      );
      beforePriceJ = costJ - beforeJ;
    }
    [before, beforeJ] = [iterationUnits, costJ];
    points += 1;
  }
  must(before === timeOf(fastest), 'it ends at the fastest there is');
  return points;
}
