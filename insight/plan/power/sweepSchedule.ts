/**
 * When a sweep goes on to the next limit. It counts the run's own steps, in whatever portions the program prints them,
 * and knows neither hardware nor clock.
 */

import { type Arrival, isSure } from './arrival.ts';

export interface SweepNeeds {
  readonly limitsW: readonly number[];
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
}

/** Fewer milliseconds of measured steps say little: energy counters move ten times a second. */
const leastMeasuredMs = 2_000;
/** Times at which steps were seen, after the one that ends the warm-up. */
const leastMarks = 2;
/** A limit whose steps come in clumps stands so many times as long at most; its figures then say how wide they are. */
const longestHold = 4;
/** Without a step for so long the program does something else. */
const stalledAfterMs = 120_000;

export type SweepMove =
  | { readonly kind: 'set'; readonly limitW: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' }
  | { readonly kind: 'stalled' };

const wait: SweepMove = { kind: 'wait' };

export class SweepSchedule {
  readonly #needs: SweepNeeds;
  #index = -1;
  /** The first count seen under the limit; null until one was. */
  #firstCount: number | null = null;
  /** What was seen from the end of the warm-up on. */
  #warm: Arrival[] = [];
  /** How long the steps had been measured when they were as many as wanted; null before. */
  #wantedMs: number | null = null;
  #lastCount = 0;
  #lastStepMs = 0;

  constructor(needs: SweepNeeds) {
    this.#needs = needs;
  }

  /** Limits that are measured. */
  get done(): number {
    return Math.max(0, this.#index);
  }

  get limitW(): number | null {
    return this.#needs.limitsW[this.#index] ?? null;
  }

  /** Steps under the limit so far. */
  get steps(): number {
    return this.#firstCount === null ? 0 : this.#lastCount - this.#firstCount;
  }

  get stepsWanted(): number {
    return this.#needs.warmUpSteps + this.#needs.measuredSteps;
  }

  /**
   * @param count the run's newest step count
   * @param timeMs when it was reached, on the run's clock; `nowMs` on the same
   */
  next(count: number, timeMs: number, nowMs: number): SweepMove {
    if (this.#index < 0) return this.#goOn(count, nowMs);
    if (count > this.#lastCount) {
      this.#lastStepMs = nowMs;
      // The step under way when the limit was set belongs to neither: counting begins with the next.
      this.#firstCount ??= count;
      this.#lastCount = count;
      if (this.steps >= this.#needs.warmUpSteps) this.#warm.push({ count, timeMs });
    }
    if (nowMs - this.#lastStepMs > stalledAfterMs) return { kind: 'stalled' };
    return this.#measuredEnough() ? this.#goOn(count, nowMs) : wait;
  }

  /** A terminal that falls behind hands over hundreds of steps at once: such a jump is no measurement. */
  #measuredEnough(): boolean {
    const first = this.#warm[0];
    const last = this.#warm.at(-1);
    if (first === undefined || last === undefined || this.#warm.length <= leastMarks) return false;
    const measuredMs = last.timeMs - first.timeMs;
    if (last.count - first.count < this.#needs.measuredSteps || measuredMs < leastMeasuredMs) return false;
    this.#wantedMs ??= measuredMs;
    return isSure(this.#warm) || measuredMs >= longestHold * this.#wantedMs;
  }

  #goOn(count: number, nowMs: number): SweepMove {
    this.#index += 1;
    this.#firstCount = null;
    this.#warm = [];
    this.#wantedMs = null;
    this.#lastCount = count;
    this.#lastStepMs = nowMs;
    const limitW = this.limitW;
    return limitW === null ? { kind: 'done' } : { kind: 'set', limitW };
  }
}

/** From the highest down in strides; the lowest is always among them. */
export function sweptLimits(leastW: number, mostW: number, strideW: number): readonly number[] {
  const limits: number[] = [];
  for (let limitW = mostW; limitW > leastW; limitW -= strideW) limits.push(limitW);
  return [...limits, leastW];
}
