/** How a process that holds a GPU is written. */

import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import { formatDuration, formatEnergy, formatPower, formatWattHours } from '../../contracts/units.ts';

const simulatedMark = ({ simulated }: GpuHolder): readonly string[] => (simulated ? ['simulated'] : []);

/** Other processes that hold the same GPU: its watts and joules are those of all of them together. */
const sharersOf = ({ device, pid }: GpuHolder, all: readonly GpuHolder[]): number =>
  all.filter((other) => other.device.uuid === device.uuid && other.pid !== pid).length;

const others = (count: number): string => (count === 1 ? '1 other' : `${count} others`);

/** `GPU #0, shared with 1 other · 71 W · idle for 12:40`. */
export function holderDescription(holder: GpuHolder, all: readonly GpuHolder[]): string {
  const { device, powerW, idle } = holder;
  const sharers = sharersOf(holder, all);
  return [
    `GPU #${device.index}${sharers === 0 ? '' : `, shared with ${others(sharers)}`}`,
    ...(powerW === null ? [] : [formatPower(powerW)]),
    ...(idle === null ? [] : [`idle for ${formatDuration(idle.forMs)}`]),
    ...simulatedMark(holder),
  ].join(' · ');
}

/** For the status bar: who holds what, what it draws now and has drawn for nothing. */
export function idleHoldText(holder: GpuHolder, all: readonly GpuHolder[], energyJ: number): string {
  const sharers = sharersOf(holder, all);
  const who = sharers === 0 ? holder.name : `${holder.name} and ${others(sharers)}`;
  const figures = [formatPower(holder.powerW), formatWattHours(energyJ), ...simulatedMark(holder)];
  return `GPU #${holder.device.index} held idle by ${who} · ${figures.join(' · ')}`;
}

/** Facts of a hold, a label and a value each; the values are plain text from outside. */
export function idleHoldFacts(
  holder: GpuHolder,
  all: readonly GpuHolder[],
): readonly (readonly [label: string, value: string])[] {
  const { device, idle } = holder;
  const sharers = sharersOf(holder, all);
  const whole = sharers === 0 ? 'the whole GPU' : `the whole GPU, shared with ${others(sharers)}`;
  return [
    ['Process', `${holder.name} (${holder.pid})`],
    ['Command', holder.command],
    ['GPU', `#${device.index} ${device.name}${holder.simulated ? ' (simulated)' : ''}`],
    ['Nothing ran for', formatDuration(idle?.forMs)],
    ['Drawn meanwhile', `${formatEnergy(idle?.energyJ)} (${formatWattHours(idle?.energyJ)}), ${whole}`],
    ['Power now', formatPower(holder.powerW)],
  ];
}

/** Of those that hold a GPU idle for at least so long, the one that has cost most; undefined for none. */
export function worstHold(holders: readonly GpuHolder[], leastMs: number): GpuHolder | undefined {
  return holders
    .filter(({ idle }) => idle !== null && idle.forMs >= leastMs)
    .toSorted((a, b) => (b.idle?.energyJ ?? 0) - (a.idle?.energyJ ?? 0))[0];
}
