/**
 * Where a long pause between two stretches of work began and ended. Utilisation tells that there was one, up to two
 * seconds late; a sharp power value tells the moments.
 */

import { busyUtilization, utilizationWindowMs } from '../idle/idleTime.ts';
import { type EdgeKnowledge, workTest } from './workEdges.ts';

/** Shorter ones are the idle part of a step, or too short to see their ends. */
export const leastPauseMs = 2000;
/** A pause of that length is quiet for at least so long in a utilisation of whole seconds. */
const quietMs = 0.7 * utilizationWindowMs;
/** So many readings of work with a power that shows it: it is no single copy. */
const enoughWork = 5;
/** What the usual utilisation of the work keeps of itself over a second. */
const usualKept = 0.9;
/** So long after an edge a power value is of one side alone. */
const clearOfWorkMs = { sharp: 300, averaged: 1200 };
const keptMs = 4 * utilizationWindowMs;

interface Reading {
  readonly timeMs: number;
  readonly powerW: number;
}

export interface Quiet {
  /** When the last kernel before it ended. */
  readonly fromMs: number;
}

interface Begin extends Quiet {
  /** Well inside, where no reading holds any of the work before; and the joules of the GPU until then. */
  readonly innerMs: number;
  readonly innerJ: number;
  /** Seen in the power, not only in the utilisation. */
  readonly byPower: boolean;
}

export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
  readonly energyJ: number;
}

export interface EdgeReading {
  readonly timeMs: number;
  readonly powerW: number | undefined;
  readonly utilization: number;
  /** Milliseconds between refreshes of the utilisation of a fast product; null for a slow one. */
  readonly refreshMs: number | null;
}

export interface PauseEdges {
  /** Returns the pause that ends with the reading. */
  add(reading: EdgeReading): Pause | null;
  /** The quiet that goes on since the last work, with its joules up to now; null while there is none. */
  quiet(nowMs: number): (Quiet & { readonly energyJ: number }) | null;
  /** Whether a power value is one of work; null where power does not tell work from none. */
  shows(powerW: number): boolean | null;
}

export function createPauseEdges(knowledge: EdgeKnowledge, energyAt: (timeMs: number) => number): PauseEdges {
  let recent: Reading[] = [];
  let lastBusyMs = Number.NaN;
  let quiet: Begin | null = null;
  const clearMs = knowledge.sharpPower ? clearOfWorkMs.sharp : clearOfWorkMs.averaged;

  let workReadings = 0;
  let windowMs = utilizationWindowMs;
  let usual = 0;
  let lastBusy = 0;

  /** How much of a window at the edge of a pause was work, by its utilisation beside that of other work. */
  const workedShare = (utilization: number): number => utilization / Math.max(usual, utilization);

  /** null also where work draws so little that it looks like none. */
  const seenWork = (): ((reading: Reading) => boolean) | null => {
    const isWork = workTest(knowledge);
    return isWork !== null && workReadings >= enoughWork ? isWork : null;
  };
  /** An edge lies between the reading before it and the one after it. */
  const edgeAt = (index: number): number | null => {
    const [before, after] = [recent[index - 1], recent[index]];
    return before === undefined || after === undefined ? null : (before.timeMs + after.timeMs) / 2;
  };
  /** Utilisation is so late that work may have come again by now: the quiet that it tells of holds its own last moment. */
  const beginByPower = (): number | null => {
    const isWork = seenWork();
    if (isWork === null) return null;
    const within = recent.findIndex((reading) => reading.timeMs >= lastBusyMs && !isWork(reading));
    const last = recent.slice(0, Math.max(0, within)).findLastIndex(isWork);
    return last < 0 ? null : edgeAt(last + 1);
  };
  const endByPower = (innerMs: number): number | null => {
    const isWork = seenWork();
    const first =
      isWork === null ? -1 : recent.findIndex((reading) => reading.timeMs > innerMs && isWork(reading));
    return first < 0 ? null : edgeAt(first);
  };
  const beginAt = (fromMs: number, byPower: boolean): Begin => {
    const innerMs = fromMs + clearMs;
    return { fromMs, innerMs, innerJ: energyAt(innerMs), byPower };
  };
  const beginQuiet = (): Begin => {
    const powerMs = beginByPower();
    return beginAt(powerMs ?? lastBusyMs - (2 - workedShare(lastBusy)) * windowMs, powerMs !== null);
  };
  const endOf = (begin: Begin, timeMs: number, utilization: number): Pause => {
    // What power shows of work may have been learnt only since.
    const laterMs = begin.byPower ? null : beginByPower();
    const { fromMs, innerMs, innerJ } = laterMs === null ? begin : beginAt(laterMs, true);
    const toMs = Math.max(fromMs, endByPower(innerMs) ?? timeMs - workedShare(utilization) * windowMs);
    return { fromMs, toMs, energyJ: drawn(fromMs, innerMs, innerJ, toMs) };
  };
  /** By the draw well inside: at the edges a reading holds some of the work. */
  const drawn = (fromMs: number, innerMs: number, innerJ: number, toMs: number): number => {
    const untilMs = toMs - clearMs;
    if (untilMs <= innerMs) return (energyAt(toMs) - innerJ) * ((toMs - fromMs) / (toMs - innerMs));
    return ((energyAt(untilMs) - innerJ) * (toMs - fromMs)) / (untilMs - innerMs);
  };

  return {
    add({ timeMs, powerW, utilization, refreshMs }) {
      const busy = utilization > busyUtilization;
      windowMs = refreshMs ?? utilizationWindowMs;
      if (powerW !== undefined && knowledge.sharpPower) {
        recent.push({ timeMs, powerW });
        if ((recent[0]?.timeMs ?? timeMs) < timeMs - 1.5 * keptMs)
          recent = recent.filter((reading) => reading.timeMs >= timeMs - keptMs);
      }
      // Late as it is, utilisation may show work only while there is none, where steps last as long as its window.
      const lately = busy || timeMs - lastBusyMs <= utilizationWindowMs;
      if (lately && powerW !== undefined && workTest(knowledge)?.({ powerW }) === true) workReadings += 1;
      if (!busy) {
        if (quiet === null && timeMs - lastBusyMs >= quietMs) quiet = beginQuiet();
        return null;
      }
      const pause = quiet === null ? null : endOf(quiet, timeMs, utilization);
      quiet = null;
      const kept = Number.isNaN(lastBusyMs) ? 0 : usualKept ** Math.min(1, (timeMs - lastBusyMs) / 1000);
      usual = kept * usual + (1 - kept) * utilization;
      lastBusy = utilization;
      lastBusyMs = timeMs;
      return pause !== null && pause.toMs - pause.fromMs >= leastPauseMs ? pause : null;
    },
    shows(powerW) {
      return seenWork()?.({ timeMs: lastBusyMs, powerW }) ?? null;
    },
    quiet(nowMs) {
      if (quiet === null || nowMs <= quiet.innerMs) return null;
      const { fromMs, innerMs, innerJ } = quiet;
      const energyJ = ((energyAt(nowMs) - innerJ) * (nowMs - fromMs)) / (nowMs - innerMs);
      return { fromMs, energyJ };
    },
  };
}
