/** Work of one GPU, second by second on the run's clock: what GPUs of one run are held side by side with. */

export const cellMs = 1000;
/** So many seconds are remembered: an hour and a bit. */
const kept = 4096;
/** So late a reading may still tell of a cell. */
export const settledAfterMs = 2500;

export interface BusyCells {
  /** Work of so many milliseconds, told of a moment, by a reading that stands for an interval. */
  add(toldMs: number, busyMs: number, reading: CellReading): void;
  /** Milliseconds in the cells from one to before the other. */
  sum(from: number, to: number): CellSum;
}

export interface CellReading {
  readonly fromMs: number;
  readonly toMs: number;
  /** Work of the interval while heat or hardware held the clocks. */
  readonly slowedMs: number;
}

export interface CellSum {
  readonly busyMs: number;
  /** Time with readings. */
  readonly knownMs: number;
  readonly slowedMs: number;
}

export function createBusyCells(): BusyCells {
  const busy = new Float64Array(kept);
  const known = new Float64Array(kept);
  const slowed = new Float64Array(kept);
  let newest = -1;

  const reach = (cell: number): void => {
    if (cell - newest > kept) newest = cell - kept;
    while (newest < cell) {
      newest += 1;
      busy[newest % kept] = 0;
      known[newest % kept] = 0;
      slowed[newest % kept] = 0;
    }
  };
  const put = (into: Float64Array, cell: number, ms: number): void => {
    if (cell < 0 || cell <= newest - kept) return;
    reach(cell);
    into[cell % kept] = (into[cell % kept] ?? 0) + ms;
  };

  return {
    add(toldMs, busyMs, { fromMs, toMs, slowedMs }) {
      if (slowedMs > 0) put(slowed, Math.floor(toMs / cellMs), slowedMs);
      if (busyMs > 0) put(busy, Math.floor(toldMs / cellMs), busyMs);
      for (let cell = Math.floor(fromMs / cellMs); cell * cellMs < toMs; cell += 1)
        put(known, cell, Math.min(toMs, (cell + 1) * cellMs) - Math.max(fromMs, cell * cellMs));
    },
    sum(from, to) {
      let busyMs = 0;
      let knownMs = 0;
      let slowedMs = 0;
      for (let cell = Math.max(from, newest - kept + 1, 0); cell < to && cell <= newest; cell += 1) {
        busyMs += busy[cell % kept] ?? 0;
        knownMs += known[cell % kept] ?? 0;
        slowedMs += slowed[cell % kept] ?? 0;
      }
      return { busyMs, knownMs, slowedMs };
    },
  };
}
