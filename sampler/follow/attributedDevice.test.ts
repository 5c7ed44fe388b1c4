import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharingState } from '../../contracts/sharing.ts';
import { createRunInsight } from '../../insight/runInsight.ts';
import { type AttributedDevice, recalled, toRunDevice } from './attributedDevice.ts';

test('a stored GPU is recalled with where the division of its energy stood, also of a run that was alone', () => {
  const entry: AttributedDevice = {
    device: {
      uuid: 'GPU-1',
      index: 0,
      name: 'NVIDIA A40',
      vendor: 'nvidia',
      memoryTotalBytes: null,
      powerLimitW: null,
      powerQuality: 'instant',
      hasEnergyCounter: true,
      band: 0.05,
    },
    sourceId: 'nvml',
    simulated: false,
    attribution: 'processList',
  };
  const alone: SharingState = {
    last: { timeMs: 36_000_000, own: 1, others: 0, activity: null },
    runJ: 3_600_000,
    othersJ: 0,
    unattributedJ: 0,
    sharedMs: 0,
    dividedMs: 0,
    unseenMs: 0,
  };
  const stored = JSON.stringify(toRunDevice(entry, alone));
  const { device, sharingState } = recalled(JSON.parse(stored));
  const insight = createRunInsight([{ ...device, sharingState: sharingState ?? null }], {
    sourceId: 'nvml',
    simulated: false,
  });
  assert.deepEqual(insight.sharingState('GPU-1'), alone);
  assert.equal('sharingState' in toRunDevice(entry, null), false);
});
