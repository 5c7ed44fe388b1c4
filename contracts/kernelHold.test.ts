import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelHoldText } from './kernelHold.ts';
import type { KernelHold } from './runs.ts';

const hold: KernelHold = {
  durationMs: 800_000,
  idleMs: 760_000,
  energyJ: 54_264,
  coverage: 1,
  provenance: { source: 'nvml', quality: 'instant', simulated: false, band: 0.05 },
  until: 'nextRun',
};

test('a hold says how long, how much, how good it is, and that no run has it', () => {
  assert.equal(
    kernelHoldText(hold),
    "GPU held idle for 12:40 until the next run of its kernel, 54.3 kJ (15.1 Wh), instant, band 5 %; not in this run's energy",
  );
  const simulated = { source: 'simulated', quality: 'instant', simulated: true, band: null } as const;
  const text = kernelHoldText({ ...hold, provenance: simulated, coverage: 0.5, until: null });
  assert.match(text, /12:40 as far as seen, .*simulated · instant, 50 % of the time measured/);
  assert.match(kernelHoldText({ ...hold, until: 'letGo' }), /12:40 until the kernel let it go, 54\.3 kJ/);
});

test('what is not known has no figure', () => {
  const unknown = { ...hold, idleMs: null, energyJ: null, provenance: null, until: 'kernelEnd' } as const;
  assert.equal(
    kernelHoldText(unknown),
    'kernel held the GPU for 13:20 until the kernel ended; energy not available',
  );
});
