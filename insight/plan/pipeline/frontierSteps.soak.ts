import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFrontier } from './testing/frontierInvariants.ts';
import { randomGraph } from './testing/randomGraph.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const graphs = 5000;

test(`${graphs} random graphs keep what must hold of every frontier (seed ${seed})`, () => {
  let points = 0;
  for (let at = 0; at < graphs; at += 1)
    points += checkFrontier(randomGraph(seed + at, { operations: 40, durations: 20 }));
  console.log(`${graphs} graphs, ${points} points`);
  assert.ok(points > 20 * graphs, `${points} points`);
});
