/** A GPU of the run that ran no kernel while another one did. */

import type { DeviceFound } from '../deviceWaste.ts';
import { bareJoules, seconds, sumOf, sumOrNull, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';

/** Others may have to begin first: a rank is so long late at most. */
const patienceMs = 10_000;

export const isUnused = (device: DeviceFound, devices: readonly DeviceFound[]): boolean =>
  !device.worked && devices.some((other) => other.worked && other.nowMs - other.startUp.toMs >= patienceMs);

export const unusedGpu: WasteTeller = ({ devices }) => {
  const unused = devices.filter((device) => isUnused(device, devices));
  if (unused.length === 0) return [];
  const durationMs = sumOf(unused, ({ nowMs }) => nowMs) / unused.length;
  const which =
    unused.length === 1 ? `One of ${devices.length} GPUs` : `${unused.length} of ${devices.length} GPUs`;
  return [
    {
      kind: 'unusedGpu',
      energyJ: sumOf(unused, ({ energyJ }) => energyJ),
      bareJ: sumOrNull(unused.map((device) => bareJoules(device, device.nowMs) ?? device.energyJ)),
      durationMs,
      certainty: 'certain',
      evidence: `${which} ran no kernel in ${seconds(durationMs)}, while others of the run worked.`,
      windows: union(unused.map(({ nowMs }) => [[0, nowMs]])),
    },
  ];
};
