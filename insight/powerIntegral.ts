/**
 * Energy from polled power: the trapezoid over every reading, equal ones included (dropping repeats would turn a
 * step of power into a ramp). Keeps the recent curve, so that energy at a time between readings can be asked for.
 */

/** Up to so many sampling periods between two readings are integrated across. */
export const bridgedPeriods = 3;
/** Up to so long the last value is held; beyond it the time is unmeasured. */
export const heldMs = 1000;
const ringSize = 1024;
const defaultPeriodMs = 100;

export interface PowerIntegral {
  add(timeMs: number, powerW: number): void;
  /** Forgets the reading before: nothing is integrated across. */
  cut(): void;
  /** Joules since the first reading, at a recent time; the last value is held for up to a second. */
  at(timeMs: number): number;
  readonly totalJ: number;
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

export function createSamplingPeriod(): SamplingPeriod {
  let periodMs = Number.NaN;
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

export function createPowerIntegral(): PowerIntegral {
  const times = new Float64Array(ringSize);
  const sums = new Float64Array(ringSize);
  const period = createSamplingPeriod();
  let readings = 0;
  let joined = false;
  let lastTimeMs = Number.NEGATIVE_INFINITY;
  let lastW = 0;
  let totalJ = 0;
  let highestW = 0;
  let lowestW = Number.POSITIVE_INFINITY;

  const push = (timeMs: number): void => {
    times[readings % ringSize] = timeMs;
    sums[readings % ringSize] = totalJ;
    readings += 1;
  };

  return {
    add(timeMs, powerW) {
      if (timeMs <= lastTimeMs) return;
      if (joined) {
        const intervalMs = timeMs - lastTimeMs;
        if (intervalMs <= bridgedPeriods * period.periodMs)
          totalJ += ((powerW + lastW) / 2) * (intervalMs / 1000);
        else if (intervalMs <= heldMs) totalJ += lastW * (intervalMs / 1000);
        period.add(intervalMs);
      }
      joined = true;
      lastTimeMs = timeMs;
      lastW = powerW;
      if (powerW > highestW) highestW = powerW;
      if (powerW < lowestW) lowestW = powerW;
      push(timeMs);
    },
    cut() {
      joined = false;
    },
    at(timeMs) {
      if (readings === 0) return 0;
      if (timeMs >= lastTimeMs) return totalJ + lastW * (Math.min(timeMs - lastTimeMs, heldMs) / 1000);
      const oldest = Math.max(0, readings - ringSize);
      for (let index = readings - 1; index > oldest; index -= 1) {
        const from = times[(index - 1) % ringSize] ?? 0;
        if (from > timeMs) continue;
        const to = times[index % ringSize] ?? from;
        const fromJ = sums[(index - 1) % ringSize] ?? 0;
        const toJ = sums[index % ringSize] ?? fromJ;
        return fromJ + (toJ - fromJ) * ((timeMs - from) / (to - from));
      }
      return sums[oldest % ringSize] ?? 0;
    },
    get totalJ() {
      return totalJ;
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
