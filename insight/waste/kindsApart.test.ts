// No joule is told twice: what kernels draw at least is the idle power, and the kinds of busy time share it out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunInsight } from '../runInsight.ts';
import { explainRun, wastefulStep } from '../testing/explainRun.ts';
import { chips } from '../testing/generatedRun.ts';

const [chip] = chips;
const idleW = 80;
const limitW = 700;

test('low load that is slowed by heat is either the one or the other', () => {
  const insight = createRunInsight(
    [{ uuid: 'gpu', powerQuality: 'instant', hasEnergyCounter: false, band: 0.05 }],
    {
      sourceId: 'made up',
      simulated: false,
    },
  );
  const workW = 120;
  const [beginMs, endMs] = [5000, 65_000];
  for (let index = 0; index * 100 <= endMs; index += 1) {
    const timeMs = index * 100;
    const works = timeMs > beginMs;
    const slowed = works && index % 7 === 0;
    insight.addTick({
      timeMs,
      host: null,
      gpus: [
        {
          uuid: 'gpu',
          powerW: works ? workW : idleW,
          utilization: works ? 1 : 0,
          memoryUsedBytes: timeMs < 1000 ? 4e8 : 9e9,
          powerLimitW: limitW,
          slowedDown: slowed ? 1 : 0,
          smClockMHz: slowed ? 198 : 1980,
          temperatureC: 88,
        },
      ],
    });
  }
  const { waste } = insight.snapshot();
  const joules = (kind: string): number => waste.find((item) => item.kind === kind)?.energyJ ?? 0;
  const standingJ = (idleW * (endMs - beginMs)) / 1000;
  const unfilled = 1 - (workW - idleW) / (limitW - idleW);
  assert.ok(Math.abs(joules('throttling') / ((standingJ / 7) * 0.9) - 1) < 0.05, `${joules('throttling')}`);
  assert.ok(
    Math.abs(joules('lowLoad') / (standingJ * (6 / 7) * unfilled) - 1) < 0.05,
    `${joules('lowLoad')}`,
  );
  assert.ok(joules('throttling') + joules('lowLoad') <= standingJ);
});

test('pauses that are part of the steps are part of the time that they are held against', () => {
  assert.ok(chip);
  const step = { ...wastefulStep(), loadMs: 10, workMs: 500, hostMs: 4500 };
  const { item, run } = explainRun({ chip, step, steps: 30, missing: 0.02, spread: 0.15 }, 7);
  const told = item('hostSync');
  const share = Number(/\((\d+(?:\.\d)?) %\)/.exec(told?.evidence ?? '')?.[1]);
  assert.ok(share > 80 && share < 95, told?.evidence);
  assert.ok(Math.abs((told?.energyJ ?? 0) / run.truth.syncJ - 1) <= 0.1);
  const drawnMs = (told?.windows ?? []).reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
  assert.ok(drawnMs >= 0.9 * (told?.durationMs ?? 0), `${drawnMs} of ${told?.durationMs} ms are drawn`);
});
