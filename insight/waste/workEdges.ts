/**
 * When the first and the last kernel really ran. Utilisation shows work up to two seconds late and goes on
 * showing it after its end; a sharp power value rises and falls at the moment itself.
 */

import { utilizationWindowMs } from '../idle/idleTime.ts';

/** Utilisation is at most so late: its own window, and the wait for the next one. */
const latestMs = 2.2 * utilizationWindowMs;
/** Where power cannot tell: the mean of how late work is seen to begin and to end. */
export const usuallyLateMs = { begin: utilizationWindowMs / 2, end: 1.5 * utilizationWindowMs };
/** Power this far above the idle level is work. */
const riseFactor = 1.15;
const riseW = 3;

export interface EdgeKnowledge {
  /** A power reading is the mean of about 0.1 s or less, not of a second. */
  readonly sharpPower: boolean;
  /** Draw with a context open and no kernel; null when not known. */
  idleW(): number | null;
}

interface Reading {
  readonly timeMs: number;
  readonly powerW: number;
}

/** Whether a power reading shows work; null where power cannot tell. */
export function workTest({
  sharpPower,
  idleW,
}: EdgeKnowledge): ((reading: { readonly powerW: number }) => boolean) | null {
  const levelW = sharpPower ? idleW() : null;
  return levelW === null ? null : ({ powerW }) => powerW > levelW * riseFactor + riseW;
}

export interface WorkEdges {
  /** `busy`: utilisation shows work at this reading. */
  add(timeMs: number, powerW: number | undefined, busy: boolean): void;
  /** When work was first seen in the utilisation; NaN before. */
  readonly firstSeenMs: number;
  /** When the first kernel began, as far as can be told. */
  beginMs(): number;
  /** When the last kernel so far ended. */
  endMs(): number;
}

const since = (readings: readonly Reading[], timeMs: number): Reading[] =>
  readings.filter((reading) => reading.timeMs >= timeMs);

export function createWorkEdges(knowledge: EdgeKnowledge): WorkEdges {
  let opening: Reading[] = [];
  let recent: Reading[] = [];
  let firstSeenMs = Number.NaN;
  let lastSeenMs = Number.NaN;

  return {
    add(timeMs, powerW, busy) {
      if (busy) {
        if (Number.isNaN(firstSeenMs)) firstSeenMs = timeMs;
        lastSeenMs = timeMs;
      }
      if (powerW === undefined || !knowledge.sharpPower) return;
      if (Number.isNaN(firstSeenMs) || timeMs === firstSeenMs)
        opening = [...since(opening, timeMs - latestMs), { timeMs, powerW }];
      if (!busy) return;
      recent.push({ timeMs, powerW });
      if ((recent[0]?.timeMs ?? timeMs) < timeMs - 2 * latestMs) recent = since(recent, timeMs - latestMs);
    },
    get firstSeenMs() {
      return firstSeenMs;
    },
    beginMs() {
      const isWork = workTest(knowledge);
      if (isWork === null) return firstSeenMs - usuallyLateMs.begin;
      return opening.find(isWork)?.timeMs ?? firstSeenMs;
    },
    endMs() {
      const isWork = workTest(knowledge);
      const last = isWork === null ? undefined : recent.findLast(isWork);
      const known = last !== undefined && last.timeMs >= lastSeenMs - latestMs;
      return known ? last.timeMs : lastSeenMs - usuallyLateMs.end;
    },
  };
}
