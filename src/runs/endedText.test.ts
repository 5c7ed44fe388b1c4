import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { endedText } from './endedText.ts';

const provenance = { source: 'nvml', quality: 'counterUnchecked', simulated: false, band: 0.05 };
const run = (rest: object): RunSummary =>
  ({
    name: 'train.py',
    simulated: false,
    totals: { energyJ: 81_400, idleJ: 30_932, provenance },
    steps: { perStepJ: 39.8, spreadJ: 0.6 },
    ...rest,
  }) as RunSummary;

test('absolute, per step and idle, with the quality and "simulated" where it is', () => {
  assert.equal(endedText(run({})), 'train.py ended: 81.4 kJ · 39.8 J/step · 38 % idle · counter (unchecked)');
  assert.match(endedText(run({ simulated: true })), / idle · simulated$/);
  const shared = { ...run({}).totals, sharing: {} };
  assert.match(endedText(run({ totals: shared })), / · GPU shared$/);
});

test('what is not known is not there, and never 0', () => {
  const silent = run({
    totals: { energyJ: null, idleJ: null, provenance: null },
    steps: null,
    name: `${'x'.repeat(300)}.py`,
  });
  assert.equal(endedText(silent), `${'x'.repeat(23)}… ended: no energy reading`);
});
