/**
 * Whether a main thread is worth a look every few hundredths of a second. How long it ran and waited the kernel counts,
 * so seldom looks tell that as well; only the reads of loading have to be seen one by one. Each look wakes the
 * processor, which costs more than the look: once it has been seen for a while what a read takes, that is only looked at
 * again now and then, and what is read in between is counted.
 */

import type { MainThreadSample } from '../processes/mainThread.ts';

/** After the last read; the steps of a run that loads are closer than this. */
const closeForMs = 3_000;
/** A thread that reads is first looked at closely for so long. */
const learnMs = 10_000;
/** Then for a second at a time, at least until it was seen to read, with uneven times between: its steps are even. */
const againForMs = 1_000;
const againReads = 20;
const apartMs = [3_100, 5_300, 4_200, 6_100, 3_700];

export class CloseLooks {
  #reads: number | null = null;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Time looked at closely since the thread was met, while it read. */
  #learntMs = 0;
  #lastMs = Number.NaN;
  #turn = 0;
  #turnSinceMs = 0;
  #turnReads = 0;
  #apart = false;
  wanted = true;

  note({ timeMs, readyMs, readCalls }: MainThreadSample): void {
    const read = readCalls !== this.#reads;
    // A thread that is met newly may have been reading.
    if (this.#untilMs === Number.NEGATIVE_INFINITY || read) this.#untilMs = timeMs + closeForMs;
    if (this.#reads !== null && readCalls !== null) this.#turnReads += readCalls - this.#reads;
    this.#reads = readCalls;
    const reading = timeMs < this.#untilMs;
    if (this.wanted && reading && !Number.isNaN(this.#lastMs)) this.#learntMs += timeMs - this.#lastMs;
    this.#lastMs = timeMs;
    this.#takeTurns(timeMs);
    this.wanted = readyMs === null || (reading && !this.#apart);
  }

  #takeTurns(timeMs: number): void {
    if (this.#learntMs < learnMs) return;
    const passedMs = timeMs - this.#turnSinceMs;
    if (this.#apart) {
      if (passedMs < (apartMs[this.#turn % apartMs.length] ?? 0)) return;
      this.#turn += 1;
    } else if (passedMs < againForMs || (this.#turnReads < againReads && passedMs < closeForMs)) return;
    this.#apart = !this.#apart;
    this.#turnSinceMs = timeMs;
    this.#turnReads = 0;
  }
}
