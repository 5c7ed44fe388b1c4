import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontierSteps } from './frontierSteps.ts';
import { costAtJ, type OperationGraph } from './operationGraph.ts';
import { exhaustiveFrontier } from './testing/exhaustiveFrontier.ts';
import { checkFrontier } from './testing/frontierInvariants.ts';
import { randomBridge, randomGraph } from './testing/randomGraph.ts';

/** Holds the solver against every combination of durations. Returns how often it lengthened an operation. */
function compareExhaustively(graph: OperationGraph, name: string): number {
  const best = exhaustiveFrontier(graph);
  const times: number[] = [];
  let lengthenings = 0;
  for (const { iterationUnits, durationUnits, lengthened } of frontierSteps(graph)) {
    const costJ = graph.curves.reduce((sum, each, at) => sum + costAtJ(each, durationUnits[at] ?? 0), 0);
    const bestJ = best.get(iterationUnits) ?? Number.NaN;
    assert.ok(
      Math.abs(costJ - bestJ) < 1e-9,
      `${name}, ${iterationUnits} units: ${costJ} J, best ${bestJ} J`,
    );
    times.unshift(iterationUnits);
    lengthenings += lengthened.length;
  }
  assert.deepEqual(times, [...best.keys()], name);
  return lengthenings;
}

test('500 random small graphs: as cheap at every time as the best of all combinations', () => {
  for (let seed = 1; seed <= 500; seed += 1)
    compareExhaustively(randomGraph(seed, { operations: 7, durations: 6 }), `seed ${seed}`);
});

test('200 random bridges: the same where operations are lengthened again', () => {
  let lengthenings = 0;
  for (let seed = 1; seed <= 200; seed += 1)
    lengthenings += compareExhaustively(randomBridge(seed), `bridge of seed ${seed}`);
  assert.ok(lengthenings >= 20, `${lengthenings} lengthenings`);
});

test('500 random graphs keep what must hold of every frontier', () => {
  let points = 0;
  for (let seed = 1; seed <= 500; seed += 1)
    points += checkFrontier(randomGraph(seed, { operations: 20, durations: 12 }));
  assert.ok(points > 5000, `${points} points`);
});

const curve = (fastestUnits: number, ...costsJ: readonly number[]): OperationGraph['curves'][number] => ({
  fastestUnits,
  costsJ: Float64Array.from(costsJ),
});

test('an operation that was shortened is lengthened again where another way is cheaper together', () => {
  // Three ways of the same length: a→c, b→d and, between them, a→m→d. First b, c and m are cheapest; then a and d are,
  // which shortens the middle way twice, so that m gets back what it gave.
  const [a, b, c, m, d] = [0, 1, 2, 3, 4];
  const graph: OperationGraph = {
    curves: [
      curve(2, 15, 6, 0),
      curve(5, 10, 4, 0),
      curve(5, 10, 4, 0),
      curve(1, 3, 1, 0),
      curve(2, 15, 6, 0),
    ],
    dependencies: [
      [a, c],
      [a, m],
      [m, d],
      [b, d],
    ],
  };
  const changes = [...frontierSteps(graph)].map(({ shortened, lengthened }) => [shortened, lengthened]);
  assert.deepEqual(changes.slice(0, 3), [
    [[], []],
    [[b, c, m], []],
    [[a, d], [m]],
  ]);
});

test('curves that rise or bend the wrong way and dependencies in a circle are refused', () => {
  const solve = (graph: OperationGraph): unknown => frontierSteps(graph).next();
  assert.throws(() => solve({ curves: [curve(1, 1, 2)], dependencies: [] }), RangeError);
  assert.throws(() => solve({ curves: [curve(1, 9, 8, 1)], dependencies: [] }), RangeError);
  const circle: OperationGraph = {
    curves: [curve(1, 1), curve(1, 1)],
    dependencies: [
      [0, 1],
      [1, 0],
    ],
  };
  assert.throws(() => solve(circle), RangeError);
});
