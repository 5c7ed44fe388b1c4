/**
 * Readings of the last minute, of every GPU, whether or not a run lives: a run is noticed a moment after its
 * process has started, and its energy counts from the start.
 */

import { gpuMetricIds } from '../contracts/metrics.ts';
import type { ReadingGroup } from './follow/liveRun.ts';
import type { DeviceReading } from './sources/source.ts';
import type { RunStore } from './store/runStore.ts';
import { pickValues } from './store/samples.ts';

const keptMs = 60_000;
/** Readings of different devices closer than this belong together. */
const togetherMs = 50;
/** Between two moments. */
const shortestMs = 0.001;

export class RecentReadings {
  #groups: ReadingGroup[] = [];
  /** Newest reading of each GPU that went to the store. */
  readonly #recordedMs = new Map<string, number>();

  /** Takes new readings (sampler time) and returns them by moment, in order. */
  add(readings: readonly DeviceReading[]): readonly ReadingGroup[] {
    const groups: { timeMs: number; readonly readings: DeviceReading[] }[] = [];
    let seen = new Set<string>();
    let fromMs = 0;
    for (const reading of readings.toSorted((one, other) => one.timeMs - other.timeMs)) {
      const last = groups.at(-1);
      if (last !== undefined && reading.timeMs - fromMs <= togetherMs && !seen.has(reading.uuid)) {
        last.readings.push(reading);
        last.timeMs = Math.max(last.timeMs, reading.timeMs);
        seen.add(reading.uuid);
        continue;
      }
      seen = new Set([reading.uuid]);
      fromMs = reading.timeMs;
      // What comes late, of a slower source, is a moment of its own after those that are known.
      const afterMs = last?.timeMs ?? this.#groups.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
      groups.push({ timeMs: Math.max(reading.timeMs, afterMs + shortestMs), readings: [reading] });
    }
    this.#groups.push(...groups);
    const oldestMs = (this.#groups.at(-1)?.timeMs ?? 0) - keptMs;
    const kept = this.#groups.findIndex(({ timeMs }) => timeMs >= oldestMs);
    if (kept > 0) this.#groups.splice(0, kept);
    return groups;
  }

  since(fromMs: number): readonly ReadingGroup[] {
    return this.#groups.filter(({ timeMs }) => timeMs >= fromMs);
  }

  /** Gives the store those readings of the groups that it has not got yet and that are not older than `fromMs`. */
  record(groups: readonly ReadingGroup[], store: RunStore, fromMs: number): void {
    for (const { readings } of groups) {
      for (const reading of readings) {
        const { uuid, timeMs } = reading;
        if (timeMs < fromMs || timeMs <= (this.#recordedMs.get(uuid) ?? 0)) continue;
        this.#recordedMs.set(uuid, timeMs);
        store.addSample(`gpu/${uuid}`, { timeMs, values: pickValues(reading, gpuMetricIds) });
      }
    }
  }
}
