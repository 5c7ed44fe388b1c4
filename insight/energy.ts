/**
 * Energy of one device: differences of the hardware counter first, the integral of power as the second witness.
 *
 * The counter is refreshed about every 100 ms; when is learnt from its readings, and between two refreshes the joules
 * of the neighbours tell how its power went. A reset or an implausible rate starts a new epoch, and the integral covers that stretch. The two
 * are compared over each further 30 s of load; a counter off by more than a quarter gives way to the integral.
 * Across a hole in the readings only the counter knows the joules; without one the hole stays unmeasured.
 *
 * Without a counter, a sensor that sees a part of the time gives way to the mean of a second where that is told too.
 */

import type { PowerSensing, Quality } from '../contracts/provenance.ts';
import type { EnergyTotals } from '../contracts/runs.ts';
import { createEnergySlots } from './energySlots.ts';
import {
  bridgedPeriods,
  createPowerIntegral,
  createSamplingPeriod,
  heldMs,
  seesPart,
  usualSensing,
} from './powerIntegral.ts';
import { createRefreshClock, usualUpdatePeriodMs } from './refreshClock.ts';

/** Means of the last second, where they are told beside an instant value or instead of it. */
const averagedSensing: PowerSensing = { updatePeriodMs: usualUpdatePeriodMs, windowMs: 1000 };
const sensingOf = ({ sensing, powerQuality }: MeteredDevice): PowerSensing =>
  sensing ?? (powerQuality === 'averaged1s' ? averagedSensing : usualSensing);
/** Shorter runs and windows by such means are not told from what was around them. */
const averagedResolvesMs = 5000;
/** From so long on the mean of a second is the better integral beside a sensor that sees a part of the time. */
export const longForAverageMs = 10_000;
const checkLoadMs = 30_000;
const trustedRatio = { low: 0.8, high: 1.25 };
/** A device draws more than this many times its lowest reading, or is this busy: it counts as loaded. */
const loadFactor = 1.5;
const loadUtilization = 0.5;
/** A counter that stood still for so long is no longer waited for. */
const counterStillMs = 2000;
/** Plausible power when neither a limit nor a reading says more, watts. */
const unknownHighestW = 2000;

export interface MeterReading {
  /** Milliseconds on the run's clock. */
  readonly timeMs: number;
  readonly powerW: number | undefined;
  readonly energyJ: number | undefined;
  readonly powerLimitW: number | undefined;
  readonly utilization: number | undefined;
  /** The mean of about a second, where it is told beside an instant value. */
  readonly averagePowerW?: number | undefined;
}

export type CounterState = 'none' | 'unchecked' | 'trusted' | 'distrusted';

export interface MeterFigures {
  /** null when there was nothing to measure with. */
  readonly energyJ: number | null;
  readonly method: EnergyTotals['method'];
  readonly witnessJ: number | null;
  readonly quality: Quality;
  /** Time between readings close enough to each other, milliseconds. */
  readonly coveredMs: number;
  /** The covered time and the holes whose energy the counter told. */
  readonly measuredMs: number;
  /** Counter over integral under load; null before 30 s of load. */
  readonly counterRatio: number | null;
  /** Most joules by which the energy is wrong because the sensor saw only a part of the time. */
  readonly unseenJ: number;
}

export interface EnergyMeter {
  add(reading: MeterReading): void;
  /** The machine slept: the next reading is discarded and nothing is counted across. */
  newEpoch(): void;
  /** Joules since the first reading, by counter where it can be had. Recent times only. */
  at(timeMs: number): number;
  /** The same by integration alone. */
  integralAt(timeMs: number): number;
  /** The same by the instant value alone, also where a mean of a second is the better integral. */
  instantAt(timeMs: number): number;
  /** Most joules by which `instantAt` is wrong because the sensor saw only a part of the time. */
  readonly unseenJ: number;
  /** Shorter stretches have no energy that could be told from their neighbours', milliseconds. */
  readonly resolvesMs: number;
  /** The same by the power that bears witness to the counter. */
  witnessAt(timeMs: number): number;
  /** Up to here `at` has its final answer. */
  readonly settledMs: number;
  readonly counterState: CounterState;
  figures(): MeterFigures;
}

export interface MeteredDevice {
  readonly powerQuality: Quality;
  readonly hasEnergyCounter: boolean;
  /** Power that comes from the counter itself can neither check it nor bear witness. */
  readonly powerFromCounter?: boolean;
  /** How its power values are made, where that is known of the chip. */
  readonly sensing?: PowerSensing | null;
  /** A new value of the counter so often, milliseconds; null or absent: as usual. */
  readonly counterPeriodMs?: number | null;
  /** Its readings come so far apart, milliseconds; null or absent: as the first of them do. */
  readonly readEveryMs?: number | null;
}

export function createEnergyMeter(device: MeteredDevice): EnergyMeter {
  const sensing = sensingOf(device);
  const partly = seesPart(sensing);
  const readEveryMs = device.readEveryMs ?? null;
  const power = createPowerIntegral(sensing, readEveryMs);
  const period = createSamplingPeriod(readEveryMs);
  /** Sees all of the time, where the instant value may see a quarter of it: then it is the better witness. */
  const average = createPowerIntegral(averagedSensing, readEveryMs);
  const counterPeriodMs = device.counterPeriodMs ?? usualUpdatePeriodMs;
  const refreshes = createRefreshClock(false, counterPeriodMs);
  const anchors = createEnergySlots();

  let lastMs = Number.NaN;
  let coveredMs = 0;
  let bridgedMs = 0;
  let bridgedJ = 0;
  let discardNext = false;
  let holeMs = 0;
  let anchorJ = 0;
  let counter: number | undefined;
  let readCounter: number | undefined;
  let counterKnownSince = false;
  let accepted = 0;

  const check = { ms: 0, counterJ: 0, integralJ: 0, blocks: 0 };
  let ratio: number | null = null;

  const state = (): CounterState => {
    if (accepted === 0) return 'none';
    if (ratio === null) return 'unchecked';
    return ratio >= trustedRatio.low && ratio <= trustedRatio.high ? 'trusted' : 'distrusted';
  };

  const byCounter = (): boolean => accepted > 0 && state() !== 'distrusted';
  const hasAverage = (): boolean => average.readings > 1;
  const integralAt = (timeMs: number): number =>
    partly && hasAverage() ? average.at(timeMs) : power.at(timeMs);

  const counterFirstAt = (timeMs: number): number => {
    if (anchors.count === 0) return integralAt(timeMs);
    const { lastMs: anchorMs, firstMs: firstAnchorMs } = anchors;
    if (timeMs >= anchorMs) return anchorJ + power.at(timeMs) - power.at(anchorMs);
    const between = anchors.at(timeMs, (atMs) => power.at(atMs));
    return between ?? Math.max(0, anchors.firstJ - (power.at(firstAnchorMs) - power.at(timeMs)));
  };

  const runCheck = (reading: MeterReading, intervalMs: number, counterJ: number, integralJ: number): void => {
    const meanW = integralJ / (intervalMs / 1000);
    const loaded =
      (reading.utilization ?? 0) >= loadUtilization || meanW > loadFactor * Math.max(1, power.lowestW);
    if (!loaded || integralJ <= 0 || device.powerFromCounter === true) return;
    check.ms += intervalMs;
    check.counterJ += counterJ;
    check.integralJ += integralJ;
    if (check.ms < (check.blocks + 1) * checkLoadMs) return;
    check.blocks += 1;
    ratio = check.counterJ / check.integralJ;
  };

  const addCounter = (reading: MeterReading, value: number): void => {
    const timeMs = reading.timeMs;
    const seenMs = refreshes.see(timeMs, value !== readCounter);
    readCounter = value;
    if (counter === undefined) {
      counter = value;
      anchorJ = counterFirstAt(timeMs);
      anchors.add(timeMs, anchorJ, true);
      counterKnownSince = false;
      holeMs = 0;
      return;
    }
    // What an unsure reading tells, the next one tells too.
    if (value === counter || seenMs === null || (refreshes.unsure && holeMs === 0)) return;
    const anchorMs = anchors.lastMs;
    const changedMs = Math.max(seenMs, anchorMs + 1);
    const counterJ = value - counter;
    const intervalMs = changedMs - anchorMs;
    const integralJ = power.at(changedMs) - power.at(anchorMs);
    const highestW = Math.max(reading.powerLimitW ?? 0, 1.2 * power.highestW) || unknownHighestW;
    // The true time between the two refreshes is known to one sampling period only.
    const rateW = counterJ / ((intervalMs + period.periodMs) / 1000);
    const plausible = counterJ >= 0 && rateW <= 1.5 * highestW;
    // The first change reaches back to a refresh before our first reading: the integral knows that piece better.
    const reachesBack = !counterKnownSince && power.readings > 1 && holeMs === 0;
    counter = value;
    counterKnownSince = true;
    if (plausible && !reachesBack) {
      anchorJ += counterJ;
      accepted += 1;
      if (holeMs === 0) runCheck(reading, intervalMs, counterJ, byAverage(anchorMs, changedMs) ?? integralJ);
      else {
        bridgedMs += holeMs;
        bridgedJ += Math.max(0, counterJ - integralJ);
      }
    } else anchorJ += integralJ;
    anchors.add(changedMs, anchorJ, holeMs > 0);
    holeMs = 0;
  };

  /** Joules between two moments by the mean of a second, which bears better witness; null where it is not known. */
  const byAverage = (fromMs: number, toMs: number): number | null =>
    hasAverage() && average.lastTimeMs >= toMs - heldMs ? average.at(toMs) - average.at(fromMs) : null;

  return {
    add(reading) {
      const { timeMs } = reading;
      if (timeMs <= lastMs) return;
      if (reading.powerW === undefined && reading.energyJ === undefined) return;
      if (discardNext) {
        discardNext = false;
        lastMs = Number.NaN;
        return;
      }
      if (!Number.isNaN(lastMs)) {
        const intervalMs = timeMs - lastMs;
        if (intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs)) coveredMs += intervalMs;
        else holeMs += intervalMs;
        period.add(intervalMs);
      }
      if (reading.powerW !== undefined) power.add(timeMs, reading.powerW);
      if (reading.averagePowerW !== undefined) average.add(timeMs, reading.averagePowerW);
      if (reading.energyJ !== undefined && device.hasEnergyCounter) addCounter(reading, reading.energyJ);
      lastMs = timeMs;
    },
    newEpoch() {
      if (anchors.count > 0 && lastMs > anchors.lastMs) {
        anchorJ = counterFirstAt(lastMs);
        anchors.add(lastMs, anchorJ);
      }
      counter = undefined;
      holeMs = 0;
      discardNext = true;
      power.cut();
      average.cut();
    },
    at: (timeMs) => (state() === 'distrusted' ? integralAt(timeMs) : counterFirstAt(timeMs)),
    integralAt,
    instantAt: (timeMs) => power.at(timeMs),
    witnessAt: (timeMs) => (hasAverage() ? average.at(timeMs) : power.at(timeMs)),
    get unseenJ() {
      return power.unseenJ;
    },
    get resolvesMs() {
      if (byCounter()) return Math.max(counterPeriodMs, period.periodMs);
      const averaged = !partly && sensing.windowMs >= averagedSensing.windowMs;
      return Math.max(averaged ? averagedResolvesMs : sensing.updatePeriodMs, period.periodMs);
    },
    get settledMs() {
      const still = lastMs - anchors.lastMs >= counterStillMs;
      if (byCounter() && !still) return anchors.shapedMs;
      return partly && hasAverage() ? average.settledMs : power.settledMs;
    },
    get counterState() {
      return state();
    },
    figures() {
      const counted = byCounter();
      const endMs = Number.isNaN(lastMs) ? power.lastTimeMs : lastMs;
      const averaged = partly && hasAverage() && coveredMs >= longForAverageMs;
      const instantJ = power.readings > 1 ? power.at(endMs) : null;
      const averageJ = hasAverage() ? average.at(endMs) : instantJ;
      const integralJ = averaged ? averageJ : instantJ;
      const counterJ = accepted > 0 ? counterFirstAt(endMs) : null;
      const witnessJ = counted ? (averageJ === null ? null : averageJ + bridgedJ) : counterJ;
      const counterQuality = state() === 'trusted' ? 'counter' : 'counterUnchecked';
      return {
        energyJ: counted ? counterJ : integralJ,
        method: counted ? 'counter' : counterJ !== null || integralJ !== null ? 'integration' : null,
        witnessJ: device.powerFromCounter === true ? null : witnessJ,
        quality: counted ? counterQuality : averaged ? 'averaged1s' : device.powerQuality,
        coveredMs,
        measuredMs: coveredMs + (counted ? bridgedMs : 0),
        counterRatio: ratio,
        unseenJ: counted || averaged ? 0 : power.unseenJ,
      };
    },
  };
}
