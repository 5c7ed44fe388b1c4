/**
 * Readings of the last minute, of every GPU, whether or not a run lives: a run is noticed a moment after its
 * process has started, and its energy counts from the start.
 */

import type { ReadingGroup } from './follow/liveRun.ts';
import type { DeviceReading } from './sources/source.ts';
import type { RunStore } from './store/runStore.ts';

const keptMs = 60_000;

export class RecentReadings {
  #groups: ReadingGroup[] = [];
  /** Newest reading of each GPU that went to the store. */
  readonly #recordedMs = new Map<string, number>();

  /** Takes readings of one round (sampler time) and returns them by moment: the first of each GPU, the second … */
  add(readings: readonly DeviceReading[]): readonly ReadingGroup[] {
    const rounds: DeviceReading[][] = [];
    const seen = new Map<string, number>();
    for (const reading of readings) {
      const round = seen.get(reading.uuid) ?? 0;
      seen.set(reading.uuid, round + 1);
      const list = rounds[round];
      if (list === undefined) rounds[round] = [reading];
      else list.push(reading);
    }
    const groups = rounds.map((list) => ({
      timeMs: Math.max(...list.map(({ timeMs }) => timeMs)),
      readings: list,
    }));
    this.#groups.push(...groups);
    const newestMs = this.#groups.at(-1)?.timeMs ?? 0;
    while ((this.#groups[0]?.timeMs ?? newestMs) < newestMs - keptMs) this.#groups.shift();
    return groups;
  }

  since(fromMs: number): readonly ReadingGroup[] {
    return this.#groups.filter(({ timeMs }) => timeMs >= fromMs);
  }

  /** Gives the store what it has not got yet of the last second; call every round while a run lives. */
  record(store: RunStore, nowMs: number): void {
    this.recordSince(store, nowMs - 1000);
  }

  recordSince(store: RunStore, fromMs: number): void {
    for (let index = this.#groups.length - 1; index >= 0; index -= 1) {
      if ((this.#groups[index]?.timeMs ?? 0) >= fromMs) continue;
      this.#recordFrom(store, index + 1, fromMs);
      return;
    }
    this.#recordFrom(store, 0, fromMs);
  }

  #recordFrom(store: RunStore, first: number, fromMs: number): void {
    for (const { readings } of this.#groups.slice(first)) {
      for (const { uuid, timeMs, ...values } of readings) {
        if (timeMs < fromMs || timeMs <= (this.#recordedMs.get(uuid) ?? 0)) continue;
        this.#recordedMs.set(uuid, timeMs);
        store.addSample(`gpu/${uuid}`, { timeMs, values });
      }
    }
  }
}
