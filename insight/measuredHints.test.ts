import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MeasuredRun, measuredHints } from './measuredHints.ts';
import { bothFindings, explainRun, wastefulStep } from './testing/explainRun.ts';
import { chips } from './testing/generatedRun.ts';

const [chip] = chips;
assert.ok(chip !== undefined);
const measured = (steps: number, sync: boolean): MeasuredRun => {
  const step = { ...wastefulStep(), sync, ...(sync ? {} : { loadMs: 90, hostMs: 20, workers: true }) };
  const { snapshot } = explainRun({ chip, step, steps, spread: 0.1, missing: 0.01 }, 7);
  return { runId: 'a', name: 'train.py', simulated: true, ...snapshot };
};

test('a waste that a run shows confirms its findings, with its joules and the hash of their text', () => {
  const run = measured(80, true);
  const hints = measuredHints(run, bothFindings);
  assert.deepEqual(
    hints.map(({ rule, verdict, energyJ, regionHash }) => [rule, verdict, energyJ > 0, regionHash]),
    [
      ['loader-no-workers', 'confirmed', true, 'hash'],
      ['sync-scalar-in-step', 'confirmed', true, 'hash'],
    ],
  );
  const item = run.waste.find(({ kind }) => kind === 'hostSync');
  assert.equal(hints[1]?.energyJ, item?.energyJ);
});

test('steps enough without the waste refute a finding, few steps say nothing', () => {
  assert.deepEqual(
    measuredHints(measured(80, false), bothFindings).map(({ verdict }) => verdict),
    ['refuted', 'refuted'],
  );
  assert.deepEqual(measuredHints(measured(12, false), bothFindings), []);
});

test('a finding that no kind measures, and a run that was not measured, give no hint', () => {
  const [finding] = bothFindings;
  assert.deepEqual(measuredHints(measured(80, true), [{ ...finding, wasteKind: null }]), []);
  const run = measured(80, true);
  assert.deepEqual(measuredHints({ ...run, totals: { ...run.totals, energyJ: null } }, bothFindings), []);
});
