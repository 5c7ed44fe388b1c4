/**
 * Time and energy of one GPU while no kernel ran.
 *
 * Utilisation is the busy share of a past window (1/6 to 1 s by product, seen late), so a single reading says
 * little of its moment, but its integral over time is right: idle time is the integral of (1 − utilisation).
 * Stretches that are idle throughout are charged their measured energy, pauses between kernels the idle power.
 */

import { bridgedPeriods, createSamplingPeriod, heldMs } from '../powerIntegral.ts';
import { createIdleCharges, type IdleCharge } from './idleCharges.ts';
import { createIdlePower } from './idlePower.ts';
import { createPowerHistogram } from './powerHistogram.ts';
import { createUtilizationRefresh } from './utilizationRefresh.ts';

/** Utilisation above this share is work; below it, rounding and the odd stray kernel. */
export const busyUtilization = 0.02;
/** The longest window of utilisation, and how late it may be seen on top of it. */
export const utilizationWindowMs = 1000;
/** No work was seen for so long after a moment: there was none at the moment. */
const quietProofMs = 1.2 * utilizationWindowMs;
/** So long after a change, a sharp power value and one averaged over a second have forgotten what was before. */
const forgottenAfterMs = { sharp: 300, averaged: 1200 };
/** Less time with nothing open says nothing of it. */
const bareEnoughMs = 500;
/** A context takes at least this much memory. */
const contextBytes = 64 * 2 ** 20;

export interface IdleReading {
  readonly timeMs: number;
  readonly utilization: number | undefined;
  readonly powerW: number | undefined;
  readonly memoryUsedBytes: number | undefined;
}

export interface ReadingTime {
  /** Milliseconds since the reading before. */
  readonly intervalMs: number;
  /** Milliseconds of work and idling that the utilisation stands for; equal to the interval on average. */
  readonly weightMs: number;
  /** What this reading says of the idle joules of itself and of those shortly before it. */
  readonly charges: readonly IdleCharge[];
}

export interface IdleTime {
  /** Returns the time that the reading stands for; null when it is not known. */
  add(reading: IdleReading): ReadingTime | null;
  cut(): void;
  /** Milliseconds between refreshes of the utilisation of a fast product; null for a slow one. */
  readonly refreshMs: number | null;
  /** Whether a kernel was seen. */
  readonly worked: boolean;
  /** Joules of idle time so far; null when utilisation or power is not known. */
  idleJ(): number | null;
  /** Draw with a context open and no kernel; null when not known. */
  idleW(): number | null;
  /** Draw with nothing open; null where no context was seen to open or close beside it. */
  bareW(): number | null;
}

interface Pending {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly idleShare: number;
  readonly idleMs: number;
  readonly reading: IdleReading;
  /** A context was open, and had been for long enough that the power value is of it alone. */
  readonly inContext: boolean;
  /** Nothing was open, and had not been for so long. */
  readonly isBare: boolean;
  readonly sinceWorkMs: number;
}

/** `sharpPower`: a power reading is the mean of about 0.1 s or less, not of a second. */
export function createIdleTime(sharpPower: boolean): IdleTime {
  const forgottenMs = sharpPower ? forgottenAfterMs.sharp : forgottenAfterMs.averaged;
  const idlePower = createIdlePower();
  const period = createSamplingPeriod();
  const refresh = createUtilizationRefresh();
  const charges = createIdleCharges();
  let pending: Pending[] = [];
  let lastMs = Number.NaN;
  let lastBusyMs = Number.NEGATIVE_INFINITY;
  let firstBusyMs = Number.NaN;
  let openSinceMs = Number.NaN;
  let closedSinceMs = Number.NaN;
  let bare = createPowerHistogram();
  let mostBareBytes = 0;
  let leastBytes = Number.POSITIVE_INFINITY;
  let mostBytes = 0;
  let pausesMs = 0;
  let quietJ = 0;

  /** Memory tells when the context opens and closes, if it was seen both ways; else work does. */
  const contextOpen = (bytes: number | undefined): boolean =>
    bytes === undefined || mostBytes - leastBytes < contextBytes
      ? !Number.isNaN(firstBusyMs)
      : bytes >= leastBytes + contextBytes;

  /** A context that was open from the beginning closed: what looked bare until then was not. */
  const forgetBare = (): void => {
    bare = createPowerHistogram();
    mostBareBytes = 0;
    pending = pending.map((entry) => ({ ...entry, isBare: false }));
    closedSinceMs = Number.NaN;
  };

  const pauseW = (): number | null => idlePower.idleW() ?? idlePower.rarePauseW();
  const settlePause = (entry: Pending): void => {
    charges.settle('pause');
    pausesMs += entry.idleMs;
    const { powerW } = entry.reading;
    if (powerW === undefined || !entry.inContext) return;
    // A mean over a second has no moment of its own between opening and first kernel, nor between kernels.
    if (!sharpPower) return;
    if (entry.timeMs < firstBusyMs) idlePower.addOpening(powerW);
    else idlePower.addWorking(powerW, 1 - entry.idleShare, entry.intervalMs);
  };
  const settleQuiet = (entry: Pending): void => {
    charges.settle('quiet');
    const { powerW } = entry.reading;
    if (powerW === undefined) pausesMs += entry.intervalMs;
    else {
      quietJ += powerW * (entry.intervalMs / 1000);
    }
    if (powerW !== undefined && entry.inContext && entry.sinceWorkMs >= forgottenMs)
      idlePower.addQuiet(powerW, entry.intervalMs);
    if (powerW !== undefined && entry.isBare) bare.add(powerW, entry.intervalMs);
  };

  return {
    add(reading) {
      const { timeMs, utilization, memoryUsedBytes } = reading;
      if (memoryUsedBytes !== undefined) {
        if (memoryUsedBytes <= mostBareBytes - contextBytes) forgetBare();
        leastBytes = Math.min(leastBytes, memoryUsedBytes);
        mostBytes = Math.max(mostBytes, memoryUsedBytes);
      }
      if (utilization === undefined || timeMs <= lastMs) return null;
      const intervalMs = timeMs - lastMs;
      lastMs = timeMs;
      if (Number.isNaN(intervalMs)) return null;
      const known = intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs);
      period.add(intervalMs);
      if (!known) return null;
      const busy = utilization > busyUtilization;
      if (busy) {
        lastBusyMs = timeMs;
        if (Number.isNaN(firstBusyMs)) firstBusyMs = timeMs;
      }
      if (contextOpen(memoryUsedBytes)) {
        closedSinceMs = Number.NaN;
        if (Number.isNaN(openSinceMs)) openSinceMs = timeMs;
      } else {
        openSinceMs = Number.NaN;
        if (Number.isNaN(closedSinceMs)) closedSinceMs = timeMs;
      }
      const weightMs = refresh.weigh(timeMs, intervalMs, utilization);
      const idleShare = Math.max(0, 1 - utilization);
      const idleMs = idleShare * weightMs;
      charges.add({ timeMs, intervalMs, idleMs, powerW: reading.powerW });
      const isBare = memoryUsedBytes !== undefined && timeMs - closedSinceMs >= forgottenMs;
      if (isBare) mostBareBytes = Math.max(mostBareBytes, memoryUsedBytes);
      pending.push({
        timeMs,
        intervalMs,
        idleShare,
        idleMs,
        reading,
        inContext: timeMs - openSinceMs >= forgottenMs,
        isBare,
        sinceWorkMs: timeMs - lastBusyMs,
      });
      if (busy) {
        for (const entry of pending) settlePause(entry);
        pending = [];
      }
      while (pending[0] !== undefined && pending[0].timeMs <= timeMs - quietProofMs) {
        settleQuiet(pending[0]);
        pending.shift();
      }
      return { intervalMs, weightMs, charges: charges.take(pauseW()) };
    },
    cut() {
      for (const entry of pending) settlePause(entry);
      pending = [];
      lastMs = Number.NaN;
    },
    get refreshMs() {
      return refresh.fastMs;
    },
    get worked() {
      return !Number.isNaN(firstBusyMs);
    },
    idleJ() {
      if (Number.isNaN(lastMs)) return null;
      const idleW = pauseW();
      const openMs = pending.reduce((sum, entry) => sum + entry.idleMs, 0);
      if (idleW === null) return pausesMs === 0 ? quietJ : null;
      return quietJ + ((pausesMs + openMs) / 1000) * idleW;
    },
    idleW: () => idlePower.idleW(),
    bareW: () =>
      mostBytes - leastBytes >= contextBytes && bare.weight >= bareEnoughMs ? bare.quantile(0.5) : null,
  };
}
