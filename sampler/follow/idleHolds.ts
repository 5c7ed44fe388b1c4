/** Since when processes hold a GPU on which nothing runs, and what that has drawn. */

import type { DeviceProcess } from '../sources/source.ts';
import type { ReadingGroup } from './liveRun.ts';

export interface IdleHold {
  /** Sampler time. */
  readonly sinceMs: number;
  /** Drawn by the whole GPU since. */
  readonly energyJ: number;
}

interface Gpu {
  timeMs: number;
  powerW: number;
  /** Drawn since the first reading. */
  energyJ: number;
}

/** Over a longer silence nothing is known. */
const longestSilenceMs = 5_000;

export class IdleHolds {
  readonly #gpus = new Map<string, Gpu>();
  /** By GPU and process; the energy is the GPU's at that time. */
  readonly #holds = new Map<string, IdleHold>();

  take(groups: readonly ReadingGroup[], holders: readonly DeviceProcess[], nowMs: number): void {
    const busy = new Set<string>();
    for (const { readings } of groups) {
      for (const { uuid, timeMs, powerW, utilization } of readings) {
        // What does not say that it rests is not taken for idle.
        if (utilization === undefined || utilization > 0) busy.add(uuid);
        if (powerW === undefined) continue;
        const gpu = this.#gpus.get(uuid);
        const silent = gpu === undefined || timeMs - gpu.timeMs > longestSilenceMs;
        if (silent) busy.add(uuid);
        const drawnJ = silent ? 0 : ((gpu.powerW + powerW) / 2) * ((timeMs - gpu.timeMs) / 1_000);
        this.#gpus.set(uuid, { timeMs, powerW, energyJ: (gpu?.energyJ ?? 0) + drawnJ });
      }
    }
    const held = new Map(holders.map((holder) => [keyOf(holder), holder.uuid]));
    for (const key of this.#holds.keys()) if (!held.has(key)) this.#holds.delete(key);
    for (const [key, uuid] of held) {
      const gpu = this.#gpus.get(uuid);
      if (gpu !== undefined && (busy.has(uuid) || !this.#holds.has(key)))
        this.#holds.set(key, { sinceMs: nowMs, energyJ: gpu.energyJ });
    }
  }

  /** Null where nothing is known of the GPU. */
  of(holder: DeviceProcess): IdleHold | null {
    const hold = this.#holds.get(keyOf(holder));
    const gpu = this.#gpus.get(holder.uuid);
    return hold && gpu ? { sinceMs: hold.sinceMs, energyJ: gpu.energyJ - hold.energyJ } : null;
  }

  /** The newest power of the GPU, watts. */
  powerW(uuid: string): number | null {
    return this.#gpus.get(uuid)?.powerW ?? null;
  }
}

const keyOf = ({ uuid, pid }: DeviceProcess): string => `${uuid}/${pid}`;
