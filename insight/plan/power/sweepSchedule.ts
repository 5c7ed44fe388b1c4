/**
 * When a sweep goes on to the next limit. It counts the run's own steps, in whatever portions the program prints them,
 * and knows neither hardware nor clock.
 */

export interface SweepNeeds {
  readonly limitsW: readonly number[];
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
}

/** Fewer milliseconds of measured steps say little: energy counters move ten times a second. */
const leastMeasuredMs = 2_000;
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
  #warmAtMs: number | null = null;
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
      if (this.#warmAtMs === null && this.steps >= this.#needs.warmUpSteps) this.#warmAtMs = timeMs;
    }
    if (nowMs - this.#lastStepMs > stalledAfterMs) return { kind: 'stalled' };
    const enough =
      this.steps >= this.stepsWanted && this.#warmAtMs !== null && timeMs - this.#warmAtMs >= leastMeasuredMs;
    return enough ? this.#goOn(count, nowMs) : wait;
  }

  #goOn(count: number, nowMs: number): SweepMove {
    this.#index += 1;
    this.#firstCount = null;
    this.#warmAtMs = null;
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
