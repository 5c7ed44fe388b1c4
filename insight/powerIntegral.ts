/**
 * Energy from polled power. Each refresh of the device has one value, the mean over a window before it. Where that
 * window is the time since the refresh before, the values add up to the energy; where it is shorter or longer, they
 * are points of a curve, each in the middle of its window, and the trapezoid joins them. A value that is read twice
 * counts once, a refresh that left the value as it was counts again: a step of power never becomes a ramp.
 */

import type { PowerSensing } from '../contracts/provenance.ts';
import { createEnergySlots } from './energySlots.ts';
import { createRefreshClock, usualUpdatePeriodMs } from './refreshClock.ts';

/** Up to so many sampling periods between two readings are integrated across. */
export const bridgedPeriods = 3;
/** Up to so long the last value is held; beyond it the time is unmeasured. */
export const heldMs = 1000;
const defaultPeriodMs = 100;
/** Windows of so many update periods are taken for the time since the refresh before. */
const wholePeriod = { least: 0.8, most: 2 };

export const usualSensing: PowerSensing = { updatePeriodMs: usualUpdatePeriodMs, windowMs: 100 };

/** Its values leave a part of the time unseen. */
export const seesPart = ({ updatePeriodMs, windowMs }: PowerSensing): boolean =>
  windowMs < wholePeriod.least * updatePeriodMs;

export interface PowerIntegral {
  add(timeMs: number, powerW: number): void;
  /** Forgets the reading before: nothing is integrated across. */
  cut(): void;
  /** Joules since the first reading, at a recent time; the last value is held for up to a second. */
  at(timeMs: number): number;
  /**
   * Most joules by which the sensor can be wrong because it sees a part of the time: as if each change between two
   * values had happened at the worst moment that it did not see.
   */
  readonly unseenJ: number;
  /** Up to here `at` has its final answer. */
  readonly settledMs: number;
  readonly readings: number;
  readonly lastTimeMs: number;
  readonly highestW: number;
  readonly lowestW: number;
}

/** Usual time between readings, slowly adapting; holes do not drag it far. */
export interface SamplingPeriod {
  add(intervalMs: number): void;
  readonly periodMs: number;
}

/** @param knownMs of a source that sets the pace; without it a slow one is found out over some readings only */
export function createSamplingPeriod(knownMs: number | null = null): SamplingPeriod {
  let periodMs = knownMs ?? Number.NaN;
  return {
    add(intervalMs) {
      if (Number.isNaN(periodMs)) periodMs = Math.min(intervalMs, heldMs);
      else periodMs += 0.1 * (Math.min(intervalMs, bridgedPeriods * periodMs) - periodMs);
    },
    get periodMs() {
      return Number.isNaN(periodMs) ? defaultPeriodMs : periodMs;
    },
  };
}

/** @param readEveryMs of a source that sets the pace of the readings */
export function createPowerIntegral(
  sensing: PowerSensing = usualSensing,
  readEveryMs: number | null = null,
): PowerIntegral {
  const { updatePeriodMs, windowMs } = sensing;
  const partly = seesPart(sensing);
  const seesAll = !partly && windowMs <= wholePeriod.most * updatePeriodMs;
  const shiftMs = seesAll ? 0 : windowMs / 2;
  const clock = createRefreshClock(true, updatePeriodMs);
  const slots = createEnergySlots();
  const period = createSamplingPeriod(readEveryMs);
  let readings = 0;
  let lastTimeMs = Number.NEGATIVE_INFINITY;
  /** Time and value of the newest point. */
  let pointMs = Number.NaN;
  let pointW = 0;
  let readW = Number.NaN;
  /** A hole of so long lies before the next point. */
  let joined = false;
  let longestMs = 0;
  let totalJ = 0;
  let unseenMsW = 0;
  let highestW = 0;
  let lowestW = Number.POSITIVE_INFINITY;

  /** Joules from the newest point to this one. */
  const between = (passedMs: number, powerW: number): number => {
    const bridged = longestMs <= bridgedPeriods * period.periodMs;
    if (!bridged && longestMs > heldMs) return 0;
    // The time that the value itself tells of; what is before it lies between two values.
    const ownMs = !seesAll ? 0 : passedMs < 1.5 * updatePeriodMs ? passedMs : windowMs;
    const beforeW = bridged ? (pointW + powerW) / 2 : pointW;
    return (powerW * ownMs + beforeW * (passedMs - ownMs)) / 1000;
  };

  const start = (timeMs: number, powerW: number): void => {
    joined = true;
    pointMs = timeMs;
    pointW = powerW;
    longestMs = 0;
    slots.add(timeMs, totalJ, true);
  };

  return {
    add(timeMs, powerW) {
      if (timeMs <= lastTimeMs) return;
      const refreshedMs = clock.see(timeMs, powerW !== readW);
      const intervalMs = timeMs - lastTimeMs;
      lastTimeMs = timeMs;
      readW = powerW;
      readings += 1;
      if (powerW > highestW) highestW = powerW;
      if (powerW < lowestW) lowestW = powerW;
      if (!joined) {
        start(timeMs, powerW);
        return;
      }
      longestMs = Math.max(longestMs, intervalMs);
      const atMs = refreshedMs === null ? Number.NaN : refreshedMs - shiftMs;
      if (!(atMs > pointMs)) {
        // Of a time before the start: the value that the start begins with.
        if (refreshedMs !== null) pointW = powerW;
        if (intervalMs <= bridgedPeriods * period.periodMs) period.add(intervalMs);
        return;
      }
      totalJ += between(atMs - pointMs, powerW);
      if (partly) unseenMsW += (Math.abs(powerW - pointW) * (updatePeriodMs - windowMs)) / 2;
      slots.add(atMs, totalJ, !seesAll || longestMs > bridgedPeriods * period.periodMs);
      period.add(intervalMs);
      longestMs = 0;
      pointMs = atMs;
      pointW = powerW;
    },
    cut() {
      joined = false;
    },
    at(timeMs) {
      if (readings === 0) return 0;
      if (timeMs >= pointMs) return totalJ + pointW * (Math.min(timeMs - pointMs, heldMs) / 1000);
      return slots.at(timeMs) ?? slots.firstJ;
    },
    get unseenJ() {
      return unseenMsW / 1000;
    },
    get settledMs() {
      return seesAll ? slots.shapedMs : slots.lastMs;
    },
    get readings() {
      return readings;
    },
    get lastTimeMs() {
      return lastTimeMs;
    },
    get highestW() {
      return highestW;
    },
    get lowestW() {
      return lowestW;
    },
  };
}
