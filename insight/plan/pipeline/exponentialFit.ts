/**
 * The curve through what was measured of one operation: cost(t) = a·exp(b·t) + c, least squares, as in Perseus (SOSP 2024).
 *
 * For a given steepness the best a and c follow from a straight line through (exp(b·t), cost), so that only the steepness is
 * searched: over a grid first, then between its neighbours. No starting point has to be guessed and the best fit is found.
 * A curve of this form that falls is convex, which is what the solver needs; data that are not get the closest that is.
 */

export interface Exponential {
  /** Joules. */
  readonly a: number;
  /** Per unit of time; below 0. */
  readonly b: number;
  /** Joules. */
  readonly c: number;
  /** The exponent counts time from here, so that steep curves far from 0 stay within a double. */
  readonly originUnits: number;
}

export interface FitPoint {
  readonly units: number;
  readonly costJ: number;
}

/** −b times the whole span of times: from what no measurement tells from a line to a step after the first point. */
const steepness = { least: 1e-3, most: 100, ratio: 1.2 };
const goldenRatio = (Math.sqrt(5) - 1) / 2;
const refinements = 60;

export const exponentialAt = ({ a, b, c, originUnits }: Exponential, units: number): number =>
  a * Math.exp(b * (units - originUnits)) + c;

interface Fit {
  readonly curve: Exponential;
  readonly squaredErrorJ2: number;
}

/** Points of at least two different times. Undefined where they do not fall with time: no curve of this form goes through them. */
export function fitExponential(points: readonly FitPoint[]): Exponential | undefined {
  const first = Math.min(...points.map(({ units }) => units));
  const span = Math.max(...points.map(({ units }) => units)) - first;
  const fitAt = (logSteepness: number): Fit => fitGiven(points, -Math.exp(logSteepness) / span, first);
  const [from, to] = [Math.log(steepness.least), Math.log(steepness.most)];
  // Through two points go curves of any steepness: the straight one claims least.
  if (points.length === 2) return falling(fitAt(from));
  const stride = Math.log(steepness.ratio);
  let best = from;
  for (let at = from; at <= to; at += stride)
    if (fitAt(at).squaredErrorJ2 < fitAt(best).squaredErrorJ2) best = at;
  return falling(fitAt(leastBetween(fitAt, best - stride, best + stride)));
}

const falling = ({ curve }: Fit): Exponential | undefined => (curve.a > 0 ? curve : undefined);

/** Golden-section search. */
function leastBetween(fitAt: (at: number) => Fit, low: number, high: number): number {
  let [from, to] = [low, high];
  for (let round = 0; round < refinements; round += 1) {
    const left = to - goldenRatio * (to - from);
    const right = from + goldenRatio * (to - from);
    if (fitAt(left).squaredErrorJ2 <= fitAt(right).squaredErrorJ2) to = right;
    else from = left;
  }
  return (from + to) / 2;
}

/** Straight line through (exp(b·t), cost). */
function fitGiven(points: readonly FitPoint[], b: number, originUnits: number): Fit {
  const bases = points.map(({ units }) => Math.expm1(b * (units - originUnits)));
  const meanBase = bases.reduce((sum, base) => sum + base, 0) / points.length;
  const meanCostJ = points.reduce((sum, { costJ }) => sum + costJ, 0) / points.length;
  let products = 0;
  let squares = 0;
  for (const [at, { costJ }] of points.entries()) {
    const base = (bases[at] ?? 0) - meanBase;
    products += base * (costJ - meanCostJ);
    squares += base * base;
  }
  const a = products / squares;
  const c = meanCostJ - a * (meanBase + 1);
  const curve = { a, b, c, originUnits };
  let squaredErrorJ2 = 0;
  for (const [at, { costJ }] of points.entries()) {
    const fitted = meanCostJ + a * ((bases[at] ?? 0) - meanBase);
    squaredErrorJ2 += (fitted - costJ) ** 2;
  }
  return { curve, squaredErrorJ2 };
}
