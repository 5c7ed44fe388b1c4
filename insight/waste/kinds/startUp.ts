/** From the run's start to the first kernel, GPU by GPU. A GPU that never works beside others is told as unused. */

import type { DeviceFound } from '../deviceWaste.ts';
import { bareJoules, eachGpu, seconds, sumOf, sumOrNull, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';
import { isUnused } from './unusedGpu.ts';

/** Shorter ones are nobody's waste: a framework has to be imported. */
const leastMs = 5000;

/** As far as the GPU was read: without readings there are no joules. */
const lengthOf = ({ startUp: { fromMs, toMs } }: DeviceFound): number => toMs - fromMs;

export const startUp: WasteTeller = ({ devices }) => {
  const starting = devices.filter((device) => !isUnused(device, devices) && lengthOf(device) >= leastMs);
  if (starting.length === 0) return [];
  const durationMs = sumOf(starting, lengthOf) / starting.length;
  const since = starting.every(({ worked }) => !worked) ? ' so far' : '';
  return [
    {
      kind: 'startUp',
      energyJ: sumOf(starting, (device) => device.startUp.energyJ),
      bareJ: sumOrNull(starting.map((device) => bareJoules(device, lengthOf(device)))),
      durationMs,
      certainty: 'certain',
      evidence: `No kernel ran in the first ${seconds(durationMs)}${eachGpu(starting.length)} that the GPU was read${since}.`,
      windows: union(starting.map(({ startUp: { fromMs, toMs } }) => [[fromMs, toMs]])),
    },
  ];
};
