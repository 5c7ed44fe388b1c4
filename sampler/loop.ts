/** When the sampler does what: a tick at the wanted rate, a look at main threads in between, slower when nobody cares. */

import { roundPeriodMs } from './roundPeriod.ts';

export interface LoopParts {
  tick(): void;
  /** A look at main threads in between; the rounds have their own. */
  sampleHosts(): void;
  /** Whether there is anything to see in between. */
  readonly wantsCloseLooks: () => boolean;
  /** Whether anybody watches or a run lives. */
  active(): boolean;
  readonly hasRuns: () => boolean;
  /** Called when the rate changes, with ticks a second. */
  onRate(rateHz: number): void;
  /** A round that failed; the next one comes all the same. */
  onError(error: unknown): void;
}

const idleHz = 1;
/** 60 looks a second: fine enough to tell loading from sleeping within a step. */
const closeLookMs = 1000 / 60;
/** What a main thread did between looks further apart is not known. */
const seldomLookMs = 250;
/** Timers count whole milliseconds and may fire one early. */
const earlyMs = 1;

export class SamplerLoop {
  readonly #parts: LoopParts;
  #rateHz: number;
  #currentHz = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextRoundMs = 0;
  #nextLookMs = Number.POSITIVE_INFINITY;

  constructor(parts: LoopParts, rateHz: number) {
    this.#parts = parts;
    this.#rateHz = rateHz;
  }

  /** Readings a second while anybody watches, 1–20. */
  setRate(rateHz: number): void {
    this.#rateHz = Math.min(20, Math.max(1, rateHz));
    this.#nextRoundMs = performance.now();
    this.#sleep();
  }

  start(): void {
    this.#nextRoundMs = performance.now();
    this.#wakeUp();
  }

  /** Something has begun that must not wait for the next idle tick. */
  wake(): void {
    if (this.#currentHz !== idleHz) return;
    this.#nextRoundMs = performance.now();
    this.#wakeUp();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** One timer for rounds and looks: a look that falls together with a round costs no waking of its own. */
  #sleep(): void {
    clearTimeout(this.#timer);
    const untilMs = Math.min(this.#nextRoundMs, this.#nextLookMs);
    this.#timer = setTimeout(() => this.#wakeUp(), Math.max(1, untilMs - performance.now()));
  }

  #wakeUp(): void {
    const nowMs = performance.now();
    if (nowMs >= this.#nextRoundMs - earlyMs) this.#round();
    else this.#guarded(() => this.#parts.sampleHosts());
    this.#planLook();
    this.#sleep();
  }

  #round(): void {
    const rateHz = this.#parts.active() ? this.#rateHz : idleHz;
    if (rateHz !== this.#currentHz) {
      this.#currentHz = rateHz;
      this.#parts.onRate(rateHz);
    }
    this.#guarded(() => this.#parts.tick());
    const periodMs = roundPeriodMs(rateHz);
    const nowMs = performance.now();
    // A round that came late does not make the next ones come in a bunch.
    this.#nextRoundMs = Math.min(Math.max(this.#nextRoundMs + periodMs, nowMs), nowMs + periodMs);
  }

  /** Spreads the looks evenly over the time to the next round. */
  #planLook(): void {
    this.#nextLookMs = Number.POSITIVE_INFINITY;
    if (!this.#parts.hasRuns()) return;
    const nowMs = performance.now();
    const leftMs = this.#nextRoundMs - nowMs;
    const everyMs = this.#parts.wantsCloseLooks() ? closeLookMs : seldomLookMs;
    const looks = Math.round(leftMs / everyMs);
    if (looks > 1) this.#nextLookMs = nowMs + leftMs / looks;
  }

  /** One bad round must not end the measurement of every run. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.onError(error);
    }
  }
}
