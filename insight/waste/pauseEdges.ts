/**
 * Where a long pause between two stretches of work began and ended. Utilisation tells that there was one, up to two
 * seconds late; a sharp power value tells the moments.
 */

import { utilizationWindowMs } from '../idle/idleTime.ts';
import { type EdgeKnowledge, workTest } from './workEdges.ts';

/** Shorter ones are the idle part of a step, or too short to see their ends. */
export const leastPauseMs = 2000;
/** A pause of that length is quiet for at least so long in a utilisation of whole seconds. */
const quietMs = 0.7 * utilizationWindowMs;
/** So many readings of work with a power that shows it: it is no single copy. */
const enoughWork = 5;
/** Where power cannot tell: how late work is seen to begin and to end, in windows of the utilisation. */
const usuallyLate = { begin: 0.5, end: 1.5 };
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
}

export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
  readonly energyJ: number;
}

export interface EdgeReading {
  readonly timeMs: number;
  readonly powerW: number | undefined;
  /** Utilisation shows work. */
  readonly busy: boolean;
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
  const beginQuiet = (): Begin => {
    const isWork = seenWork();
    const last = isWork === null ? -1 : recent.findLastIndex(isWork);
    const fromMs = (last < 0 ? null : edgeAt(last + 1)) ?? lastBusyMs - usuallyLate.end * windowMs;
    const innerMs = fromMs + clearMs;
    return { fromMs, innerMs, innerJ: energyAt(innerMs) };
  };
  const endOf = ({ fromMs, innerMs, innerJ }: Begin, timeMs: number): Pause => {
    const isWork = seenWork();
    const first =
      isWork === null ? -1 : recent.findIndex((reading) => reading.timeMs > innerMs && isWork(reading));
    const toMs = Math.max(
      fromMs,
      (first < 0 ? null : edgeAt(first)) ?? timeMs - usuallyLate.begin * windowMs,
    );
    return { fromMs, toMs, energyJ: drawn(fromMs, innerMs, innerJ, toMs) };
  };
  /** By the draw well inside: at the edges a reading holds some of the work. */
  const drawn = (fromMs: number, innerMs: number, innerJ: number, toMs: number): number => {
    const untilMs = toMs - clearMs;
    if (untilMs <= innerMs) return (energyAt(toMs) - innerJ) * ((toMs - fromMs) / (toMs - innerMs));
    return ((energyAt(untilMs) - innerJ) * (toMs - fromMs)) / (untilMs - innerMs);
  };

  return {
    add({ timeMs, powerW, busy, refreshMs }) {
      windowMs = refreshMs ?? utilizationWindowMs;
      if (powerW !== undefined && knowledge.sharpPower) {
        recent.push({ timeMs, powerW });
        if ((recent[0]?.timeMs ?? timeMs) < timeMs - 1.5 * keptMs)
          recent = recent.filter((reading) => reading.timeMs >= timeMs - keptMs);
      }
      if (!busy) {
        if (quiet === null && timeMs - lastBusyMs >= quietMs) quiet = beginQuiet();
        return null;
      }
      lastBusyMs = timeMs;
      if (powerW !== undefined && workTest(knowledge)?.({ powerW }) === true) workReadings += 1;
      if (quiet === null) return null;
      const pause = endOf(quiet, timeMs);
      quiet = null;
      return pause.toMs - pause.fromMs >= leastPauseMs ? pause : null;
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
