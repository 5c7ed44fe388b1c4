/**
 * How full one GPU was while it worked: by power, since utilisation counts a kernel that fills a tenth of it as work.
 *
 * Fill is the share of the way from the idle power to the power limit. The part of the GPU that is not filled draws its
 * share of the standing power for nothing.
 */

import { type BusyCells, cellMs, settledAfterMs } from './busyCells.ts';
import { createStretches } from './stretches.ts';

/** Looked at together: shorter ones would show single steps, and how late utilisation is. */
const cellsTogether = 3;
/** The GPU has work nearly all the time: where it has not, that is the larger waste. */
const busyEnough = 0.9;
/** A single second of it: utilisation tells of work up to half a second before or after it. */
const busyEnoughAlone = 0.75;
const knownEnough = 0.8;
/** After a hole only the last of it is looked at. */
const longestWaitMs = 60_000;
/** Below this fill the GPU is barely loaded. Memory-bound work draws more. */
const lowFill = 0.3;
/** Clocks held down for more of the work than this explain a low power. */
const slowedShare = 0.2;

export interface LowLoad {
  /** Time of work with low fill, milliseconds. */
  readonly busyMs: number;
  /** The unfilled share of it. */
  readonly unfilledMs: number;
  /** Mean power meanwhile, watts. */
  readonly powerW: number;
  readonly limitW: number;
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[];
}

export interface LoadLog {
  /** The reading's own time. */
  add(timeMs: number, limitW: number | undefined): void;
  /** @param workedMs when the newest work was seen; null while there was none with a low fill */
  low(workedMs: number): LowLoad | null;
}

/** Sums over cells of low fill. */
interface LowSum {
  readonly busyMs: number;
  readonly unfilledMs: number;
  readonly energyJ: number;
}

interface Fill {
  /** Of the way from the idle power to the limit. */
  readonly share: number;
  /** Mean draw of the work, watts. */
  readonly workW: number;
}

const noLow: LowSum = { busyMs: 0, unfilledMs: 0, energyJ: 0 };
const plus = (one: LowSum, other: LowSum): LowSum => ({
  busyMs: one.busyMs + other.busyMs,
  unfilledMs: one.unfilledMs + other.unfilledMs,
  energyJ: one.energyJ + other.energyJ,
});

export function createLoadLog(
  cells: BusyCells,
  energyAt: (timeMs: number) => number,
  idleW: () => number | null,
): LoadLog {
  const stretches = createStretches();
  let nextCell = 0;
  /** Cells before it are in the sum, or were never of a low fill. */
  let takenCell = 0;
  let limitW: number | null = null;
  let sum = noLow;

  /** Share of a GPU that is filled by work nearly all the time; null where it is not, or is not low. */
  const lowFillOf = (cell: number, endCell: number): Fill | null => {
    const [fromMs, toMs] = [cell * cellMs, endCell * cellMs];
    const spanMs = toMs - fromMs;
    const { busyMs: workMs, knownMs, slowedMs } = cells.sum(cell, endCell);
    if (knownMs < knownEnough * spanMs || workMs < busyEnough * knownMs) return null;
    const levelW = idleW();
    if (levelW === null || limitW === null || limitW <= levelW || slowedMs > slowedShare * spanMs)
      return null;
    const meanW = (energyAt(toMs) - energyAt(fromMs)) / (spanMs / 1000);
    const busyShare = Math.min(1, workMs / knownMs);
    const workW = (meanW - (1 - busyShare) * levelW) / busyShare;
    const share = Math.max(0, (workW - levelW) / (limitW - levelW));
    return share < lowFill ? { share, workW } : null;
  };

  /** Single cells of it: one with the beginning or the end of the work in it is none. What heat or hardware slowed is told as such. */
  const takeCells = (before: LowSum, { share, workW }: Fill, cell: number, endCell: number): LowSum => {
    let after = before;
    for (let at = cell; at < endCell; at += 1) {
      const { busyMs: workMs, knownMs, slowedMs } = cells.sum(at, at + 1);
      if (workMs < busyEnoughAlone * knownMs || slowedMs > slowedShare * cellMs) continue;
      const busyMs = Math.max(0, Math.min(1, workMs / knownMs) * cellMs - slowedMs);
      after = plus(after, { busyMs, unfilledMs: busyMs * (1 - share), energyJ: (workW * busyMs) / 1000 });
    }
    return after;
  };

  return {
    add(timeMs, newLimitW) {
      limitW = newLimitW ?? limitW;
      nextCell = Math.max(nextCell, Math.floor((timeMs - longestWaitMs) / cellMs));
      for (; (nextCell + cellsTogether) * cellMs + settledAfterMs <= timeMs; nextCell += 1) {
        const endCell = nextCell + cellsTogether;
        const fill = lowFillOf(nextCell, endCell);
        if (fill === null) continue;
        const fromCell = Math.max(nextCell, takenCell);
        sum = takeCells(sum, fill, fromCell, endCell);
        stretches.add(fromCell * cellMs, endCell * cellMs);
        takenCell = endCell;
      }
    },
    low(workedMs) {
      const fromCell = Math.max(nextCell, takenCell);
      const endCell = Math.min(Math.floor(workedMs / cellMs), nextCell + 2 * cellsTogether);
      const fill = endCell > fromCell ? lowFillOf(nextCell, endCell) : null;
      const { busyMs, unfilledMs, energyJ } = fill === null ? sum : takeCells(sum, fill, fromCell, endCell);
      if (busyMs === 0) return null;
      const powerW = (energyJ * 1000) / busyMs;
      return { busyMs, unfilledMs, powerW, limitW: limitW ?? 0, stretches: stretches.list() };
    },
  };
}
