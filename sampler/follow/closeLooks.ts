/**
 * Whether a main thread is worth a look every few hundredths of a second. How long it ran and waited the kernel counts,
 * so seldom looks tell that as well; only the reads of loading have to be seen one by one. Each look wakes the
 * processor, which costs more than the look.
 */

import type { MainThreadSample } from '../processes/mainThread.ts';

/** After the last read; the steps of a run that loads are closer than this. */
const closeForMs = 3_000;

export class CloseLooks {
  #reads: number | null = null;
  #untilMs = Number.NEGATIVE_INFINITY;
  wanted = true;

  note({ timeMs, readyMs, readCalls }: MainThreadSample): void {
    // A thread that is met newly may have been reading.
    if (this.#untilMs === Number.NEGATIVE_INFINITY || readCalls !== this.#reads)
      this.#untilMs = timeMs + closeForMs;
    this.#reads = readCalls;
    this.wanted = readyMs === null || timeMs < this.#untilMs;
  }
}
