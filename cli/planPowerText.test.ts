import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitPoint, PowerPlan } from '../contracts/powerPlan.ts';
import { powerPlanText } from './planPowerText.ts';

const point = (limitW: number, perStepMs: number, differs: boolean | null): LimitPoint => ({
  limitW,
  steps: 54,
  perStepMs,
  perStepErrorMs: limitW === 275 ? 3.1 : 0,
  perStepJ: limitW === 275 ? 9.2 : 10,
  spreadJ: 0.4,
  meanPowerW: 250,
  reached: true,
  differs,
  paretoOptimal: true,
});

const text = (differs: boolean | null): string => {
  const points = [point(275, 36.9, differs), point(300, 40, null)];
  const plan: PowerPlan = {
    runId: 'run',
    number: 3,
    name: 'train.py',
    simulated: false,
    gpus: 1,
    points,
    caveats: [],
  };
  const state = { uuid: 'GPU-0', index: 0, name: 'A100', range: null, refusal: null };
  const limits = [{ ...state, command: 'nvidia-smi -i 0 -pl <W>' }];
  return powerPlanText(plan, { slowdown: 0.05, eta: 1, limits });
};

test('a limit that is surely better is advised, with what to type', () => {
  assert.match(text(true), /^Least energy: 275 W \(−8\.0 % energy, −7\.8 % time per step against 300 W\)$/m);
  assert.match(text(true), /nvidia-smi -i 0 -pl 275/);
});

test('a limit that is not is told with its figures, never advised', () => {
  for (const [differs, doubt] of [
    [false, 'not distinguishable'],
    [null, 'too few steps to tell'],
  ] as const) {
    const told = text(differs);
    const figures = String.raw`275 W \(−8\.0 % energy, −7\.8 % time per step against 300 W\), ${doubt}`;
    assert.match(told, new RegExp(`^Least energy: no limit is surely better than 300 W; ${figures}$`, 'm'));
    assert.doesNotMatch(told, /-pl/);
    assert.match(told, /36\.9 ms ±3\.1/);
  }
});
