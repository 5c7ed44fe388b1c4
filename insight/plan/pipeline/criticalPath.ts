/** When each operation begins when all begin as early as they can, and which of them nothing can wait for. */

import type { Dependency } from './operationGraph.ts';

export interface TimedOperations {
  /** In the unit of the durations. */
  readonly starts: Float64Array;
  readonly iterationTime: number;
  /** How much later each could end without the iteration ending later; 0 on the critical path. */
  readonly slack: Float64Array;
}

/** @throws RangeError for dependencies in a circle */
export function timedOperations(
  durations: ArrayLike<number>,
  dependencies: readonly Dependency[],
): TimedOperations {
  const count = durations.length;
  const after: number[][] = Array.from({ length: count }, () => []);
  const waitsFor = new Int32Array(count);
  for (const [before, next] of dependencies) {
    after[before]?.push(next);
    waitsFor[next] = (waitsFor[next] ?? 0) + 1;
  }
  const order: number[] = [];
  for (let operation = 0; operation < count; operation += 1)
    if (waitsFor[operation] === 0) order.push(operation);
  const starts = new Float64Array(count);
  const endOf = (operation: number): number => (starts[operation] ?? 0) + (durations[operation] ?? 0);
  for (const operation of order)
    for (const next of after[operation] ?? []) {
      starts[next] = Math.max(starts[next] ?? 0, endOf(operation));
      const left = (waitsFor[next] ?? 0) - 1;
      waitsFor[next] = left;
      if (left === 0) order.push(next);
    }
  if (order.length < count) throw new RangeError('the dependencies go in a circle');
  const iterationTime = order.reduce((latest, operation) => Math.max(latest, endOf(operation)), 0);
  const slack = new Float64Array(count);
  for (const operation of order.toReversed()) {
    const latestEnd = (after[operation] ?? []).reduce(
      (latest, next) => Math.min(latest, (starts[next] ?? 0) + (slack[next] ?? 0)),
      iterationTime,
    );
    slack[operation] = latestEnd - endOf(operation);
  }
  return { starts, iterationTime, slack };
}
