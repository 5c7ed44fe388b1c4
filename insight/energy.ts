/**
 * Energy of one device: differences of the hardware counter first, the integral of power as the second witness.
 *
 * The counter is refreshed about every 100 ms, so between two changes its joules are spread in the shape of the
 * power readings. A reset or an implausible rate starts a new epoch, and the integral covers that stretch. The two
 * are compared over each further 30 s of load; a counter off by more than a quarter gives way to the integral.
 * Across a hole in the readings only the counter knows the joules; without one the hole stays unmeasured.
 */

import type { Quality } from '../contracts/provenance.ts';
import type { EnergyTotals } from '../contracts/runs.ts';
import { bridgedPeriods, createPowerIntegral, createSamplingPeriod, heldMs } from './powerIntegral.ts';

/** A 1 s mean tells of the time half a second before its reading. */
const averagedLagMs = 500;
const checkLoadMs = 30_000;
const trustedRatio = { low: 0.8, high: 1.25 };
/** A device draws more than this many times its lowest reading, or is this busy: it counts as loaded. */
const loadFactor = 1.5;
const loadUtilization = 0.5;
/** A counter that stood still for so long is no longer waited for. */
const counterStillMs = 2000;
/** Plausible power when neither a limit nor a reading says more, watts. */
const unknownHighestW = 2000;
const anchorRing = 512;

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
}

export interface EnergyMeter {
  add(reading: MeterReading): void;
  /** The machine slept: the next reading is discarded and nothing is counted across. */
  newEpoch(): void;
  /** Joules since the first reading, by counter where it can be had. Recent times only. */
  at(timeMs: number): number;
  /** The same by integration alone. */
  integralAt(timeMs: number): number;
  /** The same by the power that bears witness to the counter. */
  witnessAt(timeMs: number): number;
  /** Up to here `at` has its final answer. */
  readonly settledMs: number;
  readonly counterState: CounterState;
  figures(): MeterFigures;
}

export function createEnergyMeter(device: {
  readonly powerQuality: Quality;
  readonly hasEnergyCounter: boolean;
  /** Power that comes from the counter itself can neither check it nor bear witness. */
  readonly powerFromCounter?: boolean;
}): EnergyMeter {
  const power = createPowerIntegral();
  const period = createSamplingPeriod();
  /** Sees all of the time, where the instant value may see a quarter of it: then it is the better witness. */
  const average = createPowerIntegral();
  const lagMs = device.powerQuality === 'averaged1s' && !device.hasEnergyCounter ? averagedLagMs : 0;

  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  let coveredMs = 0;
  let bridgedMs = 0;
  let bridgedJ = 0;
  let discardNext = false;
  let holeMs = 0;
  const beforeStartW: { power?: number; average?: number } = {};

  const anchorTimes = new Float64Array(anchorRing);
  const anchorJoules = new Float64Array(anchorRing);
  const anchorEven = new Uint8Array(anchorRing);
  let anchors = 0;
  let anchorMs = Number.NaN;
  let anchorJ = 0;
  let counter: number | undefined;
  let counterKnownSince = false;
  let accepted = 0;

  const check = { ms: 0, counterJ: 0, integralJ: 0, blocks: 0 };
  let ratio: number | null = null;

  const state = (): CounterState => {
    if (accepted === 0) return 'none';
    if (ratio === null) return 'unchecked';
    return ratio >= trustedRatio.low && ratio <= trustedRatio.high ? 'trusted' : 'distrusted';
  };

  const setAnchor = (timeMs: number, even: boolean): void => {
    anchorTimes[anchors % anchorRing] = timeMs;
    anchorJoules[anchors % anchorRing] = anchorJ;
    anchorEven[anchors % anchorRing] = even ? 1 : 0;
    anchors += 1;
    anchorMs = timeMs;
  };

  const counterFirstAt = (timeMs: number): number => {
    if (anchors === 0) return power.at(timeMs);
    if (timeMs >= anchorMs) return anchorJ + power.at(timeMs) - power.at(anchorMs);
    const oldest = Math.max(0, anchors - anchorRing);
    for (let index = anchors - 1; index > oldest; index -= 1) {
      const fromMs = anchorTimes[(index - 1) % anchorRing] ?? 0;
      if (fromMs > timeMs) continue;
      const toMs = anchorTimes[index % anchorRing] ?? fromMs;
      const fromJ = anchorJoules[(index - 1) % anchorRing] ?? 0;
      const toJ = anchorJoules[index % anchorRing] ?? fromJ;
      const shapeFrom = power.at(fromMs);
      const shape = power.at(toMs) - shapeFrom;
      const even = anchorEven[index % anchorRing] === 1 || shape <= 0;
      const share = even ? (timeMs - fromMs) / (toMs - fromMs) : (power.at(timeMs) - shapeFrom) / shape;
      return fromJ + (toJ - fromJ) * share;
    }
    const firstJ = anchorJoules[oldest % anchorRing] ?? 0;
    const firstAnchorMs = anchorTimes[oldest % anchorRing] ?? 0;
    return Math.max(0, firstJ - (power.at(firstAnchorMs) - power.at(timeMs)));
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
    if (counter === undefined) {
      counter = value;
      anchorJ = counterFirstAt(timeMs);
      setAnchor(timeMs, true);
      counterKnownSince = false;
      holeMs = 0;
      return;
    }
    if (value === counter) return;
    const counterJ = value - counter;
    // It was refreshed some time since the reading before: halfway is off by half a period at most.
    const changedMs = holeMs > 0 || Number.isNaN(lastMs) ? timeMs : (lastMs + timeMs) / 2;
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
      if (holeMs === 0) runCheck(reading, intervalMs, counterJ, witnessed(changedMs - intervalMs, changedMs));
      else {
        bridgedMs += holeMs;
        bridgedJ += Math.max(0, counterJ - integralJ);
      }
    } else anchorJ += integralJ;
    setAnchor(changedMs, holeMs > 0);
    holeMs = 0;
  };

  const addPower = (which: 'power' | 'average', timeMs: number, shiftMs: number, powerW: number): void => {
    const integral = which === 'power' ? power : average;
    const shiftedMs = timeMs - shiftMs;
    if (shiftedMs < firstMs) {
      beforeStartW[which] = powerW;
      return;
    }
    const earlierW = beforeStartW[which];
    if (earlierW !== undefined) {
      integral.add(firstMs, earlierW);
      delete beforeStartW[which];
    }
    integral.add(shiftedMs, powerW);
  };

  /** Joules between two moments by power alone, from the better witness that knows them. */
  const witnessed = (fromMs: number, toMs: number): number => {
    const known = average.readings > 1 && average.lastTimeMs >= toMs - heldMs;
    return known ? average.at(toMs) - average.at(fromMs) : power.at(toMs) - power.at(fromMs);
  };

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
      if (Number.isNaN(firstMs)) firstMs = timeMs;
      if (!Number.isNaN(lastMs)) {
        const intervalMs = timeMs - lastMs;
        if (intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs)) coveredMs += intervalMs;
        else holeMs += intervalMs;
        period.add(intervalMs);
      }
      if (reading.powerW !== undefined) addPower('power', timeMs, lagMs, reading.powerW);
      if (reading.averagePowerW !== undefined)
        addPower('average', timeMs, averagedLagMs, reading.averagePowerW);
      if (reading.energyJ !== undefined && device.hasEnergyCounter) addCounter(reading, reading.energyJ);
      lastMs = timeMs;
    },
    newEpoch() {
      if (anchors > 0 && !Number.isNaN(lastMs)) {
        anchorJ = counterFirstAt(lastMs);
        setAnchor(lastMs, false);
      }
      counter = undefined;
      holeMs = 0;
      discardNext = true;
      power.cut();
      average.cut();
    },
    at: (timeMs) => (state() === 'distrusted' ? power.at(timeMs) : counterFirstAt(timeMs)),
    integralAt: (timeMs) => power.at(timeMs),
    witnessAt: (timeMs) => (average.readings > 1 ? average.at(timeMs) : power.at(timeMs)),
    get settledMs() {
      const waitsForCounter = accepted > 0 && state() !== 'distrusted' && lastMs - anchorMs < counterStillMs;
      return waitsForCounter ? anchorMs : lastMs - lagMs;
    },
    get counterState() {
      return state();
    },
    figures() {
      const counterState = state();
      const anything = accepted > 0 || power.readings > 1;
      const endMs = Number.isNaN(lastMs) ? power.lastTimeMs : lastMs;
      const integralJ = power.readings > 1 ? power.at(endMs) : null;
      const witnessedJ = average.readings > 1 ? average.at(endMs) : integralJ;
      const byCounter = counterState === 'trusted' || counterState === 'unchecked';
      const counterFirstJ = accepted > 0 ? counterFirstAt(endMs) : null;
      const quality = counterState === 'trusted' ? 'counter' : 'counterUnchecked';
      const witnessJ = byCounter ? (witnessedJ === null ? null : witnessedJ + bridgedJ) : counterFirstJ;
      return {
        energyJ: byCounter ? counterFirstJ : integralJ,
        method: anything ? (byCounter ? 'counter' : 'integration') : null,
        witnessJ: device.powerFromCounter === true ? null : witnessJ,
        quality: byCounter ? quality : device.powerQuality,
        coveredMs,
        measuredMs: coveredMs + (byCounter ? bridgedMs : 0),
        counterRatio: ratio,
      };
    },
  };
}
