import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EnergyTotals, StepFigures } from '../contracts/runs.ts';
import { noStepsText } from './noStepsText.ts';

const totals: EnergyTotals = {
  energyJ: 100,
  missing: null,
  method: 'counter',
  witnessJ: null,
  idleJ: null,
  durationMs: 1000,
  coverage: 1,
  meanPowerW: 100,
  provenance: null,
};
const steps: StepFigures = { count: 3, total: null, perStepJ: null, spreadJ: null, stepsPerSecond: null };

test('a run without steps says why, and what would count them', () => {
  const unseen = { steps: null, totals };
  const terminal = noStepsText(unseen, { probe: false, outputRead: false }) ?? '';
  assert.match(terminal, /goes to a terminal is not read\. With "perjoule run --probe"/);
  assert.match(noStepsText(unseen, { probe: false, outputRead: true }) ?? '', /showed no progress\. With/);
  assert.match(
    noStepsText(unseen, { probe: true, outputRead: true }) ?? '',
    /the probe saw no optimizer step/,
  );
});

test('nothing is said where steps are known, or nothing was measured', () => {
  const sight = { probe: false, outputRead: true };
  assert.equal(noStepsText({ steps, totals }, sight), null);
  assert.equal(noStepsText({ steps: null, totals: { ...totals, energyJ: null } }, sight), null);
});
