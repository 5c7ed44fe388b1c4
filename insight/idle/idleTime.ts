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
/** No work was seen for so long after a moment: there was none at the moment. */
const quietProofMs = 1.2 * utilizationWindowMs;
/** So long after a change, a sharp power value and one averaged over a second have forgotten what was before. */
const forgottenAfterMs = { sharp: 300, averaged: 1200 };
/** A context takes at least this much memory. */
const contextBytes = 64 * 2 ** 20;

export interface IdleReading {
  readonly timeMs: number;
  readonly utilization: number | undefined;
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
  /** A context was open, and had been for long enough that the power value is of it alone. */
  readonly inContext: boolean;
  readonly sinceWorkMs: number;
}

/** `sharpPower`: a power reading is the mean of about 0.1 s or less, not of a second. */
export function createIdleTime(sharpPower: boolean): IdleTime {
  const forgottenMs = sharpPower ? forgottenAfterMs.sharp : forgottenAfterMs.averaged;
  const idlePower = createIdlePower();
  const period = createSamplingPeriod();
  let pending: Pending[] = [];
  let lastMs = Number.NaN;
  let lastBusyMs = Number.NEGATIVE_INFINITY;
  let firstBusyMs = Number.NaN;
  let openSinceMs = Number.NaN;
  let leastBytes = Number.POSITIVE_INFINITY;
  let mostBytes = 0;
  let pausesMs = 0;
  let quietMs = 0;
  let quietJ = 0;

  /** Memory tells when the context opens and closes, if it was seen both ways; else work does. */
  const contextOpen = (bytes: number | undefined): boolean =>
    bytes === undefined || mostBytes - leastBytes < contextBytes
      ? !Number.isNaN(firstBusyMs)
      : bytes >= leastBytes + contextBytes;

  const settlePause = (entry: Pending): void => {
    pausesMs += entry.idleShare * entry.intervalMs;
    const { powerW } = entry.reading;
    if (powerW === undefined || !entry.inContext) return;
    if (entry.timeMs < firstBusyMs) idlePower.addOpening(powerW);
    else if (sharpPower) idlePower.addWorking(powerW, 1 - entry.idleShare, entry.intervalMs);
  };
  const settleQuiet = (entry: Pending): void => {
    const { powerW } = entry.reading;
    if (powerW === undefined) pausesMs += entry.intervalMs;
    else {
      quietMs += entry.intervalMs;
      quietJ += powerW * (entry.intervalMs / 1000);
    }
    if (powerW !== undefined && entry.inContext && entry.sinceWorkMs >= forgottenMs)
      idlePower.addQuiet(powerW, entry.intervalMs);
  };

  return {
    add(reading) {
      const { timeMs, utilization, memoryUsedBytes } = reading;
      if (memoryUsedBytes !== undefined) {
        leastBytes = Math.min(leastBytes, memoryUsedBytes);
        mostBytes = Math.max(mostBytes, memoryUsedBytes);
      }
      if (utilization === undefined || timeMs <= lastMs) return 0;
      const intervalMs = timeMs - lastMs;
      lastMs = timeMs;
      if (Number.isNaN(intervalMs)) return 0;
      const known = intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs);
      period.add(intervalMs);
      if (!known) return 0;
      const busy = utilization > busyUtilization;
      if (busy) {
        lastBusyMs = timeMs;
        if (Number.isNaN(firstBusyMs)) firstBusyMs = timeMs;
      }
      if (!contextOpen(memoryUsedBytes)) openSinceMs = Number.NaN;
      else if (Number.isNaN(openSinceMs)) openSinceMs = timeMs;
      pending.push({
        timeMs,
        intervalMs,
        idleShare: Math.max(0, 1 - utilization),
        reading,
        inContext: timeMs - openSinceMs >= forgottenMs,
        sinceWorkMs: timeMs - lastBusyMs,
      });
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
