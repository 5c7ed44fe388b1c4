import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProbeSteps } from './probeSteps.ts';

/** A process that lives from one second to another, with the steps it has done at the end of each. */
const process = (pid: number, fromS: number, steps: readonly number[]) =>
  steps.map((count, index) => {
    const toMs = (fromS + index + 1) * 1000;
    const stepped = count > (steps[index - 1] ?? 0);
    const window = { fromMs: toMs - 1000, toMs, lines: [], phases: [] };
    return { pid, window, steps: count, stepAtMs: stepped ? toMs - 100 : null };
  });

const counted = (...all: readonly ReturnType<typeof process>[]): readonly number[] => {
  const steps = createProbeSteps();
  return all
    .flat()
    .sort((one, other) => one.window.toMs - other.window.toMs)
    .flatMap((told) => steps.add(told) ?? []);
};

test('processes that train together count the same steps', () => {
  assert.deepEqual(counted(process(1, 0, [0, 5, 10, 15]), process(2, 0.4, [0, 0, 5, 10])), [5, 10, 15]);
});

test('a process that begins after another has ended adds to it, and so do those it trains with', () => {
  const second = [process(2, 5, [0, 4, 8]), process(3, 5.5, [0, 4, 8, 12])];
  assert.deepEqual(counted(process(1, 0, [0, 10, 20]), ...second), [10, 20, 24, 28, 32]);
  const third = process(4, 20, [0, 1]);
  assert.equal(counted(process(1, 0, [0, 10, 20]), ...second, third).at(-1), 33);
});

test('what only waits for the trainings it starts has not ended, and has no steps', () => {
  const starter = process(
    1,
    0,
    Array.from({ length: 12 }, () => 0),
  );
  assert.equal(counted(starter, process(2, 1, [0, 30]), process(3, 6, [0, 0, 50])).at(-1), 80);
});

test('a program that replaced itself begins anew under its number', () => {
  assert.deepEqual(counted(process(1, 0, [10, 20]), process(1, 2, [0, 5, 9])), [10, 20, 25, 29]);
  assert.deepEqual(counted(process(1, 0, [10, 20]), process(1, 30, [5])), [10, 20, 25]);
});
