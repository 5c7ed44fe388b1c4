/**
 * What a GPU draws with a context open and no kernel running, learnt from the run itself.
 *
 * Three witnesses. *Quiet*: readings well inside a stretch without work although a context was open (start-up, a
 * long pause). *Opening*: where that stretch was short, the lowest readings between opening and first kernel.
 * *Between kernels*: the lowest part of the readings while the run works. It is the best, since clocks stay up in
 * a short pause, but only when that part is a plateau of its own: where every pause is shorter than the sensor's
 * window no reading shows a pause alone. Readings before the context opened never enter: a bare GPU draws 26 to
 * 66 W less. Where no witness is good, the idle power is unknown and nothing is charged with it.
 */

import { createPowerHistogram } from './powerHistogram.ts';

/** Less quiet time than this says nothing. */
const quietEnoughMs = 500;
/** With less idle time than this share among the working time, pauses are too rare to find by rank. */
const rareIdleShare = 0.12;
const workEnoughMs = 3000;
/** Two ranks inside the idle part that agree this well make a plateau. */
const plateauSpread = 1.12;
/** A plateau this close to the level without work is believed. */
const nearLevel = 1.25;
/** Further off, or without such a level, the readings must show work and pauses as two groups. */
const farFromLevel = 1.6;
const contrast = 1.5;
/** So many readings this close to the lowest before the first kernel are a level; a ramp into work is not. */
const openingSpread = 1.06;
/** On a small GPU a sensor's noise is more than that. */
const noiseW = 4;
const lowestRank = 0.005;
const openingEnough = 3;
const mostOpening = 100;
/** Less new time than this share tells nothing new: the ranks of a day's readings are not looked for at each. */
const tellingGrowth = 1.005;

export interface IdlePower {
  /** A reading with a context open and no kernel for longer than the sensor's window. */
  addQuiet(powerW: number, durationMs: number): void;
  /** A reading between the opening of the context and the first kernel seen; the last of them may be work. */
  addOpening(powerW: number): void;
  /** A reading while the run works; `busyShare` is the utilisation around it. */
  addWorking(powerW: number, busyShare: number, durationMs: number): void;
  /** Watts; null when nothing was seen that tells. */
  idleW(): number | null;
  /**
   * What short pauses of a busy run may be charged with when the idle power is not known: the lowest draw seen,
   * which they cannot exceed. null where pauses are long enough to matter.
   */
  rarePauseW(): number | null;
}

export function createIdlePower(): IdlePower {
  const quiet = createPowerHistogram();
  const working = createPowerHistogram();
  const opening: number[] = [];
  let busyMs = 0;
  let known: number | null = null;
  let learntFromMs = 0;

  const plateau = (): number | null => {
    if (working.weight < workEnoughMs) return null;
    const idleShare = 1 - busyMs / working.weight;
    if (idleShare < rareIdleShare) return null;
    const low = working.quantile(0.1 * idleShare);
    const high = working.quantile(0.45 * idleShare);
    if (low === null || high === null || high > low * plateauSpread) return null;
    return working.quantile(0.28 * idleShare);
  };

  const openingLevel = (): number | null => {
    const lowestW = Math.min(...opening);
    const nearW = Math.max(lowestW * openingSpread, lowestW + noiseW);
    const level = opening.filter((powerW) => powerW <= nearW);
    if (level.length < openingEnough) return null;
    // Work that came at once is no level without work: it is undercut as soon as the run pauses.
    const workingW = working.weight < quietEnoughMs ? null : working.quantile(lowestRank);
    if (workingW !== null && workingW * nearLevel + noiseW < lowestW) return null;
    return level.reduce((sum, powerW) => sum + powerW, 0) / level.length;
  };

  const learn = (): number | null => {
    const levelW = quiet.weight >= quietEnoughMs ? quiet.quantile(0.5) : openingLevel();
    const plateauW = plateau();
    if (plateauW === null) return levelW;
    if (levelW !== null && plateauW <= levelW * nearLevel) return plateauW;
    const twoGroups = (working.quantile(0.97) ?? 0) >= contrast * plateauW;
    return twoGroups && (levelW === null || plateauW <= levelW * farFromLevel) ? plateauW : levelW;
  };

  /** With the readings, never with a question: a run that is asked often knows what one that is read later knows. */
  const learnWhereNew = (): void => {
    const seenMs = quiet.weight + working.weight;
    if (seenMs <= learntFromMs * tellingGrowth) return;
    known = learn();
    learntFromMs = seenMs;
  };

  return {
    addQuiet(powerW, durationMs) {
      quiet.add(powerW, durationMs);
      learnWhereNew();
    },
    addOpening(powerW) {
      if (opening.length >= mostOpening) return;
      opening.push(powerW);
      known = learn();
    },
    addWorking(powerW, busyShare, durationMs) {
      working.add(powerW, durationMs);
      busyMs += busyShare * durationMs;
      learnWhereNew();
    },
    rarePauseW() {
      if (working.weight < workEnoughMs || 1 - busyMs / working.weight >= rareIdleShare) return null;
      return Math.min(working.quantile(lowestRank) ?? Number.POSITIVE_INFINITY, ...opening);
    },
    idleW: () => known,
  };
}
