/** Work nearly all the time, and little power: the kernels are too small to fill the GPU. */

import { eachGpu, percent, seconds, sumOf, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';

const leastMs = 6000;

export const lowLoad: WasteTeller = ({ devices }) => {
  const loaded = devices.flatMap(({ lowLoad: low, idleW }) =>
    low === null || idleW === null || low.busyMs < leastMs ? [] : [{ ...low, idleW }],
  );
  const [first] = loaded;
  if (first === undefined) return [];
  const durationMs = sumOf(loaded, ({ busyMs }) => busyMs) / loaded.length;
  const powerW = sumOf(loaded, (device) => device.powerW * device.busyMs) / (durationMs * loaded.length);
  const unfilled = sumOf(loaded, ({ unfilledMs }) => unfilledMs) / (durationMs * loaded.length);
  return [
    {
      kind: 'lowLoad',
      energyJ: sumOf(loaded, ({ unfilledMs, idleW }) => (unfilledMs / 1000) * idleW),
      durationMs,
      certainty: 'likely',
      evidence: `Kernels ran nearly all the time for ${seconds(durationMs)}${eachGpu(loaded.length)} and drew ${powerW.toFixed(0)} W of ${first.limitW.toFixed(0)} W: by power ${percent(unfilled)} of the GPU was not filled.`,
      windows: union(loaded.map(({ stretches }) => stretches)),
    },
  ];
};
