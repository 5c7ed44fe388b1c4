/** Time in which a GPU worked with its clocks held down by heat or by the board, as the driver tells. */

import { busyUtilization } from '../idle/idleTime.ts';
import { createSlowEdges } from './slowEdges.ts';
import { createStretches } from './stretches.ts';

/**
 * A GPU that pauses for so short a time is told not to be slowed meanwhile, while utilisation, which is late, tells of its
 * work. Only a reading that may be of such a pause, or that tells nothing, is taken for slowed; one of work is believed.
 */
const stickyMs = 500;
/** A reading of a mean with more than this share was slowed. */
const slowedEnough = 0.5;
/** From here on a GPU that slows down does it for its heat. */
export const hotC = 80;

export interface Slowdown {
  /** Time of work while slowed, milliseconds. */
  readonly busyMs: number;
  /** The part of it that full clocks would have saved; null where the clocks are not known. */
  readonly addedMs: number | null;
  readonly clockMHz: number | null;
  readonly fullClockMHz: number | null;
  readonly hottestC: number | null;
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[];
}

export interface SlowReading {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly utilization: number;
  readonly slowedDown: number | undefined;
  readonly smClockMHz: number | undefined;
  readonly temperatureC: number | undefined;
  /** Whether its power is one of work; null where power does not tell. */
  readonly works: boolean | null;
  /** A power value of its moment; undefined where it is a mean of a second. */
  readonly powerW: number | undefined;
}

export interface Slowdowns {
  /** Returns the milliseconds of work in the reading's interval that were slowed. */
  add(reading: SlowReading): number;
  /** null while there was none. */
  sum(): Slowdown | null;
}

const addedMs = (clockMHz: number | null, fullClockMHz: number | null, busyMs: number): number | null =>
  clockMHz === null || fullClockMHz === null ? null : busyMs * Math.max(0, 1 - clockMHz / fullClockMHz);

export function createSlowdowns(): Slowdowns {
  const stretches = createStretches();
  const edges = createSlowEdges();
  let slowedAtMs = Number.NEGATIVE_INFINITY;
  let fullClockMHz: number | null = null;
  let hottestC: number | null = null;
  let busyMs = 0;
  let clockedMs = 0;
  /** Milliseconds times clock. */
  let clockSum = 0;
  return {
    add({ timeMs, intervalMs, utilization, slowedDown, smClockMHz, temperatureC, works, powerW }) {
      const slowed = (slowedDown ?? 0) >= slowedEnough;
      const tells = slowedDown !== undefined && powerW !== undefined && works !== false;
      const workMs = intervalMs * utilization;
      edges.add(tells && utilization > busyUtilization ? { slowed, workMs, powerW } : null);
      if (slowed) slowedAtMs = timeMs;
      if (utilization <= busyUtilization) return 0;
      const atFullClock = slowedDown !== undefined && !slowed && works !== false;
      if (atFullClock) slowedAtMs = Number.NEGATIVE_INFINITY;
      if (timeMs - slowedAtMs > stickyMs) {
        if (smClockMHz !== undefined) fullClockMHz = Math.max(fullClockMHz ?? 0, smClockMHz);
        return 0;
      }
      busyMs += workMs;
      if (smClockMHz !== undefined && slowed) {
        clockedMs += workMs;
        clockSum += workMs * smClockMHz;
      }
      if (temperatureC !== undefined) hottestC = Math.max(hottestC ?? temperatureC, temperatureC);
      stretches.add(timeMs - intervalMs, timeMs);
      return workMs;
    },
    sum() {
      if (busyMs === 0) return null;
      const clockMHz = clockedMs > 0 ? clockSum / clockedMs : null;
      const slowedMs = Math.max(0, busyMs - edges.fullMs());
      return {
        busyMs: slowedMs,
        addedMs: addedMs(clockMHz, fullClockMHz, slowedMs),
        clockMHz,
        fullClockMHz,
        hottestC,
        stretches: stretches.list(),
      };
    },
  };
}
