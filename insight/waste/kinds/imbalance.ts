/** Idle time of a GPU in which another one of the run still worked: uneven work, or one that is slower. */

import type { DeviceFound } from '../deviceWaste.ts';
import { eachGpu, percent, seconds, sumOf, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';

/** Less of the working time may be the lateness of the readings. */
const plainShare = 0.15;

/** No more than what is idle. */
export const imbalanceMs = ({ besideOthers: { waited, sums }, working }: DeviceFound): number => {
  const { loading, starved, running, unexplained, unseen } = working.causes;
  const idleMs = loading + starved + running + unexplained + unseen;
  return waited === null ? Math.min(sums?.idleMs ?? 0, idleMs) : waited.share * idleMs;
};

export const imbalance: WasteTeller = ({ devices }) => {
  const waiting = devices
    .map((device) => ({ device, idleMs: imbalanceMs(device), idleW: device.idleW }))
    .flatMap(({ idleW, ...rest }) => (idleW === null || rest.idleMs === 0 ? [] : [{ ...rest, idleW }]));
  if (waiting.length === 0) return [];
  const durationMs = sumOf(waiting, ({ idleMs }) => idleMs) / waiting.length;
  const workingMs = sumOf(waiting, ({ device }) => device.working.workingMs) / waiting.length;
  const each = waiting.length === 1 ? 'One GPU' : `${waiting.length} GPUs`;
  return [
    {
      kind: 'imbalance',
      energyJ: sumOf(waiting, ({ idleMs, idleW }) => (idleMs / 1000) * idleW),
      durationMs,
      certainty: durationMs >= plainShare * workingMs ? 'likely' : 'possible',
      evidence: `${each} of ${devices.length} stood idle for ${seconds(durationMs)}${eachGpu(waiting.length)} (${percent(durationMs / workingMs)} of their working time) while another GPU of the run worked.`,
      windows: union(
        waiting.map(
          ({ device }) => (device.besideOthers.waited ?? device.besideOthers.sums)?.stretches ?? [],
        ),
      ),
    },
  ];
};
