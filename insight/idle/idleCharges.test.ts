import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunInsight } from '../runInsight.ts';
import { wastefulStep } from '../testing/explainRun.ts';
import { chips, generateRun } from '../testing/generatedRun.ts';
import { createIdleCharges } from './idleCharges.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);

for (const chip of chips)
  for (const steps of [26, 120])
    test(`the idle joules of all lines are those of the run, ${steps} steps of a ${chip.name} (seed ${seed})`, () => {
      const plan = { chip, step: wastefulStep(), steps, spread: 0.15, missing: 0.02 };
      const run = generateRun(plan, seed);
      const insight = createRunInsight([run.device], { sourceId: 'simulated', simulated: true });
      let second = 0;
      for (const tick of run.ticks) {
        insight.addTick(tick);
        for (; (second + 1) * 1000 <= tick.timeMs; second += 1) {
          const lines = [{ path: '/train.py', line: 1 + (second % 5), name: 'train', samples: 20 }];
          const window = { fromMs: second * 1000, toMs: (second + 1) * 1000, lines, phases: [] };
          insight.addProbe({ pid: 7, window, steps: 0, stepAtMs: 0 });
        }
      }
      const { idleJ, energyJ } = insight.snapshot().totals;
      const lines = insight.lines()?.lines ?? [];
      assert.ok(lines.length > 0);
      const linesJ = lines.reduce((sum, line) => sum + (line.idleJ ?? 0), 0);
      if (idleJ === null) return assert.equal(chip.quality, 'averaged1s');
      const tolerance = 0.02 * (energyJ ?? 0);
      assert.ok(linesJ <= idleJ + tolerance, `${linesJ} of the lines, ${idleJ} of the run`);
      assert.ok(linesJ >= 0.8 * idleJ - tolerance, `${linesJ} of the lines, ${idleJ} of the run`);
    });

const interval = (timeMs: number, powerW: number | undefined, idleMs = 100) => ({
  timeMs,
  intervalMs: 100,
  idleMs,
  powerW,
});
const joules = (charges: readonly { readonly idleJ: number }[]): number =>
  charges.reduce((sum, { idleJ }) => sum + idleJ, 0);

test('what was drawn bounds a pause until the idle power is known, and is corrected then', () => {
  const charges = createIdleCharges();
  charges.add(interval(100, 460));
  assert.equal(joules(charges.take(null)), 46);
  charges.settle('pause');
  assert.deepEqual(charges.take(null), []);
  assert.deepEqual(charges.take(120), [{ fromMs: 0, toMs: 100, idleJ: 12 - 46 }]);
  assert.deepEqual(charges.take(130), [], 'what was charged with a known power stays');
});

test('a quiet stretch is charged what it drew, without power nothing', () => {
  const charges = createIdleCharges();
  charges.add(interval(100, 160, 50));
  charges.add(interval(200, undefined));
  assert.equal(joules(charges.take(120)), 6 + 12);
  charges.settle('quiet');
  assert.equal(joules(charges.take(120)), 16 - 6);
  const unknown = createIdleCharges();
  unknown.add(interval(100, undefined));
  assert.deepEqual(unknown.take(null), []);
});
