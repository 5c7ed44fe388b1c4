import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStepMarks } from './stepMarks.ts';
import { stepFigures, warmUpOf } from './steps.ts';
import type { StepMark } from './ticks.ts';

const marksOf = (count: number, jouleOf: (step: number) => number): readonly StepMark[] => {
  let energyJ = 0;
  return Array.from({ length: count }, (_, index) => {
    energyJ += jouleOf(index + 1);
    return { count: index + 1, timeMs: 500 * (index + 1), energyJ };
  });
};

test('the first tenth of the steps is left out, at least 3 and at most 50', () => {
  assert.deepEqual(
    [4, 30, 200, 500, 1e6].map((steps) => warmUpOf(steps)),
    [3, 3, 20, 50, 50],
  );
});

test('warm-up does not enter the figures', () => {
  const figures = stepFigures(
    marksOf(200, (step) => (step <= 15 ? 400 : 40)),
    200,
  );
  assert.equal(figures?.count, 200);
  assert.equal(figures?.total, 200);
  assert.ok(Math.abs((figures?.perStepJ ?? 0) - 40) < 1e-9);
  assert.ok(Math.abs(figures?.spreadJ ?? 1) < 1e-9);
  assert.ok(Math.abs((figures?.stepsPerSecond ?? 0) - 2) < 1e-9);
});

test('the spread is that between blocks', () => {
  const figures = stepFigures(
    marksOf(2200, (step) => (Math.floor(step / 110) % 2 === 0 ? 38 : 42)),
    null,
  );
  assert.ok(Math.abs((figures?.perStepJ ?? 0) - 40) < 0.2);
  assert.ok((figures?.spreadJ ?? 0) > 1 && (figures?.spreadJ ?? 0) < 2.2, `${figures?.spreadJ}`);
});

test('few steps have a count and no energy', () => {
  assert.equal(stepFigures([], null), null);
  assert.deepEqual(
    stepFigures(
      marksOf(5, () => 40),
      100,
    ),
    {
      count: 5,
      total: 100,
      perStepJ: null,
      spreadJ: null,
      stepsPerSecond: null,
    },
  );
});

test('steps without energy still have a rate', () => {
  const figures = stepFigures(
    marksOf(100, () => 0),
    null,
  );
  assert.equal(figures?.perStepJ, null);
  assert.ok(Math.abs((figures?.stepsPerSecond ?? 0) - 2) < 1e-9);
});

test('a mark gets its energy when the meters are sure of it', () => {
  const marks = createStepMarks();
  marks.add(1, 1000);
  marks.add(2, 2000);
  marks.settle(1500, (timeMs) => timeMs);
  marks.settle(2500, (timeMs) => timeMs + 7);
  marks.add(3, 3000);
  assert.deepEqual(
    marks.list((timeMs) => -timeMs).map(({ energyJ }) => energyJ),
    [1000, 2007, -3000],
  );
});

test('a million steps keep bounded marks and exact totals', () => {
  const marks = createStepMarks();
  for (let count = 1; count <= 1e6; count += 1) {
    marks.add(count, count * 80);
    if (count % 100 === 0) marks.settle(count * 80, (timeMs) => timeMs / 1000);
  }
  const list = marks.list(() => 0);
  assert.ok(list.length <= 65_536 + 100);
  assert.equal(list.at(-1)?.count, 1e6);
  const figures = stepFigures(list, null);
  assert.ok(Math.abs((figures?.perStepJ ?? 0) - 0.08) < 1e-6);
});

test('epochs are few: one of them is enough, and the first tenth is left out', () => {
  const marks = [0.5, 1, 1.5, 2, 2.5].map((count) => ({ count, timeMs: 4000 * count, energyJ: 900 * count }));
  const figures = stepFigures(marks, 5, 'epoch');
  assert.equal(figures?.unit, 'epoch');
  assert.ok(Math.abs((figures?.perStepJ ?? 0) - 900) < 1e-9);
  assert.ok(Math.abs((figures?.stepsPerSecond ?? 0) - 0.25) < 1e-9);
});
