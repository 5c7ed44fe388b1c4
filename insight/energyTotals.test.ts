import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharedEnergy } from '../contracts/runs.ts';
import { sharedEnergyText } from '../contracts/sharedEnergy.ts';
import { addUpTotals, type DeviceEnergy } from './energyTotals.ts';

const gpu = (
  energyJ: number | null,
  measuredMs: number,
  sharing: SharedEnergy | null = null,
): DeviceEnergy => ({
  figures: {
    energyJ,
    method: energyJ === null ? null : 'counter',
    witnessJ: null,
    quality: 'counter',
    coveredMs: measuredMs,
    measuredMs,
    counterRatio: null,
    unseenJ: 0,
  },
  band: 0.05,
  idleJ: null,
  sharing,
});

const wallOf = (devices: readonly DeviceEnergy[], offsetW: number): number | undefined =>
  addUpTotals(devices, 10_000, { sourceId: 'nvml', simulated: false, wall: { gain: 1.1, offsetW } }).wall
    ?.energyJ;

test('the offset of the machine counts once, for the longest time that a GPU of it was measured', () => {
  const devices = [gpu(1000, 10_000), gpu(500, 4_000), gpu(null, 0)];
  assert.equal(Math.round(wallOf(devices, 60) ?? 0), 1.1 * 1500 + 60 * 10);
});

test('gain and offset that leave no energy at all give no figure, and never 0', () => {
  assert.equal(wallOf([gpu(500, 10_000)], -100), undefined);
  assert.equal(wallOf([gpu(0, 10_000)], 0), undefined);
  assert.equal(Math.round(wallOf([gpu(1000, 10_000)], -100) ?? 0), 100);
});

test('a GPU that could not be divided, beside one that was: every joule is told', () => {
  const divided = {
    sharedMs: 10_000,
    runJ: 6000,
    othersJ: 4000,
    unattributedJ: 0,
    confidence: 'likely',
  } as const;
  const undivided = { sharedMs: 10_000, runJ: 0, othersJ: 0, unattributedJ: 10_000, confidence: null };
  const both = [gpu(10_000, 10_000, divided), gpu(10_000, 10_000, undivided)];
  const { sharing } = addUpTotals(both, 10_000, { sourceId: 'nvml', simulated: false });
  assert.ok(sharing !== undefined);
  assert.equal(sharing.confidence, 'possible');
  assert.match(
    sharedEnergyText(sharing),
    /about 6\.00 kJ the run's \(possible\), 4\.00 kJ of others, 10\.0 kJ unattributed$/,
  );
});
