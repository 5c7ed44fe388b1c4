/**
 * How late a step may have been seen. Steps are counted where their lines arrive, and a terminal that has little time
 * hands lines over in clumps: the first and the last of a window may each be late, and the window be too short or too
 * long by as much.
 */

/** A step count and the moment at which it was seen. */
export interface Arrival {
  readonly count: number;
  readonly timeMs: number;
}

/** More of the window than this, and its steps say too little: what limits differ by near the best is less. */
const mostShare = 0.03;

/**
 * How far arrivals stray from an even pace, milliseconds: by so much the time from the first to the last may be wrong.
 * Steps that take unevenly long stray as well, and leave as much open at the edges of the window. 0 for fewer than three.
 *
 * @param arrivals in order of count and time
 */
export function lateness(arrivals: readonly Arrival[]): number {
  const first = arrivals[0];
  const last = arrivals.at(-1);
  if (first === undefined || last === undefined || last.count <= first.count) return 0;
  const steps = last.count - first.count;
  const paceMs = (last.timeMs - first.timeMs) / steps;
  const strayed = stray(arrivals, first, paceMs);
  // The pace is wrong itself where an edge is late: the widest of those that the arrivals allow counts.
  const off = strayed / steps;
  return Math.max(strayed, stray(arrivals, first, paceMs - off), stray(arrivals, first, paceMs + off));
}

/** Whether the time of the steps is known well enough to compare limits by it. */
export const isSure = (arrivals: readonly Arrival[]): boolean => {
  const durationMs = (arrivals.at(-1)?.timeMs ?? 0) - (arrivals[0]?.timeMs ?? 0);
  return isNarrow(lateness(arrivals), durationMs);
};

/** Whether an uncertainty of so many milliseconds is little of the time that was measured. */
export const isNarrow = (latenessMs: number, durationMs: number): boolean =>
  latenessMs <= mostShare * durationMs;

/** Earliest to latest against a pace; an arrival that is neither lies between. */
function stray(arrivals: readonly Arrival[], first: Arrival, paceMs: number): number {
  let earliest = 0;
  let latest = 0;
  for (const { count, timeMs } of arrivals) {
    const late = timeMs - first.timeMs - (count - first.count) * paceMs;
    earliest = Math.min(earliest, late);
    latest = Math.max(latest, late);
  }
  return latest - earliest;
}
