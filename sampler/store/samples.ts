/** One reading as the store keeps it, and the order of its columns. */

import { type MetricId, metrics } from '../../contracts/metrics.ts';

export interface Sample {
  /** Sampler time, whole milliseconds. */
  readonly timeMs: number;
  /** A value that is not known is absent. */
  readonly values: Readonly<Partial<Record<MetricId, number>>>;
}

/** The metrics among the properties of a reading; what is not known stays absent. */
export function pickValues(
  from: Readonly<Partial<Record<MetricId, number | null | undefined>>>,
  ids: readonly MetricId[],
): Sample['values'] {
  const values: Partial<Record<MetricId, number>> = {};
  for (const id of ids) {
    const value = from[id];
    if (typeof value === 'number') values[id] = value;
  }
  return values;
}

/** Numbers in the file for the metrics: permanent, never used again for another. */
const metricCodes: Readonly<Record<MetricId, number>> = {
  powerW: 1,
  energyJ: 2,
  utilization: 3,
  memoryUsedBytes: 4,
  powerLimitW: 5,
  smClockMHz: 6,
  temperatureC: 7,
  averagePowerW: 8,
  memoryClockMHz: 9,
  powerCapped: 10,
  slowedDown: 11,
  cpuCores: 32,
  hostMemoryBytes: 33,
  hostInputShare: 34,
  hostWaitShare: 35,
  cpuPowerW: 36,
  memoryPowerW: 37,
};
const byCode = new Map(Object.entries(metricCodes).map(([id, code]) => [code, id as MetricId]));

export const metricCode = (id: MetricId): number => metricCodes[id];
/** Undefined for a metric of a later version: its column is skipped. */
export const metricOfCode = (code: number): MetricId | undefined => byCode.get(code);
export const toStored = (id: MetricId, value: number): number => Math.round(value / metrics[id].resolution);
/** Stored whole numbers in one unit of the metric. Products with 0.1 would show as 61.300000000000004. */
export function storedPerUnit(id: MetricId): number {
  const { resolution } = metrics[id];
  return resolution < 1 ? Math.round(1 / resolution) : 1 / resolution;
}
export const fromStored = (id: MetricId, stored: number): number => stored / storedPerUnit(id);
