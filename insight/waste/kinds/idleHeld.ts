/** The GPU held after its last kernel, or over a pause that is longer, and slept through more fully, than any other. */

import { bareJoules, eachGpu, seconds, sumOf, sumOrNull, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';

/** Sooner it may be a pause that ends. */
const leastQuietMs = 10_000;

export const idleHeld: WasteTeller = ({ devices }) => {
  const parts = devices
    .map((device) => {
      const { quiet, held, nowMs } = device;
      const tail =
        quiet !== null && nowMs - quiet.fromMs >= leastQuietMs
          ? { ms: nowMs - quiet.fromMs, energyJ: quiet.energyJ, stretches: [[quiet.fromMs, nowMs] as const] }
          : { ms: 0, energyJ: 0, stretches: [] };
      return {
        tailMs: tail.ms,
        ms: tail.ms + held.ms,
        energyJ: tail.energyJ + held.energyJ,
        bareJ: bareJoules(device, tail.ms + held.ms),
        stretches: [...held.stretches, ...tail.stretches],
      };
    })
    .filter(({ ms }) => ms > 0);
  if (parts.length === 0) return [];
  const durationMs = sumOf(parts, ({ ms }) => ms) / parts.length;
  const tailMs = sumOf(parts, (part) => part.tailMs) / parts.length;
  const each = eachGpu(parts.length);
  const between = durationMs - tailMs > 1000;
  const where = [
    ...(tailMs > 0 ? [`for ${seconds(tailMs)}${each} since the last kernel`] : []),
    ...(between
      ? [`for ${seconds(durationMs - tailMs)}${each} in long pauses that the program slept through`]
      : []),
  ].join(', and ');
  return [
    {
      kind: 'idleHeld',
      energyJ: sumOf(parts, ({ energyJ }) => energyJ),
      bareJ: sumOrNull(parts.map(({ bareJ }) => bareJ)),
      durationMs,
      certainty: between ? 'likely' : 'certain',
      evidence: `The program kept the GPU and no kernel ran ${where}.`,
      windows: union(parts.map(({ stretches }) => stretches)),
    },
  ];
};
