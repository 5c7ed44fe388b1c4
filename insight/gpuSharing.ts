/**
 * What became of the energy of one GPU that processes of others held too.
 *
 * While the run has it alone, all of its energy is the run's: the card is reserved for it. While it is shared, the
 * idle power is divided evenly among the processes that hold it, the rest by who was seen computing. What nobody could
 * be named for stays unattributed, so that the parts always add up to what the GPU drew.
 */

import type { SharedEnergy } from '../contracts/runs.ts';
import type { SharingLook, SharingMark, SharingState } from '../contracts/sharing.ts';
import { createSharingMarks } from './sharingMarks.ts';

export interface GpuSharing {
  /** @param energyJ joules of the GPU from the run's start to the look; @param idleW null when not known */
  look(look: SharingLook, energyJ: number, idleW: number | null): void;
  /** The whole energy in its parts; null while nobody else was seen on the GPU. */
  divided(energyJ: number): SharedEnergy | null;
  /** Whether anybody else was seen on the GPU. */
  readonly seen: boolean;
  /** To go on from, when the run is read again; null before the first look. */
  state(): SharingState | null;
}

/** Looks further apart say nothing of the time between. */
const longestBetweenMs = 10_000;
/** So much of the shared time, and of the time before anybody looked, has to be told for the division to be likely. */
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
  parts.unattributedJ += Math.max(0, restJ - ownJ - othersJ);
}

/** @param before where an earlier sampler, or an earlier reading of the same run, had come to */
export function createGpuSharing(before: SharingState | null = null): GpuSharing {
  const { runJ = 0, othersJ = 0, unattributedJ = 0 } = before ?? {};
  const parts: Parts = { runJ, othersJ, unattributedJ };
  let { sharedMs = 0, dividedMs = 0, unseenMs = 0 } = before ?? {};
  let weak = before?.weak === true;
  const marks = createSharingMarks(before?.marks);
  let last = before?.last ?? null;
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

  const seen = (): boolean => sharedMs > 0 || (last !== null && last.others > 0);
  const markAt = (timeMs: number): SharingMark => {
    const { runJ, othersJ, unattributedJ } = parts;
    const joules = (value: number): number => Math.round(value * 100) / 100;
    return {
      timeMs: Math.round(timeMs),
      runJ: joules(runJ),
      othersJ: joules(othersJ),
      unattributedJ: joules(unattributedJ),
      sharedMs: Math.round(sharedMs),
      dividedMs: Math.round(dividedMs),
    };
  };

  return {
    look(look, energyJ, knownIdleW) {
      idleW = knownIdleW;
      const beforeLook = markAt(last?.timeMs ?? 0);
      const { shared, told } = add(parts, look, energyJ);
      // Until then all of it was the run's alone.
      if (shared && marks.list().length === 0) marks.add(beforeLook);
      // Whoever is there at the first look may have been there before it.
      if (last === null && shared) unseenMs = look.timeMs;
      const lookMs = look.timeMs - (last ?? look).timeMs;
      if (shared) sharedMs += lookMs;
      if (shared && told) dividedMs += lookMs;
      if (shared && look.weak !== undefined) weak = true;
      if (marks.list().length > 0) marks.add(markAt(look.timeMs));
      last = look;
    },
    divided(energyJ) {
      if (!seen()) return null;
      const all = { ...parts };
      if (last !== null) add(all, last, energyJ);
      // The energy of a moment is settled a little later, and may change with the method.
      const scale = energyJ / (sumOf(all) || 1);
      const likely = !weak && dividedMs >= likelyShare * (sharedMs + unseenMs);
      const confidence = dividedMs === 0 ? null : likely ? 'likely' : 'possible';
      return {
        sharedMs,
        runJ: all.runJ * scale,
        othersJ: all.othersJ * scale,
        unattributedJ: all.unattributedJ * scale,
        confidence,
      };
    },
    get seen() {
      return seen();
    },
    state: () =>
      last === null
        ? null
        : {
            last,
            ...parts,
            sharedMs,
            dividedMs,
            unseenMs,
            ...(weak ? { weak } : {}),
            ...(marks.list().length > 0 ? { marks: marks.list() } : {}),
          },
  };
}
