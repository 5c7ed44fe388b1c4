/**
 * Where the division of a shared GPU's energy stood in the course of a run: so that a part of the run is divided by what
 * was seen in it, and not by the mean of the whole. A bounded number, further apart the longer the run.
 */

import type { SharedEnergy } from '../contracts/runs.ts';
import type { SharingMark, SharingState } from '../contracts/sharing.ts';

/** They are written with the run each second. */
const mostMarks = 64;
const firstSpacingMs = 1_000;
/** The driver's samples of who computed say little of a shorter time. */
const shortestLikelyMs = 10_000;
const likelyShare = 0.9;
/** More marks than that are told apart inside a window, or its edges are guessed. */
const edgesPerWindow = 4;

export interface SharingMarks {
  /** In order of time. */
  add(mark: SharingMark): void;
  list(): readonly SharingMark[];
}

export function createSharingMarks(before: readonly SharingMark[] = []): SharingMarks {
  let marks = [...before];
  const thin = (): void => {
    while (marks.length > mostMarks)
      marks = marks.filter((_, index) => index % 2 === 0 || index === marks.length - 1);
  };
  thin();
  const spacingMs = (): number => {
    const [first, last] = [marks[0], marks.at(-2)];
    if (first === undefined || last === undefined) return firstSpacingMs;
    // Twice as far apart each time that they are thinned.
    const meanMs = (last.timeMs - first.timeMs) / mostMarks;
    return firstSpacingMs * 2 ** Math.max(0, Math.ceil(Math.log2(meanMs / firstSpacingMs)));
  };
  return {
    add(mark) {
      const [kept, newest] = [marks.at(-2), marks.at(-1)];
      // The newest stands for now until it is far enough from the one before.
      const near = kept !== undefined && newest !== undefined && newest.timeMs - kept.timeMs < spacingMs();
      if (near) marks.pop();
      marks.push(mark);
      thin();
    },
    list: () => marks,
  };
}

const start: SharingMark = { timeMs: 0, runJ: 0, othersJ: 0, unattributedJ: 0, sharedMs: 0, dividedMs: 0 };

/** Between two marks everything went on evenly. */
function standingAt(marks: readonly SharingMark[], timeMs: number): SharingMark {
  const at = marks.findIndex((mark) => mark.timeMs >= timeMs);
  const to = at < 0 ? marks.at(-1) : marks[at];
  const from = at < 0 ? to : (marks[at - 1] ?? start);
  if (from === undefined || to === undefined) return start;
  const share = to.timeMs > from.timeMs ? Math.min(1, (timeMs - from.timeMs) / (to.timeMs - from.timeMs)) : 1;
  const between = (key: keyof SharingMark): number => from[key] + share * (to[key] - from[key]);
  return {
    timeMs,
    runJ: between('runJ'),
    othersJ: between('othersJ'),
    unattributedJ: between('unattributedJ'),
    sharedMs: between('sharedMs'),
    dividedMs: between('dividedMs'),
  };
}

/**
 * What of a window's energy was the run's; null while nobody else was seen on the GPU in it.
 * @param energyJ measured in the window: the parts add up to it
 */
export function windowSharing(
  { marks = [], unseenMs, weak }: SharingState,
  fromMs: number,
  toMs: number,
  energyJ: number,
): SharedEnergy | null {
  const [from, to] = [standingAt(marks, fromMs), standingAt(marks, toMs)];
  const part = (key: keyof SharingMark): number => Math.max(0, to[key] - from[key]);
  const [runJ, othersJ, unattributedJ] = [part('runJ'), part('othersJ'), part('unattributedJ')];
  const sharedMs = part('sharedMs');
  const dividedMs = part('dividedMs');
  const wholeJ = runJ + othersJ + unattributedJ;
  if (wholeJ <= 0 || (sharedMs === 0 && othersJ + unattributedJ === 0)) return null;
  const inside = marks.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs).length;
  const wellSeen = toMs - fromMs >= shortestLikelyMs && inside >= edgesPerWindow && fromMs >= unseenMs;
  const likely = weak !== true && wellSeen && dividedMs >= likelyShare * sharedMs;
  const scale = energyJ / wholeJ;
  return {
    sharedMs,
    runJ: runJ * scale,
    othersJ: othersJ * scale,
    unattributedJ: unattributedJ * scale,
    confidence: dividedMs === 0 ? null : likely ? 'likely' : 'possible',
  };
}
