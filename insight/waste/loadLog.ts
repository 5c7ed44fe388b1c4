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
const busyEnough = 0.85;
const knownEnough = 0.8;
/** After a hole only the last of it is looked at. */
const longestWaitMs = 60_000;
/** Below this fill the GPU is barely loaded. Memory-bound work draws more. */
const lowFill = 0.3;
/** Clocks held down for more of the time than this explain a low power. */
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
  let limitW: number | null = null;
  let sum = noLow;

  /** null where the cells were not of work nearly all the time. */
  const look = (cell: number, endCell: number): LowSum | null => {
    const [fromMs, toMs] = [cell * cellMs, endCell * cellMs];
    const spanMs = toMs - fromMs;
    const { busyMs: workMs, knownMs, slowedMs } = cells.sum(cell, endCell);
    if (knownMs < knownEnough * spanMs || workMs < busyEnough * knownMs) return null;
    const levelW = idleW();
    if (levelW === null || limitW === null || limitW <= levelW) return noLow;
    if (slowedMs > slowedShare * spanMs) return noLow;
    const meanW = (energyAt(toMs) - energyAt(fromMs)) / (spanMs / 1000);
    const idleShare = Math.max(0, 1 - workMs / knownMs);
    const workW = (meanW - idleShare * levelW) / (1 - idleShare);
    const fill = Math.max(0, (workW - levelW) / (limitW - levelW));
    if (fill >= lowFill) return noLow;
    const busyMs = spanMs * (1 - idleShare);
    return { busyMs, unfilledMs: busyMs * (1 - fill), energyJ: (workW * busyMs) / 1000 };
  };

  return {
    add(timeMs, newLimitW) {
      limitW = newLimitW ?? limitW;
      nextCell = Math.max(nextCell, Math.floor((timeMs - longestWaitMs) / cellMs));
      while ((nextCell + cellsTogether) * cellMs + settledAfterMs <= timeMs) {
        const endCell = nextCell + cellsTogether;
        const found = look(nextCell, endCell);
        if (found !== null && found.busyMs > 0) {
          sum = plus(sum, found);
          stretches.add(nextCell * cellMs, endCell * cellMs);
        }
        nextCell = found === null ? nextCell + 1 : endCell;
      }
    },
    low(workedMs) {
      const endCell = Math.min(Math.floor(workedMs / cellMs), nextCell + 2 * cellsTogether);
      const rest = endCell > nextCell ? (look(nextCell, endCell) ?? noLow) : noLow;
      const { busyMs, unfilledMs, energyJ } = plus(sum, rest);
      if (busyMs === 0) return null;
      const powerW = (energyJ * 1000) / busyMs;
      return { busyMs, unfilledMs, powerW, limitW: limitW ?? 0, stretches: stretches.list() };
    },
  };
}
