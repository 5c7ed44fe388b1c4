/** Operations made up for tests: any graph without circles, any curves that fall and are convex. */

import { createRandom, type Random } from '../../../testing/random.ts';
import type { CostCurve, Dependency, OperationGraph } from '../operationGraph.ts';

export interface GraphSize {
  readonly operations: number;
  /** The most durations that an operation can take. */
  readonly durations: number;
}

/** One graph for each seed, of at most the given size. */
export function randomGraph(seed: number, largest: GraphSize): OperationGraph {
  const random = createRandom(seed);
  const count = 1 + Math.floor(random.next() * largest.operations);
  const dependencies = random.next() < 0.5 ? anyDependencies(random, count) : chains(random, count);
  const curves = Array.from({ length: count }, () => randomCurve(random, largest.durations));
  // Operations of one kind share a curve, so that many cuts cost the same.
  const few = random.next() < 0.3;
  return { curves: few ? curves.map((_, at) => curves[at % 2] as CostCurve) : curves, dependencies };
}

/**
 * Three ways that take equally long at their slowest and at their fastest, a→c, b→d and, between them, a→m→d: the smallest
 * graph in which an operation that was shortened may be lengthened again.
 */
export function randomBridge(seed: number): OperationGraph {
  const random = createRandom(seed);
  const [end, middle] = [2 + Math.floor(random.next() * 3), 2 + Math.floor(random.next() * 3)];
  const curves = [end, end + middle - 1, middle, end + middle - 1, end].map((length) => ({
    fastestUnits: length,
    costsJ: randomCosts(random, length),
  }));
  const [a, b, m, c, d] = [0, 1, 2, 3, 4];
  return {
    curves,
    dependencies: [
      [a, c],
      [a, m],
      [m, d],
      [b, d],
    ],
  };
}

function anyDependencies(random: Random, count: number): Dependency[] {
  const share = random.next();
  const dependencies: Dependency[] = [];
  for (let after = 1; after < count; after += 1)
    for (let before = 0; before < after; before += 1)
      if (random.next() < share) dependencies.push([before, after]);
  return dependencies;
}

/** Two or three workers, each with its own order, that wait for each other now and then: as a pipeline's stages do. */
function chains(random: Random, count: number): Dependency[] {
  const workers = 2 + Math.floor(random.next() * 2);
  const dependencies: Dependency[] = [];
  for (let after = 1; after < count; after += 1) {
    if (after >= workers) dependencies.push([after - workers, after]);
    const other = Math.floor(random.next() * after);
    if (random.next() < 0.5 && other !== after - workers) dependencies.push([other, after]);
  }
  return dependencies;
}

function randomCurve(random: Random, durations: number): CostCurve {
  const length = 1 + Math.floor(random.next() * durations);
  return { fastestUnits: Math.floor(random.between(1, 6)), costsJ: randomCosts(random, length) };
}

/** From the slowest on, each unit less costs at least as much as the one before; some nothing, some all alike. */
function randomCosts(random: Random, length: number): Float64Array {
  const straight = random.next() < 0.2;
  const whole = random.next() < 0.3;
  const costsJ = new Float64Array(length);
  let priceJ = random.next() < 0.2 ? 0 : random.between(0, 5);
  costsJ[length - 1] = random.between(-20, 20);
  for (let at = length - 2; at >= 0; at -= 1) {
    costsJ[at] = (costsJ[at + 1] ?? 0) + (whole ? Math.round(priceJ) : priceJ);
    if (!straight) priceJ += random.between(0, 3);
  }
  return costsJ;
}
