/**
 * What a GPU draws with a context open and no kernel running, learnt from the run itself.
 *
 * Two witnesses. *Quiet*: readings well inside a stretch where utilisation stood at zero although a context was
 * open (start-up before the first kernel, a long pause). *Between kernels*: while the run works, the lowest part
 * of the power readings; it is the better one, since clocks stay up in a short pause, but only when that part is
 * a plateau: where every pause is shorter than the sensor's window no reading shows a pause alone.
 * Readings before the context opened never enter: a bare GPU draws 26 to 66 W less.
 */

import { createPowerHistogram } from './powerHistogram.ts';

/** Less quiet time than this says nothing. */
const quietEnoughMs = 700;
/** With less idle time than this share among the working time, pauses are too rare to find by rank. */
const rareIdleShare = 0.12;
const workEnoughMs = 3000;
/** Two ranks inside the idle part that agree this well make a plateau. */
const plateauSpread = 1.12;
/** A plateau this far above the quiet level is some light kernel, not a pause. */
const farAboveQuiet = 1.6;
const floorRank = 0.01;

export interface IdlePower {
  /** A reading with a context open and no kernel for longer than the sensor's window. */
  addQuiet(powerW: number, durationMs: number): void;
  /** A reading while the run works; `busyShare` is the utilisation around it. */
  addWorking(powerW: number, busyShare: number, durationMs: number): void;
  /** Watts; null when nothing was seen that tells. */
  idleW(): number | null;
}

export function createIdlePower(): IdlePower {
  const quiet = createPowerHistogram();
  const working = createPowerHistogram();
  let busyMs = 0;
  let known: number | null = null;
  let fresh = false;

  const plateau = (): number | null => {
    if (working.weight < workEnoughMs) return null;
    const idleShare = 1 - busyMs / working.weight;
    if (idleShare < rareIdleShare) return null;
    const low = working.quantile(0.1 * idleShare);
    const high = working.quantile(0.45 * idleShare);
    if (low === null || high === null || high > low * plateauSpread) return null;
    return working.quantile(0.28 * idleShare);
  };

  const learn = (): number | null => {
    const quietW = quiet.weight >= quietEnoughMs ? quiet.quantile(0.5) : null;
    const plateauW = plateau();
    if (plateauW !== null && (quietW === null || plateauW <= quietW * farAboveQuiet)) return plateauW;
    // A pause never draws more than the lowest reading of any kind.
    const floorW = working.weight >= workEnoughMs ? working.quantile(floorRank) : null;
    if (quietW !== null) return floorW === null ? quietW : Math.min(quietW, floorW);
    return floorW;
  };

  return {
    addQuiet(powerW, durationMs) {
      quiet.add(powerW, durationMs);
      fresh = false;
    },
    addWorking(powerW, busyShare, durationMs) {
      working.add(powerW, durationMs);
      busyMs += busyShare * durationMs;
      fresh = false;
    },
    idleW() {
      if (!fresh) {
        known = learn();
        fresh = true;
      }
      return known;
    },
  };
}
