/** The sensor of one device: what a driver would report of a queue's true power, and the counter it feeds. */

import { seeded, seededNormal } from './seededNoise.ts';
import { counterUpdateMs, type SensorClass } from './sensorClasses.ts';
import type { WorkQueue } from './workQueue.ts';

/** Spread of a single reading around the window's mean, watts. */
const noiseW = 1;
/** A card's own error is a gain and an offset, not noise; well inside the band that makers state. */
const largestGainError = 0.015;
const largestOffsetW = 1.5;

export class PowerSensor {
  readonly gain: number;
  readonly offsetW: number;
  readonly #queue: WorkQueue;
  readonly #kind: SensorClass;
  readonly #seed: number;
  /** Index of the last update whose value is known; update `n` happens at `n × updateMs`. */
  #update: number;
  #powerW = 0;
  /** Sum of sensed power over the updates so far, millijoules. */
  #sensedMj: number;
  #publishedMj: number;

  constructor(queue: WorkQueue, kind: SensorClass, seed: number, fromMs: number) {
    this.#queue = queue;
    this.#kind = kind;
    this.#seed = seed;
    this.gain = 1 + (2 * seeded(seed, 1) - 1) * largestGainError;
    this.offsetW = (2 * seeded(seed, 2) - 1) * largestOffsetW;
    // As if the driver had been loaded long ago.
    this.#sensedMj = Math.floor(1e9 * (1 + seeded(seed, 3)));
    this.#publishedMj = this.#sensedMj;
    this.#update = Math.floor((fromMs - kind.delayMs) / kind.updateMs) - 1;
    this.advance(fromMs);
  }

  /** The reported power, watts, in whole milliwatts. Repeats until the next update. */
  get powerW(): number {
    return this.#powerW;
  }

  /** The energy counter, whole millijoules. */
  get counterMj(): number {
    return this.#publishedMj;
  }

  /** Makes every update that a reader sees by this time. A value once made does not change any more. */
  advance(timeMs: number): void {
    const { updateMs, windowMs, delayMs } = this.#kind;
    const last = Math.floor((timeMs - delayMs) / updateMs);
    while (this.#update < last) {
      this.#update++;
      const toMs = this.#update * updateMs;
      const meanW = (this.#queue.energyJ({ fromMs: toMs - windowMs, toMs }) * 1000) / windowMs;
      const noise = noiseW * seededNormal(this.#seed, this.#update);
      const sensedW = Math.max(0, this.gain * meanW + this.offsetW + noise);
      this.#powerW = Math.round(sensedW * 1000) / 1000;
      this.#sensedMj += this.#powerW * updateMs;
      if (toMs % counterUpdateMs === 0) this.#publishedMj = Math.floor(this.#sensedMj);
    }
  }
}
