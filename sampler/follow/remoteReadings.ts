/**
 * Readings of other machines: they come seconds late, many at once, and of GPUs that no run here has. What a live run
 * holds goes to the store with its own time and to the runs at the moment of its arrival.
 */

import { gpuMetricIds } from '../../contracts/metrics.ts';
import { remotePrefix } from '../sources/prometheus/gpuSeries.ts';
import type { DeviceReading } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import { pickValues } from '../store/samples.ts';
import type { LiveRun, ReadingGroup } from './liveRun.ts';

export const isRemote = ({ uuid }: DeviceReading): boolean => uuid.startsWith(remotePrefix);

/** @param readings sampler time */
export function takeRemote(
  readings: readonly DeviceReading[],
  runs: ReadonlyMap<string, LiveRun>,
  store: RunStore,
  nowMs: number,
): readonly ReadingGroup[] {
  const byTime = new Map<number, DeviceReading[]>();
  for (const reading of readings) {
    const held = [...runs.values()].some((run) => run.devices.has(reading.uuid));
    if (!held) continue;
    const { uuid, timeMs } = reading;
    store.addSample(`gpu/${uuid}`, { timeMs, values: pickValues(reading, gpuMetricIds) });
    byTime.set(timeMs, [...(byTime.get(timeMs) ?? []), reading]);
  }
  // Each group is a tick of its own, after those of this machine.
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([, group], index) => ({ timeMs: nowMs + (index + 1) / 1000, readings: group }));
}
