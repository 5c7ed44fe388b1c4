/**
 * An energy counter that is read again and again: its joules without the wraps, and the power between two changes.
 * What cannot be told apart from a wrap or a reset starts anew at 0, so that a reader sees a reset, never a guess.
 */

export interface RisingCounterOptions {
  /** Joules after which the hardware starts at 0 again; null when it does not. */
  readonly wrapsAtJ: number | null;
  /** More than the device can ever draw, watts. */
  readonly highestW: number;
}

export interface CounterStep {
  readonly energyJ: number;
  /** Mean over the time since the counter's last change; undefined while that is not known. */
  readonly powerW: number | undefined;
}

/** A counter that stood still for so long has a device that draws nothing worth a change. */
const stillMs = 2_000;
/** Refreshes of the hardware and our reads do not fall together. */
const jitterMs = 5;

export class RisingCounter {
  readonly #options: RisingCounterOptions;
  #lastJ: number | undefined;
  #changedMs = 0;
  #readMs = 0;
  #sumJ = 0;
  #powerW: number | undefined;
  #suspected: { readonly timeMs: number; readonly valueJ: number } | undefined;

  constructor(options: RisingCounterOptions) {
    this.#options = options;
  }

  /**
   * Undefined for a value that no device can have reached. It is left out; when the next one agrees with it the
   * counter has been reset and starts anew, else it was a glitch and the counting goes on from before.
   */
  add(timeMs: number, valueJ: number): CounterStep | undefined {
    const { wrapsAtJ, highestW } = this.#options;
    const lastJ = this.#lastJ;
    if (lastJ === undefined) return this.#restart(timeMs, valueJ);
    const elapsedMs = timeMs - this.#changedMs + jitterMs;
    const mostJ = (highestW * elapsedMs) / 1000;
    // After so long it may have wrapped unseen, once or more.
    if (wrapsAtJ !== null && mostJ >= wrapsAtJ && timeMs - this.#readMs > stillMs)
      return this.#restart(timeMs, valueJ);
    let stepJ = valueJ - lastJ;
    if (stepJ < 0 && wrapsAtJ !== null && stepJ + wrapsAtJ <= mostJ) stepJ += wrapsAtJ;
    if (stepJ < 0 || stepJ > mostJ) return this.#suspect(timeMs, valueJ);
    this.#suspected = undefined;
    this.#readMs = timeMs;
    if (stepJ > 0) {
      this.#powerW = (stepJ * 1000) / (timeMs - this.#changedMs);
      this.#sumJ += stepJ;
      this.#lastJ = valueJ;
      this.#changedMs = timeMs;
    } else if (timeMs - this.#changedMs > stillMs) this.#powerW = 0;
    return { energyJ: this.#sumJ, powerW: this.#powerW };
  }

  #suspect(timeMs: number, valueJ: number): CounterStep | undefined {
    const before = this.#suspected;
    this.#suspected = { timeMs, valueJ };
    if (before === undefined) return undefined;
    const stepJ = valueJ - before.valueJ;
    const mostJ = (this.#options.highestW * (timeMs - before.timeMs + jitterMs)) / 1000;
    return stepJ >= 0 && stepJ <= mostJ ? this.#restart(timeMs, valueJ) : undefined;
  }

  #restart(timeMs: number, valueJ: number): CounterStep {
    this.#lastJ = valueJ;
    this.#changedMs = timeMs;
    this.#readMs = timeMs;
    this.#sumJ = 0;
    this.#powerW = undefined;
    this.#suspected = undefined;
    return { energyJ: 0, powerW: undefined };
  }
}
