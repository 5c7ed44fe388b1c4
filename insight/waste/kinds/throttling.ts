/** Clocks held down by heat or by the board. A power limit that is reached is no waste: see the power plan. */

import { eachGpu, percent, seconds, sumOf, type WasteTeller } from '../evidence.ts';
import { hotC } from '../slowdowns.ts';
import { union } from '../stretches.ts';

export const throttling: WasteTeller = ({ devices }) => {
  const slowed = devices.flatMap(({ slowdown, idleW }) =>
    slowdown === null || idleW === null || slowdown.addedMs === null
      ? []
      : [{ ...slowdown, addedMs: slowdown.addedMs, idleW }],
  );
  if (slowed.length === 0) return [];
  const durationMs = sumOf(slowed, ({ busyMs }) => busyMs) / slowed.length;
  const lost = sumOf(slowed, ({ addedMs }) => addedMs) / (durationMs * slowed.length);
  const hottestC = Math.max(...slowed.map((device) => device.hottestC ?? Number.NEGATIVE_INFINITY));
  const reason =
    hottestC >= hotC
      ? `at ${hottestC.toFixed(0)} °C: heat`
      : Number.isFinite(hottestC)
        ? `at ${hottestC.toFixed(0)} °C at most, so rather by the board or its supply than by heat`
        : 'the driver names heat or hardware';
  return [
    {
      kind: 'throttling',
      energyJ: sumOf(slowed, ({ addedMs, idleW }) => (addedMs / 1000) * idleW),
      durationMs,
      certainty: 'certain',
      evidence: `For ${seconds(durationMs)}${eachGpu(slowed.length)} of work the driver held the clocks ${percent(lost)} down, ${reason}.`,
      windows: union(slowed.map(({ stretches }) => stretches)),
    },
  ];
};
