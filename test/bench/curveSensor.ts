/** What a driver reports of a power curve: the mean of a window before the last update, and the energy counter. */

import type { PowerCurve } from '../sampler/fakeNvml/powerCurve.ts';

export interface CurveSensor {
  /** A new value so often, milliseconds. */
  readonly updateMs: number;
  /** Each the mean over so long before. */
  readonly windowMs: number;
  /** When the first update is. */
  readonly phaseMs: number;
}

/** Whole milliwatts of a sensor that scatters by so much around the mean, as real ones do. */
const scatterW = 0.5;

function lastUpdate({ updateMs, phaseMs }: CurveSensor, timeMs: number): number {
  return Math.max(0, Math.floor((timeMs - phaseMs) / updateMs) * updateMs + phaseMs);
}

/** `scatter` gives −1 to 1 for the number of an update: one update has one value. */
export function sensedPowerW(
  curve: PowerCurve,
  sensor: CurveSensor,
  timeMs: number,
  scatter: (update: number) => number,
): number {
  const toMs = lastUpdate(sensor, timeMs);
  const fromMs = Math.max(0, toMs - sensor.windowMs);
  if (toMs === fromMs) return 0;
  const meanW = ((curve.energyJ(toMs) - curve.energyJ(fromMs)) * 1000) / (toMs - fromMs);
  return Math.round((meanW + scatterW * scatter(Math.round(toMs))) * 1000) / 1000;
}

/** Joules since some start, in whole millijoules. */
export function countedJ(curve: PowerCurve, sensor: CurveSensor, timeMs: number): number {
  return Math.floor(curve.energyJ(lastUpdate(sensor, timeMs)) * 1000) / 1000 + 12_345;
}
