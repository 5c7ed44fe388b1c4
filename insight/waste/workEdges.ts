/**
 * When the first and the last kernel really ran. Utilisation shows work up to two seconds late and goes on
 * showing it after its end; a sharp power value rises and falls at the moment itself.
 */

/** Utilisation is at most so late: its own window, and the wait for the next one. */
const latestMs = 2200;
/** Power this far above the idle level is work. */
const riseFactor = 1.15;
const riseW = 3;

interface Reading {
  readonly timeMs: number;
  readonly powerW: number;
}

export interface WorkEdges {
  /** `busy`: utilisation shows work at this reading. */
  add(timeMs: number, powerW: number | undefined, busy: boolean): void;
  /** How much earlier work began than it was seen, and how much earlier it ended; null where power cannot tell. */
  early(idleW: number | null): { readonly beginMs: number; readonly endMs: number } | null;
}

const drop = (readings: readonly Reading[], beforeMs: number): Reading[] =>
  readings.filter(({ timeMs }) => timeMs >= beforeMs);

/** `sharpPower`: a power reading is the mean of about 0.1 s or less, not of a second. */
export function createWorkEdges(sharpPower: boolean): WorkEdges {
  let opening: Reading[] = [];
  let recent: Reading[] = [];
  let firstSeenMs = Number.NaN;
  let lastSeenMs = Number.NaN;

  return {
    add(timeMs, powerW, busy) {
      if (!sharpPower) return;
      if (busy) {
        if (Number.isNaN(firstSeenMs)) firstSeenMs = timeMs;
        lastSeenMs = timeMs;
      }
      if (powerW === undefined) return;
      if (Number.isNaN(firstSeenMs) || timeMs === firstSeenMs)
        opening = [...drop(opening, timeMs - latestMs), { timeMs, powerW }];
      if (!busy) return;
      recent.push({ timeMs, powerW });
      if ((recent[0]?.timeMs ?? timeMs) < timeMs - 2 * latestMs) recent = drop(recent, timeMs - latestMs);
    },
    early(idleW) {
      if (!sharpPower || idleW === null || Number.isNaN(firstSeenMs)) return null;
      const isWork = ({ powerW }: Reading): boolean => powerW > idleW * riseFactor + riseW;
      // From the rear: an opening context may have drawn more for a moment, long before the first kernel.
      const lull = opening.findLastIndex((reading) => !isWork(reading));
      const first = opening[lull + 1];
      const last = recent.findLast(isWork);
      if (last === undefined || last.timeMs < lastSeenMs - latestMs) return null;
      return {
        beginMs: first === undefined ? 0 : firstSeenMs - first.timeMs,
        endMs: lastSeenMs - last.timeMs,
      };
    },
  };
}
