/** Since when processes hold a GPU on which nothing runs, and what that has drawn. */

import type { DeviceProcess } from '../sources/source.ts';
import type { IdleMeters, IdleSums } from './idleMeters.ts';

export interface IdleHold {
  /** Sampler time. */
  readonly sinceMs: number;
  /** Drawn by the whole GPU since. */
  readonly energyJ: number;
}

export class IdleHolds {
  readonly #meters: IdleMeters;
  /** By GPU and process: when it was first seen to hold it, and the GPU's sums at that time. */
  readonly #first = new Map<string, IdleSums>();

  constructor(meters: IdleMeters) {
    this.#meters = meters;
  }

  take(holders: readonly DeviceProcess[], nowMs: number): void {
    const held = new Map(holders.map((holder) => [keyOf(holder), holder.uuid]));
    for (const key of this.#first.keys()) if (!held.has(key)) this.#first.delete(key);
    for (const [key, uuid] of held) {
      const sums = this.#meters.newest(uuid);
      if (sums !== null && !this.#first.has(key)) this.#first.set(key, { ...sums, timeMs: nowMs });
    }
  }

  /** Null where nothing is known of the GPU. */
  of(holder: DeviceProcess): IdleHold | null {
    const first = this.#first.get(keyOf(holder));
    const resting = this.#meters.restingSince(holder.uuid);
    const newest = this.#meters.newest(holder.uuid);
    if (first === undefined || resting === null || newest === null) return null;
    const since = first.timeMs > resting.timeMs ? first : resting;
    return { sinceMs: since.timeMs, energyJ: newest.energyJ - since.energyJ };
  }
}

const keyOf = ({ uuid, pid }: DeviceProcess): string => `${uuid}/${pid}`;
