/** One progress line's count, carried over its restarts: a bar that begins again at every epoch goes on counting. */

import type { Sight } from './formats.ts';

/** A pause longer than this does not speak for the line. */
const longestPauseMs = 10_000;

export interface StepTrack {
  /** Returns the new count, or null when the line says nothing new. */
  see(sight: Sight, timeMs: number): number | null;
  readonly count: number;
  readonly sights: number;
  /** Time during which the line moved, milliseconds. */
  readonly movedMs: number;
  /** Steps it announces over all epochs; null when it does not say. */
  readonly total: number | null;
}

export function createStepTrack(): StepTrack {
  let before = 0;
  let last: Sight | null = null;
  let lastMs = 0;
  let stride = 1;
  let sights = 0;
  let movedMs = 0;

  const restarts = (previous: Sight, sight: Sight): boolean => {
    const newEpoch = sight.epoch !== null && previous.epoch !== null && sight.epoch > previous.epoch;
    if (newEpoch) return sight.done <= previous.done;
    // A slightly smaller count is another rank's line, or an old one printed again.
    return sight.done <= previous.done / 2 && sight.done < previous.done;
  };
  const length = (previous: Sight): number => {
    // The last lines of an epoch are often not printed: a total that was nearly reached was reached.
    const total = previous.total;
    const nearlyDone = total !== null && total - previous.done <= Math.max(stride, total * 0.1);
    return total !== null && nearlyDone ? total : previous.done;
  };

  return {
    see(sight, timeMs) {
      const counted = last === null ? -1 : before + last.done;
      if (last !== null) {
        if (restarts(last, sight)) before += length(last);
        else if (sight.done <= last.done) return null;
        else stride = sight.done - last.done;
        movedMs += Math.min(longestPauseMs, timeMs - lastMs);
      }
      last = sight;
      lastMs = timeMs;
      sights += 1;
      return before + sight.done > counted ? before + sight.done : null;
    },
    get count() {
      return before + (last?.done ?? 0);
    },
    get sights() {
      return sights;
    },
    get movedMs() {
      return movedMs;
    },
    get total() {
      if (last?.total == null) return null;
      if (last.epochs !== null) return last.epochs * last.total;
      return before === 0 ? last.total : null;
    },
  };
}
