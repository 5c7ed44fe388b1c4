import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLines, type ProbeWindow } from './lines.ts';

const at = (line: number, samples: number, name = 'train') => ({ path: '/train.py', line, name, samples });
const window = (fromMs: number, toMs: number, lines: ProbeWindow['lines']): ProbeWindow => ({
  fromMs,
  toMs,
  lines,
  phases: [['other', lines.reduce((sum, { samples }) => sum + samples, 0)]],
});
const near = (value: number | null | undefined, truth: number): void =>
  assert.ok(
    value != null && Math.abs(value - truth) < 1e-6 * Math.max(1, truth),
    `${value}, in truth ${truth}`,
  );

/** 400 W in even seconds, 100 W in odd ones. */
const energyAt = (timeMs: number): number => {
  const seconds = Math.floor(timeMs / 1000);
  const whole = Math.ceil(seconds / 2) * 400 + Math.floor(seconds / 2) * 100;
  return whole + ((timeMs % 1000) / 1000) * (seconds % 2 === 0 ? 400 : 100);
};

test('a line gets the joules of the seconds it was in, not of the mean', () => {
  const lines = createLines();
  for (let second = 0; second < 200; second += 1) {
    lines.add(window(second * 1000, (second + 1) * 1000, [at(second % 2 === 0 ? 10 : 20, 20)]));
    lines.settle((second + 1) * 1000, energyAt);
  }
  const report = lines.report(true);
  near(report?.sampledJ, 100 * 500);
  assert.equal(report?.lines[0]?.line, 10);
  near(report?.lines[0]?.energyJ, 100 * 400);
  near(report?.lines[1]?.energyJ, 100 * 100);
  near(report?.functions[0]?.energyJ, 100 * 500);
  near(report?.phases[0]?.samples, 4000);
});

test('samples of one second share its joules, also of two processes', () => {
  const lines = createLines();
  lines.settle(1000, energyAt);
  lines.add(window(0, 1000, [at(10, 15), at(20, 5)]));
  lines.add(window(0, 1000, [at(10, 5), at(30, 15, 'load')]));
  const report = lines.report(true);
  near(report?.sampledJ, 400);
  assert.deepEqual(
    report?.lines.map(({ line, energyJ }) => [line, Math.round(energyJ ?? Number.NaN)]),
    [
      [10, 200],
      [30, 150],
      [20, 50],
    ],
  );
});

test('a window over several seconds is spread over them, and one that comes late still counts', () => {
  const lines = createLines();
  lines.settle(12_000, energyAt);
  lines.add(window(500, 10_500, [at(10, 50)]));
  near(lines.report(true)?.sampledJ, energyAt(11_000));
  near(lines.report(true)?.samples, 50);
  lines.settle(120_000, energyAt);
  near(lines.report(true)?.sampledJ, energyAt(11_000));
});

test('idle joules stand apart, and are not known where utilisation is not', () => {
  const lines = createLines();
  lines.addIdle(0, 500, 90);
  lines.addIdle(500, 1000, 0);
  lines.settle(2000, energyAt);
  lines.add(window(0, 1000, [at(10, 10), at(20, 10)]));
  near(lines.report(true)?.lines[0]?.idleJ, 45);
  lines.add(window(1000, 2000, [at(20, 10)]));
  assert.equal(lines.report(true)?.lines.find(({ line }) => line === 20)?.idleJ, null);
});

test('without samples there is no report, whatever the meters say', () => {
  const lines = createLines();
  lines.settle(90_000, energyAt);
  assert.equal(lines.report(true), null);
});

test('code that is made anew again and again does not grow for ever', () => {
  const lines = createLines();
  for (let second = 0; second < 60; second += 1) {
    const many = Array.from({ length: 100 }, (_, index) => at(second * 100 + index, 1, `made${second}`));
    lines.add(window(second * 1000, (second + 1) * 1000, many));
    lines.settle((second + 1) * 1000, energyAt);
  }
  const report = lines.report(true);
  near(report?.sampledJ, energyAt(60_000));
  assert.ok((report?.lines.length ?? 0) <= 100);
  assert.equal(report?.lines[0]?.name, 'other lines');
});

test('a window far ahead of the ticks or long behind them is told as missing, and nothing waits for it', () => {
  const lines = createLines();
  lines.settle(100_000, energyAt);
  lines.add(window(99_000, 100_000, [at(10, 20)]));
  lines.add(window(1000, 2000, [at(10, 15)]));
  lines.add(window(9e15, 9e15 + 1000, [at(10, 7)]));
  lines.add(window(0, Number.MAX_SAFE_INTEGER * 1000, [at(10, 3)]));
  const report = lines.report(true);
  near(report?.samples, 20);
  assert.equal(report?.missedSamples, 25);
});

test('where the energy of the run is not known no line, function or kind of work has joules: most samples first', () => {
  const lines = createLines();
  lines.add(window(0, 1000, [at(10, 5), at(20, 15, 'load')]));
  lines.settle(2000, () => 0);
  const report = lines.report(false);
  assert.equal(report?.sampledJ, null);
  assert.deepEqual(
    report?.lines.map(({ line, samples, energyJ, idleJ }) => [line, samples, energyJ, idleJ]),
    [
      [20, 15, null, null],
      [10, 5, null, null],
    ],
  );
  assert.deepEqual(
    report?.functions.map(({ name, energyJ }) => [name, energyJ]),
    [
      ['load', null],
      ['train', null],
    ],
  );
  assert.deepEqual(report?.phases, [{ phase: 'other', samples: 20, energyJ: null }]);
});
