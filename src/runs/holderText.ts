/** How a process that holds a GPU is written. */

import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import { formatDuration, formatEnergy, formatPower, formatWattHours } from '../../contracts/units.ts';

const simulatedMark = ({ simulated }: GpuHolder): readonly string[] => (simulated ? ['simulated'] : []);

/** `GPU #0 · 71 W · idle for 12:40`. */
export function holderDescription(holder: GpuHolder): string {
  const { device, powerW, idle } = holder;
  return [
    `GPU #${device.index}`,
    ...(powerW === null ? [] : [formatPower(powerW)]),
    ...(idle === null ? [] : [`idle for ${formatDuration(idle.forMs)}`]),
    ...simulatedMark(holder),
  ].join(' · ');
}

/** For the status bar: who holds what, what it draws now and has drawn for nothing. */
export function idleHoldText(holder: GpuHolder, energyJ: number): string {
  const figures = [formatPower(holder.powerW), formatWattHours(energyJ), ...simulatedMark(holder)];
  return `GPU #${holder.device.index} held idle by ${holder.name} · ${figures.join(' · ')}`;
}

/** Facts of a hold, a label and a value each; the values are plain text from outside. */
export function idleHoldFacts(holder: GpuHolder): readonly (readonly [label: string, value: string])[] {
  const { device, idle } = holder;
  return [
    ['Process', `${holder.name} (${holder.pid})`],
    ['Command', holder.command],
    ['GPU', `#${device.index} ${device.name}${holder.simulated ? ' (simulated)' : ''}`],
    ['Nothing ran for', formatDuration(idle?.forMs)],
    ['Drawn meanwhile', `${formatEnergy(idle?.energyJ)} (${formatWattHours(idle?.energyJ)}), the whole GPU`],
    ['Power now', formatPower(holder.powerW)],
  ];
}

/** Of those that hold a GPU idle for at least so long, the one that has cost most; undefined for none. */
export function worstHold(holders: readonly GpuHolder[], leastMs: number): GpuHolder | undefined {
  return holders
    .filter(({ idle }) => idle !== null && idle.forMs >= leastMs)
    .toSorted((a, b) => (b.idle?.energyJ ?? 0) - (a.idle?.energyJ ?? 0))[0];
}
