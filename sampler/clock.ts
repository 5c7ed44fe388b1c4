/**
 * The sampler's clocks. Sources stamp with the monotonic clock; everything stored uses the sampler's own time:
 * wall clock as it stood at one anchor, carried on by a clock that never steps back and that runs on through sleep.
 */

import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** What the clock reads; tests put their own in its place. */
export interface TimeSources {
  /** Monotonic, milliseconds. On Linux it stops while the machine sleeps. */
  monotonicMs(): number;
  wallMs(): number;
  /** Milliseconds since boot, sleep included. */
  bootMs(): number;
  /** Names this boot of the machine. */
  bootId(): string;
}

/**
 * The machine's monotonic clock at the zero of `performance.now()`, which is the same clock: looked at some times, since a
 * crowded machine may do something else between the two readings, which makes it too early.
 */
const startedMs = Math.max(
  ...Array.from({ length: 5 }, () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6 - performance.now();
  }),
);

export const machineTime: TimeSources = {
  // Some thousand readings a second: the other forms make a list or a big integer each time.
  monotonicMs: () => startedMs + performance.now(),
  wallMs: () => Date.now(),
  bootMs: () => {
    if (process.platform !== 'linux') return uptime() * 1000;
    return Number(readFileSync('/proc/uptime', 'utf8').split(' ', 1)[0]) * 1000;
  },
  bootId: () => {
    if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `boot-${Math.round((Date.now() - uptime() * 1000) / 60_000)}`;
  },
};

/** Anchor that a later sampler of the same boot takes over, so that a resumed run keeps its clock. */
export interface ClockAnchor {
  readonly bootId: string;
  /** Sampler time minus the monotonic clock, milliseconds. */
  readonly offsetMs: number;
}

/** Steps smaller than this are clock discipline, not sleep. */
const shortestSleepMs = 1000;

export class SamplerClock {
  readonly #time: TimeSources;
  readonly bootId: string;
  #offsetMs: number;
  #wallMinusMonotonicMs: number;
  #bootMinusMonotonicMs: number;

  /**
   * @param earlier the anchor of the sampler before this one, if there was one
   * @param lastStoredMs newest time in the store: new samples never lie before it
   */
  constructor(time: TimeSources, earlier: ClockAnchor | null, lastStoredMs = 0) {
    this.#time = time;
    this.bootId = time.bootId();
    const monotonicMs = time.monotonicMs();
    const wallMs = time.wallMs();
    this.#wallMinusMonotonicMs = wallMs - monotonicMs;
    this.#bootMinusMonotonicMs = time.bootMs() - monotonicMs;
    const continued = earlier !== null && earlier.bootId === this.bootId;
    const nowMs = continued ? monotonicMs + earlier.offsetMs : Math.max(wallMs, lastStoredMs + 1);
    // Sleep between the two samplers is not in the earlier offset; the wall clock knows about it.
    const behindMs = wallMs - nowMs;
    this.#offsetMs = nowMs - monotonicMs + (continued && behindMs > 60_000 ? behindMs : 0);
  }

  /** Sampler time now, milliseconds since 1970 as far as the wall clock was right at the anchor. */
  nowMs(): number {
    return this.#time.monotonicMs() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#time.monotonicMs();
  }

  wallMs(): number {
    return this.#time.wallMs();
  }

  /** Sampler time of a monotonic stamp. */
  fromMonotonic(monotonicMs: number): number {
    return monotonicMs + this.#offsetMs;
  }

  anchor(): ClockAnchor {
    return { bootId: this.bootId, offsetMs: this.#offsetMs };
  }

  /**
   * Call once a tick. Returns how long the machine slept since the last call (0 for none) and carries sampler
   * time over it. A step of the wall clock alone is not sleep and changes nothing.
   */
  noticeSleep(): number {
    const monotonicMs = this.#time.monotonicMs();
    const difference = this.#time.wallMs() - monotonicMs;
    const stepMs = difference - this.#wallMinusMonotonicMs;
    if (Math.abs(stepMs) < shortestSleepMs) return 0;
    this.#wallMinusMonotonicMs = difference;
    const bootDifference = this.#time.bootMs() - monotonicMs;
    const sleptMs = bootDifference - this.#bootMinusMonotonicMs;
    if (sleptMs < shortestSleepMs) return 0;
    this.#bootMinusMonotonicMs = bootDifference;
    this.#offsetMs += sleptMs;
    return sleptMs;
  }
}
