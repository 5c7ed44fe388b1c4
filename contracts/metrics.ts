/** The one table of what is measured. A metric is added here; the compiler then lists what must supply or show it. */

export type MetricKind = 'gauge' | 'counter';
export type MetricUnit = 'W' | 'J' | '1' | 'B' | 'MHz' | '°C' | 'cores';
export type MetricOwner = 'gpu' | 'host';

export interface MetricInfo {
  /** What a person reads in a legend or a table head. */
  readonly label: string;
  readonly unit: MetricUnit;
  /** A gauge is a value now; a counter only grows and is read as a difference. */
  readonly kind: MetricKind;
  /** Whether each GPU has one, or the machine's process tree has one. */
  readonly owner: MetricOwner;
  /** One unit of the stored integer, in `unit`: the store keeps whole numbers. */
  readonly resolution: number;
}

const metricTable = {
  powerW: { label: 'Power', unit: 'W', kind: 'gauge', owner: 'gpu', resolution: 0.1 },
  energyJ: { label: 'Energy counter', unit: 'J', kind: 'counter', owner: 'gpu', resolution: 0.001 },
  utilization: { label: 'Utilisation', unit: '1', kind: 'gauge', owner: 'gpu', resolution: 0.001 },
  memoryUsedBytes: { label: 'Memory used', unit: 'B', kind: 'gauge', owner: 'gpu', resolution: 2 ** 20 },
  powerLimitW: { label: 'Power limit', unit: 'W', kind: 'gauge', owner: 'gpu', resolution: 0.1 },
  smClockMHz: { label: 'SM clock', unit: 'MHz', kind: 'gauge', owner: 'gpu', resolution: 1 },
  temperatureC: { label: 'Temperature', unit: '°C', kind: 'gauge', owner: 'gpu', resolution: 1 },
  /** Beside an instant `powerW`, where the device tells both. */
  averagePowerW: { label: 'Power, mean of 1 s', unit: 'W', kind: 'gauge', owner: 'gpu', resolution: 0.1 },
  memoryClockMHz: { label: 'Memory clock', unit: 'MHz', kind: 'gauge', owner: 'gpu', resolution: 1 },
  /** Of one reading 0 or 1; a mean is the share of the time. */
  powerCapped: {
    label: 'Held by the power limit',
    unit: '1',
    kind: 'gauge',
    owner: 'gpu',
    resolution: 0.001,
  },
  slowedDown: {
    label: 'Slowed by heat or hardware',
    unit: '1',
    kind: 'gauge',
    owner: 'gpu',
    resolution: 0.001,
  },
  cpuCores: { label: 'CPU of the run', unit: 'cores', kind: 'gauge', owner: 'host', resolution: 0.001 },
  hostMemoryBytes: {
    label: 'Memory of the run',
    unit: 'B',
    kind: 'gauge',
    owner: 'host',
    resolution: 2 ** 20,
  },
  /** Of the whole machine, where its counters may be read: other programs draw from it too. */
  cpuPowerW: { label: 'CPU power (machine)', unit: 'W', kind: 'gauge', owner: 'host', resolution: 0.1 },
  memoryPowerW: { label: 'DRAM power (machine)', unit: 'W', kind: 'gauge', owner: 'host', resolution: 0.1 },
  /** Share of the time the main thread spent fetching input: reading data, or asleep while workers prepare it. */
  hostInputShare: { label: 'Host on input', unit: '1', kind: 'gauge', owner: 'host', resolution: 0.001 },
  /** Share of the time the main thread slept for another reason, such as waiting for the GPU. */
  hostWaitShare: { label: 'Host waiting', unit: '1', kind: 'gauge', owner: 'host', resolution: 0.001 },
} as const satisfies Record<string, MetricInfo>;

export type MetricId = keyof typeof metricTable;
export const metrics: Readonly<Record<MetricId, MetricInfo>> = metricTable;
export const metricIds = Object.keys(metricTable) as readonly MetricId[];
export const gpuMetricIds = metricIds.filter((id) => metrics[id].owner === 'gpu');
export const hostMetricIds = metricIds.filter((id) => metrics[id].owner === 'host');
