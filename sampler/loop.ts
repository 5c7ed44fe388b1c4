/** When the sampler does what: a tick at the wanted rate, a look at main threads in between, slower when nobody cares. */

import { roundPeriodMs } from './roundPeriod.ts';

export interface LoopParts {
  tick(): void;
  sampleHosts(): void;
  /** Whether anybody watches or a run lives. */
  active(): boolean;
  readonly hasRuns: () => boolean;
  /** Called when the rate changes, with ticks a second. */
  onRate(rateHz: number): void;
  /** A round that failed; the next one comes all the same. */
  onError(error: unknown): void;
}

const idleHz = 1;
/** 65 looks a second: fine enough to tell loading from sleeping within a step. */
const hostSampleMs = 15;

export class SamplerLoop {
  readonly #parts: LoopParts;
  #rateHz: number;
  #currentHz = 0;
  #timer: NodeJS.Timeout | undefined;
  #hostTimer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  constructor(parts: LoopParts, rateHz: number) {
    this.#parts = parts;
    this.#rateHz = rateHz;
  }

  /** Readings a second while anybody watches, 1–20. */
  setRate(rateHz: number): void {
    this.#rateHz = Math.min(20, Math.max(1, rateHz));
    this.#schedule(0);
  }

  start(): void {
    this.#nextMs = performance.now();
    this.#round();
  }

  /** Something has begun that must not wait for the next idle tick. */
  wake(): void {
    if (this.#currentHz === idleHz) this.#round();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#hostTimer);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#round(), delayMs);
  }

  #round(): void {
    clearTimeout(this.#timer);
    const rateHz = this.#parts.active() ? this.#rateHz : idleHz;
    if (rateHz !== this.#currentHz) {
      this.#currentHz = rateHz;
      this.#parts.onRate(rateHz);
    }
    try {
      this.#parts.tick();
    } catch (error) {
      // One bad round must not end the measurement of every run.
      this.#parts.onError(error);
    }
    this.#watchHosts();
    const periodMs = roundPeriodMs(rateHz);
    const nowMs = performance.now();
    // A round that came late does not make the next ones come in a bunch.
    this.#nextMs = Math.max(this.#nextMs + periodMs, nowMs);
    if (this.#nextMs > nowMs + periodMs) this.#nextMs = nowMs + periodMs;
    this.#schedule(this.#nextMs - nowMs);
  }

  #watchHosts(): void {
    if (this.#parts.hasRuns()) this.#hostTimer ??= setInterval(() => this.#parts.sampleHosts(), hostSampleMs);
    else {
      clearInterval(this.#hostTimer);
      this.#hostTimer = undefined;
    }
  }
}
