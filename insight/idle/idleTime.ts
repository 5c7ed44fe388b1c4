/**
 * Time and energy of one GPU while no kernel ran.
 *
 * Utilisation is the busy share of a past window (1/6 to 1 s by product, seen late), so a single reading says
 * little of its moment, but its integral over time is right: idle time is the integral of (1 − utilisation).
 * Stretches that are idle throughout are charged their measured energy, pauses between kernels the idle power.
 */

import { bridgedPeriods, createSamplingPeriod, heldMs } from '../powerIntegral.ts';
import { createIdlePower } from './idlePower.ts';

/** Utilisation above this share is work; below it, rounding and the odd stray kernel. */
export const busyUtilization = 0.02;
/** The longest window of utilisation, and how late it may be seen on top of it. */
export const utilizationWindowMs = 1000;
const quietProofMs = 2 * utilizationWindowMs;
/** A sensor's mean of one second has forgotten the work before. */
const settledAfterMs = 1500;
/** A context takes at least this much memory. */
const contextBytes = 64 * 2 ** 20;

export interface IdleReading {
  readonly timeMs: number;
  readonly utilization: number | undefined;
  /** The sharpest power value there is: instant, or the counter's rate; watts. */
  readonly sharpPowerW: number | undefined;
  /** Power to charge idle stretches with. */
  readonly powerW: number | undefined;
  readonly memoryUsedBytes: number | undefined;
}

export interface IdleTime {
  /** Returns the length of the interval that ends with the reading, or 0 when it is not known. */
  add(reading: IdleReading): number;
  cut(): void;
  /** Idle time so far, milliseconds. */
  readonly idleMs: number;
  /** Joules of it; null when utilisation or power is not known. */
  idleJ(): number | null;
  /** Draw with a context open and no kernel; null when not known. */
  idleW(): number | null;
}

interface Pending {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly idleShare: number;
  readonly reading: IdleReading;
  readonly teachesQuiet: boolean;
}

export function createIdleTime(): IdleTime {
  const idlePower = createIdlePower();
  const period = createSamplingPeriod();
  let pending: Pending[] = [];
  let lastMs = Number.NaN;
  let lastBusyMs = Number.NEGATIVE_INFINITY;
  let leastBytes = Number.POSITIVE_INFINITY;
  let pausesMs = 0;
  let quietMs = 0;
  let quietJ = 0;

  const contextOpen = (bytes: number | undefined): boolean =>
    bytes === undefined
      ? lastBusyMs > 0
      : bytes >= leastBytes + contextBytes || (lastBusyMs > 0 && bytes > 0);

  const settlePause = (entry: Pending): void => {
    pausesMs += entry.idleShare * entry.intervalMs;
    if (entry.reading.sharpPowerW !== undefined)
      idlePower.addWorking(entry.reading.sharpPowerW, 1 - entry.idleShare, entry.intervalMs);
  };
  const settleQuiet = (entry: Pending): void => {
    const { powerW, sharpPowerW } = entry.reading;
    if (powerW === undefined) pausesMs += entry.intervalMs;
    else {
      quietMs += entry.intervalMs;
      quietJ += powerW * (entry.intervalMs / 1000);
    }
    if (entry.teachesQuiet && sharpPowerW !== undefined) idlePower.addQuiet(sharpPowerW, entry.intervalMs);
  };

  return {
    add(reading) {
      const { timeMs, utilization, memoryUsedBytes } = reading;
      if (memoryUsedBytes !== undefined && memoryUsedBytes < leastBytes) leastBytes = memoryUsedBytes;
      if (utilization === undefined || timeMs <= lastMs) return 0;
      const intervalMs = timeMs - lastMs;
      lastMs = timeMs;
      if (Number.isNaN(intervalMs)) return 0;
      const known = intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs);
      period.add(intervalMs);
      if (!known) return 0;
      const busy = utilization > busyUtilization;
      if (busy) lastBusyMs = timeMs;
      const teachesQuiet = !busy && contextOpen(memoryUsedBytes) && timeMs - lastBusyMs >= settledAfterMs;
      pending.push({ timeMs, intervalMs, idleShare: Math.max(0, 1 - utilization), reading, teachesQuiet });
      if (busy) {
        for (const entry of pending) settlePause(entry);
        pending = [];
        return intervalMs;
      }
      while (pending[0] !== undefined && pending[0].timeMs <= timeMs - quietProofMs) {
        settleQuiet(pending[0]);
        pending.shift();
      }
      return intervalMs;
    },
    cut() {
      for (const entry of pending) settlePause(entry);
      pending = [];
      lastMs = Number.NaN;
    },
    get idleMs() {
      const open = pending.reduce((sum, entry) => sum + entry.idleShare * entry.intervalMs, 0);
      return pausesMs + quietMs + open;
    },
    idleJ() {
      const idleW = idlePower.idleW();
      const openMs = pending.reduce((sum, entry) => sum + entry.idleShare * entry.intervalMs, 0);
      if (Number.isNaN(lastMs)) return null;
      if (idleW === null) return pausesMs + openMs > 0 && quietMs === 0 ? null : quietJ;
      return quietJ + ((pausesMs + openMs) / 1000) * idleW;
    },
    idleW: () => idlePower.idleW(),
  };
}
