/**
 * What became of the energy of one GPU that processes of others held too.
 *
 * While the run has it alone, all of its energy is the run's: the card is reserved for it. While it is shared, the
 * idle power is divided evenly among the processes that hold it, the rest by who was seen computing. What nobody could
 * be named for stays unattributed, so that the parts always add up to what the GPU drew.
 */

import type { SharedEnergy } from '../contracts/runs.ts';

/** Who held a GPU at one moment, and who computed on it in the seconds before. */
export interface SharingLook {
  /** Milliseconds on the run's clock. */
  readonly timeMs: number;
  /** Processes of the run, and of others, that hold it to compute. */
  readonly own: number;
  readonly others: number;
  /** Shares of an arbitrary whole; null when nothing tells. `unknown`: of processes that are gone. */
  readonly activity: { readonly own: number; readonly others: number; readonly unknown: number } | null;
}

export interface GpuSharing {
  /** @param energyJ joules of the GPU from the run's start to the look; @param idleW null when not known */
  look(look: SharingLook, energyJ: number, idleW: number | null): void;
  /** The whole energy in its parts; null while nobody else was seen on the GPU. */
  divided(energyJ: number): SharedEnergy | null;
}

/** Looks further apart say nothing of the time between. */
const longestBetweenMs = 10_000;
/** So much of the shared time has to be told for the division to be likely. */
const likelyShare = 0.9;

interface Parts {
  runJ: number;
  othersJ: number;
  unattributedJ: number;
}

const sumOf = ({ runJ, othersJ, unattributedJ }: Parts): number => runJ + othersJ + unattributedJ;

/** Adds the joules of a stretch of shared time to the parts. */
function divide(parts: Parts, energyJ: number, floorJ: number, look: SharingLook): void {
  const { own, others, activity } = look;
  const holders = own + others;
  const evenJ = activity === null || holders === 0 ? 0 : Math.min(floorJ, energyJ);
  parts.runJ += holders === 0 ? 0 : (evenJ * own) / holders;
  parts.othersJ += holders === 0 ? 0 : (evenJ * others) / holders;
  const restJ = energyJ - evenJ;
  const whole = activity === null ? 0 : activity.own + activity.others + activity.unknown;
  const ownJ = activity === null || whole <= 0 ? 0 : (restJ * activity.own) / whole;
  const othersJ = activity === null || whole <= 0 ? 0 : (restJ * activity.others) / whole;
  parts.runJ += ownJ;
  parts.othersJ += othersJ;
  parts.unattributedJ += restJ - ownJ - othersJ;
}

/** @param before what an earlier sampler, or an earlier reading of the same run, had found */
export function createGpuSharing(before: SharedEnergy | null = null): GpuSharing {
  const parts: Parts = {
    runJ: before?.runJ ?? 0,
    othersJ: before?.othersJ ?? 0,
    unattributedJ: before?.unattributedJ ?? 0,
  };
  let sharedMs = before?.sharedMs ?? 0;
  let dividedMs = before === null || before.confidence === null ? 0 : sharedMs;
  let last: SharingLook | null = null;
  let idleW: number | null = null;

  /** The joules since the last look, up to a moment at which this holds. */
  const add = (to: Parts, look: SharingLook, energyJ: number): { shared: boolean; told: boolean } => {
    const sinceJ = energyJ - sumOf(to);
    const shared = look.others > 0 || (last !== null && last.others > 0);
    const near = last !== null && look.timeMs - last.timeMs <= longestBetweenMs;
    const by = look.others > 0 ? look : (last ?? look);
    if (sinceJ > 0 && !shared) to.runJ += sinceJ;
    else if (sinceJ > 0 && near) {
      const floorJ = ((idleW ?? 0) * (look.timeMs - (last?.timeMs ?? look.timeMs))) / 1000;
      divide(to, sinceJ, floorJ, by);
    } else if (sinceJ > 0) to.unattributedJ += sinceJ;
    return { shared, told: near && by.activity !== null };
  };

  return {
    look(look, energyJ, knownIdleW) {
      idleW = knownIdleW;
      const { shared, told } = add(parts, look, energyJ);
      // Whoever is there at the first look was there before it, as far as is known.
      const lookMs = look.timeMs - (last?.timeMs ?? (before === null ? 0 : look.timeMs));
      if (shared) sharedMs += lookMs;
      if (shared && told) dividedMs += lookMs;
      last = look;
    },
    divided(energyJ) {
      if (sharedMs === 0 && (last === null || last.others === 0)) return null;
      const all = { ...parts };
      if (last !== null) add(all, last, energyJ);
      // The energy of a moment is settled a little later, and may change with the method.
      const scale = energyJ / (sumOf(all) || 1);
      const confidence = dividedMs === 0 ? null : dividedMs >= likelyShare * sharedMs ? 'likely' : 'possible';
      return {
        sharedMs,
        runJ: all.runJ * scale,
        othersJ: all.othersJ * scale,
        unattributedJ: all.unattributedJ * scale,
        confidence,
      };
    },
  };
}
