/** Readings of a run that wait for the host side of their interval. Times are the run's. */

import type { DeviceReading } from '../sources/source.ts';

/** A tick waits so long at most for the host shares of its interval. */
const longestShareWaitMs = 700;

export interface QueuedReadings {
  readonly timeMs: number;
  readonly readings: readonly DeviceReading[];
}

export class ReadingQueue {
  readonly #waiting: QueuedReadings[] = [];

  /** Of the newest that waits. */
  get newestMs(): number | undefined {
    return this.#waiting.at(-1)?.timeMs;
  }

  add(next: QueuedReadings): void {
    this.#waiting.push(next);
  }

  /** The oldest whose host side is known up to `settledMs`, or has been waited for long enough; with `all`, the oldest. */
  take(runMs: number, settledMs: number, all: boolean): QueuedReadings | undefined {
    const next = this.#waiting[0];
    if (next === undefined) return undefined;
    const waits = next.timeMs > settledMs && runMs - next.timeMs < longestShareWaitMs;
    return waits && !all ? undefined : this.#waiting.shift();
  }
}
