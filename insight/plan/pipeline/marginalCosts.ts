/**
 * What one unit of time more or less changes in joules, as whole multiples of a small step.
 *
 * Flows that are sums of whole numbers are compared exactly, so that a saturated arc is saturated: no tolerance is needed
 * anywhere in the solver. Rounding keeps the order of the differences, so rounded curves are as convex as the given ones.
 */

import type { CostCurve } from './operationGraph.ts';

/** All prices of a graph together: sums up to here are exact with room to spare. */
const largestSum = 2 ** 50;

/** `prices[k]`: what it costs to shorten by one unit an operation that takes `k` units more than its fastest; 0 for k = 0. */
export type Prices = Float64Array;

/** One for each curve; curves that are the same object share theirs. @throws RangeError where a curve rises or is not convex */
export function marginalCosts(curves: readonly CostCurve[]): readonly Prices[] {
  const steepestJ = curves.reduce((sum, { costsJ }) => sum + dropJ(costsJ, 1), 0);
  const stepsPerJ = steepestJ > 0 ? largestSum / steepestJ : 1;
  const known = new Map<CostCurve, Prices>();
  return curves.map((curve) => {
    const prices = known.get(curve) ?? pricesOf(curve.costsJ, stepsPerJ);
    known.set(curve, prices);
    return prices;
  });
}

const dropJ = (costsJ: Float64Array, at: number): number =>
  (costsJ[at - 1] ?? 0) - (costsJ[at] ?? costsJ[at - 1] ?? 0);

function pricesOf(costsJ: Float64Array, stepsPerJ: number): Prices {
  const prices = new Float64Array(costsJ.length);
  let beforeJ = Number.POSITIVE_INFINITY;
  for (let at = 1; at < costsJ.length; at += 1) {
    const priceJ = dropJ(costsJ, at);
    // What a double of these joules cannot resolve counts as straight and as level.
    const resolutionJ = 4 * Number.EPSILON * Math.abs(costsJ[at - 1] ?? 0);
    if (!(priceJ >= -resolutionJ && priceJ <= beforeJ + resolutionJ))
      throw new RangeError('a cost curve must fall and be convex');
    beforeJ = Math.max(0, Math.min(beforeJ, priceJ));
    prices[at] = Math.round(beforeJ * stepsPerJ);
  }
  return prices;
}
