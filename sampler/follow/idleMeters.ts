/**
 * What each GPU draws while nothing runs on it, added up once as its readings come: for the notice of who holds one idle,
 * and for what a kernel held after its cell.
 */

import type { DeviceReading } from '../sources/source.ts';
import type { ReadingGroup } from './liveRun.ts';

/** Since the first reading of the GPU. */
export interface IdleSums {
  /** Sampler time. */
  readonly timeMs: number;
  readonly idleMs: number;
  readonly energyJ: number;
  /** Time in which the readings tell whether anything ran. */
  readonly knownMs: number;
}

/** Over a longer silence nothing is known. */
const longestSilenceMs = 5_000;
/** A run begins earlier than it is noticed: what was added up until then can be asked for so long. */
const rememberedMs = 60_000;
/** What is older goes together. */
const forgottenEveryMs = 10_000;
/** While nothing changes between work and rest, no more of them are kept: they would be a megabyte for eight GPUs. */
const apartMs = 500;

class Gpu {
  /** At the newest readings that tell; empty before the first. */
  readonly sums: IdleSums[] = [];
  powerW: number | null = null;
  /** At the moment since which nothing has run. */
  restingSince: IdleSums | null = null;
  #last: DeviceReading | null = null;
  /** Of the time up to the newest sums; null where that is not known. */
  #wasIdle: boolean | null = null;

  get newest(): IdleSums | null {
    return this.sums.at(-1) ?? null;
  }

  add(reading: DeviceReading): void {
    const { timeMs, powerW, utilization } = reading;
    const newest = this.newest ?? { timeMs: Number.NEGATIVE_INFINITY, idleMs: 0, energyJ: 0, knownMs: 0 };
    if (powerW !== undefined) this.powerW = powerW;
    // What does not say that it rests is not taken for idle.
    if (utilization === undefined && this.newest !== null) this.restingSince = { ...newest, timeMs };
    if (powerW === undefined || utilization === undefined || timeMs <= newest.timeMs) return;
    const last = this.#last;
    this.#last = reading;
    const passedMs = timeMs - newest.timeMs;
    const known = passedMs <= longestSilenceMs;
    // A moment that ends or begins with work is no rest.
    const idle = known && utilization === 0 && last?.utilization === 0;
    const sums = {
      timeMs,
      idleMs: newest.idleMs + (idle ? passedMs : 0),
      energyJ: newest.energyJ + (idle ? (((last?.powerW ?? 0) + powerW) / 2) * (passedMs / 1_000) : 0),
      knownMs: newest.knownMs + (known ? passedMs : 0),
    };
    const nature = known ? idle : null;
    const before = this.sums.at(-2);
    if (before !== undefined && nature === this.#wasIdle && timeMs - before.timeMs < apartMs) this.sums.pop();
    this.#wasIdle = nature;
    this.sums.push(sums);
    if (!idle) this.restingSince = sums;
    if ((this.sums[0]?.timeMs ?? timeMs) >= timeMs - rememberedMs - forgottenEveryMs) return;
    this.sums.splice(
      0,
      this.sums.findIndex((sum) => sum.timeMs >= timeMs - rememberedMs),
    );
  }
}

export class IdleMeters {
  readonly #gpus = new Map<string, Gpu>();

  take(groups: readonly ReadingGroup[]): void {
    for (const { readings } of groups)
      for (const reading of readings) {
        const gpu = this.#gpus.get(reading.uuid) ?? new Gpu();
        this.#gpus.set(reading.uuid, gpu);
        gpu.add(reading);
      }
  }

  /** At that time, or the nearest that is remembered; null for a GPU without readings. */
  upTo(uuid: string, timeMs: number): IdleSums | null {
    const sums = this.#gpus.get(uuid)?.sums ?? [];
    const at = sums.findLastIndex((sum) => sum.timeMs <= timeMs);
    const [before, after] = [sums[at], sums[at + 1]];
    if (before === undefined || after === undefined) return before ?? after ?? null;
    const share = (timeMs - before.timeMs) / (after.timeMs - before.timeMs);
    const between = (from: number, to: number): number => from + share * (to - from);
    return {
      timeMs,
      idleMs: between(before.idleMs, after.idleMs),
      energyJ: between(before.energyJ, after.energyJ),
      knownMs: between(before.knownMs, after.knownMs),
    };
  }

  newest(uuid: string): IdleSums | null {
    return this.#gpus.get(uuid)?.newest ?? null;
  }

  /** The sums at the moment since which nothing has run. */
  restingSince(uuid: string): IdleSums | null {
    return this.#gpus.get(uuid)?.restingSince ?? null;
  }

  /** The newest power of the GPU, watts. */
  powerW(uuid: string): number | null {
    return this.#gpus.get(uuid)?.powerW ?? null;
  }
}
