/** The operations of one iteration: what each costs at each duration, and which must end before which may begin. */

export interface CostCurve {
  /** The shortest duration, whole time units. */
  readonly fastestUnits: number;
  /**
   * Joules at the shortest duration and at each unit more, up to the longest that is worth while. They fall and are convex:
   * each further unit saves no more than the one before. Only their differences count, so they may be negative.
   */
  readonly costsJ: Float64Array;
}

/** A before b: b may begin when a has ended. Operations are named by their place in `curves`. */
export type Dependency = readonly [before: number, after: number];

export interface OperationGraph {
  readonly curves: readonly CostCurve[];
  readonly dependencies: readonly Dependency[];
}

export const slowestUnits = ({ fastestUnits, costsJ }: CostCurve): number => fastestUnits + costsJ.length - 1;

/** Joules of one operation that takes `units`, which its curve holds. */
export function costAtJ({ fastestUnits, costsJ }: CostCurve, units: number): number {
  const costJ = costsJ[units - fastestUnits];
  if (costJ === undefined) throw new RangeError(`no cost for a duration of ${units} units`);
  return costJ;
}
