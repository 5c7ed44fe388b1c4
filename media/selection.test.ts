import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WindowTotals } from '../contracts/runs.ts';
import { selectionFigures } from './selection.ts';

test('steps that nobody saw are not available, with the time in which they were counted', () => {
  const totals: WindowTotals = {
    durationMs: 60_000,
    energyJ: 24_000,
    method: null,
    witnessJ: null,
    missing: null,
    meanPowerW: 400,
    idleJ: null,
    coverage: 1,
    provenance: null,
    steps: null,
  };
  const steps = (more: Partial<WindowTotals>) =>
    selectionFigures({ ...totals, ...more }).find(({ label }) => label === 'Steps');
  assert.deepEqual(steps({}), { label: 'Steps', value: '–', partner: 'not known in this time' });
  assert.deepEqual(steps({ stepsSeenMs: [12_000, 83_500] }), {
    label: 'Steps',
    value: '–',
    partner: 'counted from 00:12.0 to 01:23.5 only',
  });
});
