/** The frontier by trying every combination of durations: slow, and too simple to be wrong in the same way as the solver. */

import { type OperationGraph, slowestUnits } from '../operationGraph.ts';

/** Least joules of iterations that take at most so many units, from the shortest possible to the slowest. */
export function exhaustiveFrontier({ curves, dependencies }: OperationGraph): ReadonlyMap<number, number> {
  const leastJ = new Map<number, number>();
  const ends = new Int32Array(curves.length);
  // Dependencies of test graphs lead from lower to higher numbers.
  const before = curves.map((_, at) => dependencies.flatMap(([a, b]) => (b === at ? [a] : [])));
  const tryFrom = (at: number, iterationUnits: number, costJ: number): void => {
    const curve = curves[at];
    if (curve === undefined) {
      leastJ.set(iterationUnits, Math.min(leastJ.get(iterationUnits) ?? Number.POSITIVE_INFINITY, costJ));
      return;
    }
    const start = (before[at] ?? []).reduce((latest, other) => Math.max(latest, ends[other] ?? 0), 0);
    for (let units = curve.fastestUnits; units <= slowestUnits(curve); units += 1) {
      ends[at] = start + units;
      const ownJ = curve.costsJ[units - curve.fastestUnits] ?? Number.NaN;
      tryFrom(at + 1, Math.max(iterationUnits, start + units), costJ + ownJ);
    }
  };
  tryFrom(0, 0, 0);
  let [least, fastest] = [Number.POSITIVE_INFINITY, Math.min(...leastJ.keys())];
  const within = new Map<number, number>();
  for (const slowest = Math.max(...leastJ.keys()); fastest <= slowest; fastest += 1) {
    least = Math.min(least, leastJ.get(fastest) ?? Number.POSITIVE_INFINITY);
    within.set(fastest, least);
  }
  return within;
}
