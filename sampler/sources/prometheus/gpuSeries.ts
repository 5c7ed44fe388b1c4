/** Series of the exporters of NVIDIA (DCGM) and AMD, old names and new, put together as GPUs of nodes. */

import type { DeviceReading } from '../source.ts';
import type { Labels, Series } from './api.ts';

type Value = Exclude<keyof DeviceReading, 'uuid' | 'timeMs'>;

interface Metric {
  readonly value: Value;
  readonly vendor: 'nvidia' | 'amd';
  /** What one unit of the exporter is in ours. */
  readonly factor: number;
  /** Of a whole GPU: repeated for each of its instances, or given by its first partition only. */
  readonly ofBoard?: true;
}

/** Of several names for one value the first that a GPU has counts. */
const metrics: Readonly<Record<string, Metric>> = {
  DCGM_FI_DEV_POWER_USAGE: { value: 'powerW', vendor: 'nvidia', factor: 1, ofBoard: true },
  DCGM_FI_DEV_BOARD_POWER_WATTS: { value: 'powerW', vendor: 'nvidia', factor: 1, ofBoard: true },
  DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: { value: 'energyJ', vendor: 'nvidia', factor: 1e-3, ofBoard: true },
  DCGM_FI_DEV_GPU_UTIL: { value: 'utilization', vendor: 'nvidia', factor: 0.01 },
  DCGM_FI_DEV_FB_USED: { value: 'memoryUsedBytes', vendor: 'nvidia', factor: 2 ** 20 },
  DCGM_FI_DEV_POWER_MGMT_LIMIT: { value: 'powerLimitW', vendor: 'nvidia', factor: 1, ofBoard: true },
  DCGM_FI_DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS: {
    value: 'powerLimitW',
    vendor: 'nvidia',
    factor: 1,
    ofBoard: true,
  },
  DCGM_FI_DEV_BOARD_POWER_LIMIT_REQUESTED_WATTS: {
    value: 'powerLimitW',
    vendor: 'nvidia',
    factor: 1,
    ofBoard: true,
  },
  DCGM_FI_DEV_SM_CLOCK: { value: 'smClockMHz', vendor: 'nvidia', factor: 1 },
  DCGM_FI_DEV_GPU_TEMP: { value: 'temperatureC', vendor: 'nvidia', factor: 1, ofBoard: true },
  gpu_package_power: { value: 'powerW', vendor: 'amd', factor: 1, ofBoard: true },
  gpu_average_package_power: { value: 'powerW', vendor: 'amd', factor: 1, ofBoard: true },
  gpu_power_usage: { value: 'powerW', vendor: 'amd', factor: 1, ofBoard: true },
  gpu_energy_consumed: { value: 'energyJ', vendor: 'amd', factor: 1e-6, ofBoard: true },
  gpu_gfx_activity: { value: 'utilization', vendor: 'amd', factor: 0.01 },
  gpu_used_vram: { value: 'memoryUsedBytes', vendor: 'amd', factor: 2 ** 20 },
  gpu_junction_temperature: { value: 'temperatureC', vendor: 'amd', factor: 1, ofBoard: true },
};
const names = Object.keys(metrics);

/** Every series of GPUs, raw, over the last so many seconds. */
export const gpuQuery = (lastS: number): string => `{__name__=~"${names.join('|')}"}[${Math.ceil(lastS)}s]`;

/** Starts the id of every GPU of another machine. */
export const remotePrefix = 'remote-';

export interface RemoteGpu {
  readonly uuid: string;
  readonly node: string;
  readonly index: number;
  readonly name: string;
  readonly vendor: 'nvidia' | 'amd';
  readonly hasEnergyCounter: boolean;
  /** Usual time between two scrapes, milliseconds; null while there are not two. */
  readonly readEveryMs: number | null;
  /** Jobs and pods that the exporter says hold it. */
  readonly holders: readonly string[];
  /** Readings by the server's time in seconds, ascending. */
  readonly readings: readonly {
    readonly timeS: number;
    readonly values: Omit<DeviceReading, 'uuid' | 'timeMs'>;
  }[];
}

/** DCGM's blanks: a 64-bit integer near its end, a float near 2^47. A counter may well be larger than the latter. */
const isBlank = (metric: Metric, value: number): boolean =>
  value >= 9.2e18 || (metric.value !== 'energyJ' && value >= 1.4e14) || value < 0;

const first = (labels: Labels, ...keys: readonly string[]): string | undefined =>
  keys.map((key) => labels[key]).find((value) => value !== undefined && value !== '');

/** Also where Prometheus put its own labels in front: the exporter's are `exported_…` then. */
function holdersOf(labels: Labels): readonly string[] {
  const pod = first(labels, 'exported_pod', 'pod', 'pod_name');
  const job = first(labels, 'hpc_job', 'job_id');
  return [...(job === undefined ? [] : [`job ${job}`]), ...(pod === undefined ? [] : [`pod ${pod}`])];
}

interface Growing {
  readonly labels: Labels;
  readonly node: string;
  readonly vendor: 'nvidia' | 'amd';
  readonly holders: Set<string>;
  /** Values by time, and by which of its names each came. */
  readonly byTime: Map<number, Map<Value, { readonly rank: number; readonly value: number }>>;
}

/** GPUs by node and position. Rows of instances, partitions and jobs of one GPU are one GPU. */
export function gpusOf(all: readonly Series[]): readonly RemoteGpu[] {
  const gpus = new Map<string, Growing>();
  for (const { labels, points } of all) {
    const name = labels['__name__'] ?? '';
    const metric = metrics[name];
    if (metric === undefined) continue;
    // What an instance or a later partition does is a part of the board's work only.
    const isPart = first(labels, 'GPU_I_ID') !== undefined || (labels['gpu_partition_id'] ?? '0') !== '0';
    if (isPart && (metric.vendor === 'amd' || metric.ofBoard !== true)) continue;
    const node = first(labels, 'Hostname', 'hostname', 'instance')?.replace(/:\d+$/, '') ?? 'unknown';
    const id = first(labels, 'UUID', 'uuid', 'serial_number') ?? `${first(labels, 'gpu', 'gpu_id') ?? '0'}`;
    const uuid = `${remotePrefix}${node}-${id}`.replaceAll(/[^\w.:/-]/g, '_').slice(0, 190);
    const gpu: Growing = gpus.get(uuid) ?? {
      labels,
      node,
      vendor: metric.vendor,
      holders: new Set(),
      byTime: new Map(),
    };
    gpus.set(uuid, gpu);
    for (const holder of holdersOf(labels)) gpu.holders.add(holder);
    const rank = names.indexOf(name);
    for (const [timeS, raw] of points) {
      if (isBlank(metric, raw)) continue;
      const values = gpu.byTime.get(timeS) ?? new Map();
      gpu.byTime.set(timeS, values);
      const known = values.get(metric.value);
      const value = raw * metric.factor;
      // Rows of one GPU repeat its value; the largest is the one of the board.
      if (known === undefined || rank < known.rank || (rank === known.rank && value > known.value))
        values.set(metric.value, { rank, value });
    }
  }
  return [...gpus].map(([uuid, gpu]) => finished(uuid, gpu)).filter(({ readings }) => readings.length > 0);
}

/** Median: a scrape that was missed doubles one step. */
function usualStepMs(timesS: readonly number[]): number | null {
  const steps = timesS.slice(1).map((timeS, index) => (timeS - (timesS[index] ?? timeS)) * 1000);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? null;
}

function finished(uuid: string, { labels, node, vendor, holders, byTime }: Growing): RemoteGpu {
  const readings = [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([timeS, values]) => ({
      timeS,
      values: Object.fromEntries([...values].map(([key, { value }]) => [key, value])),
    }))
    .filter(({ values }) => values['powerW'] !== undefined || values['energyJ'] !== undefined);
  const index = Number(first(labels, 'gpu', 'gpu_id') ?? 0);
  return {
    uuid,
    node,
    index: Number.isInteger(index) ? index : 0,
    name: first(labels, 'modelName', 'card_series', 'card_model') ?? 'GPU',
    vendor,
    readEveryMs: usualStepMs(readings.map(({ timeS }) => timeS)),
    hasEnergyCounter: readings.some(({ values }) => values['energyJ'] !== undefined),
    holders: [...holders],
    readings,
  };
}
