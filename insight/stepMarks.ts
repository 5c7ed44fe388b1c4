/**
 * Step counts with the energy at their moment. A mark waits until the meters have their final answer for it.
 * Memory is bounded: past the limit every other mark goes, which loses no joule and no step, only detail.
 */

import type { StepMark } from './ticks.ts';

const mostMarks = 65_536;

export interface StepMarks {
  add(count: number, timeMs: number): void;
  /** Gives energies to the marks up to `settledMs`. */
  settle(settledMs: number, energyAt: (timeMs: number) => number): void;
  /** Forgets everything: another progress line turned out to be the one that counts. */
  clear(): void;
  readonly lastCount: number;
  /** All marks; those still waiting get what is known now. */
  list(energyAt: (timeMs: number) => number): readonly StepMark[];
}

export function createStepMarks(): StepMarks {
  let settled: StepMark[] = [];
  let waiting: { readonly count: number; readonly timeMs: number }[] = [];
  let lastCount = 0;

  const thin = (): void => {
    if (settled.length < mostMarks) return;
    settled = settled.filter((_, index) => index % 2 === 0 || index === settled.length - 1);
  };

  return {
    add(count, timeMs) {
      const previous = waiting[waiting.length - 1];
      lastCount = count;
      // Counts seen in one piece of output share its time: the last one stands for all.
      if (previous !== undefined && previous.timeMs >= timeMs)
        waiting[waiting.length - 1] = { count, timeMs: previous.timeMs };
      else waiting.push({ count, timeMs });
    },
    settle(settledMs, energyAt) {
      let done = 0;
      for (const { count, timeMs } of waiting) {
        if (timeMs > settledMs) break;
        settled.push({ count, timeMs, energyJ: energyAt(timeMs) });
        done += 1;
      }
      if (done === 0) return;
      waiting.splice(0, done);
      thin();
    },
    clear() {
      settled = [];
      waiting = [];
      lastCount = 0;
    },
    get lastCount() {
      return lastCount;
    },
    list: (energyAt) => [
      ...settled,
      ...waiting.map(({ count, timeMs }) => ({ count, timeMs, energyJ: energyAt(timeMs) })),
    ],
  };
}
