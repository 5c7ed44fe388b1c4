/** One progress line's count, carried over its restarts: a bar that begins again at every epoch goes on counting. */

import type { StepUnit } from '../../contracts/runs.ts';
import type { Sight } from './sight.ts';

/** A pause longer than this does not speak for the line. */
const longestPauseMs = 10_000;

export interface StepTrack {
  /** Returns the new count, or null when the line says nothing new. */
  see(sight: Sight, timeMs: number): number | null;
  /** From now on the line's last so many counts are not steps: it counts its validation as well. */
  leaveOut(counts: number): void;
  readonly unit: StepUnit;
  readonly count: number;
  readonly sights: number;
  /** Time during which the line moved, milliseconds. */
  readonly movedMs: number;
  /** Steps it announces over all epochs; null when it does not say. */
  readonly total: number | null;
  /** The line's own count and total, as it printed them last. */
  readonly newest: Sight | null;
}

export function createStepTrack(unit: StepUnit): StepTrack {
  let before = 0;
  let newest: Sight | null = null;
  let last: Sight | null = null;
  let lastMs = 0;
  let stride = 1;
  let sights = 0;
  let movedMs = 0;
  let leftOut = 0;
  let offset = 0;

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
  /** Its count without what is left out, or for a rate what that amounts to by now. */
  const counted = (sight: Sight, timeMs: number): Sight => {
    if (sight.rate !== null) {
      const sinceMs = last === null ? 0 : timeMs - lastMs;
      return { ...sight, done: (last?.done ?? 0) + (sight.rate * sinceMs) / 1000 };
    }
    const total = sight.total === null ? null : sight.total - leftOut;
    return { ...sight, total, done: Math.min(sight.done + offset, total ?? Number.POSITIVE_INFINITY) };
  };

  return {
    unit,
    see(sight, timeMs) {
      // Epochs are told when they end: one numbered 0 is the first done.
      if (last === null && unit === 'epoch' && sight.done === 0 && sight.total === null) offset = 1;
      newest = sight;
      const now = counted(sight, timeMs);
      const reached = last === null ? -1 : before + last.done;
      if (last !== null) {
        if (restarts(last, now)) before += length(last);
        else if (now.done <= last.done) return null;
        else stride = now.done - last.done;
        movedMs += Math.min(longestPauseMs, timeMs - lastMs);
      }
      last = now;
      lastMs = timeMs;
      sights += 1;
      return before + now.done > reached ? before + now.done : null;
    },
    leaveOut(counts) {
      leftOut = counts;
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
    get newest() {
      return newest;
    },
  };
}
