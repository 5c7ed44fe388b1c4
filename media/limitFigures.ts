/** What the plan says in words: the limit that a wish picks, and what it changes. */

import {
  isBeyondDoubt,
  type LimitPoint,
  type PlannedPower,
  type PowerSweep,
} from '../contracts/powerPlan.ts';
import { formatEnergy } from '../contracts/units.ts';
import { signedShare } from './verdict.ts';
import type { LimitWish } from './view.ts';

/** Null where the plan has no points. */
export function pickedPoint({ picks, points }: PlannedPower, wish: LimitWish): LimitPoint | null {
  if (picks === null) return null;
  const limitW =
    wish.kind === 'leastEnergy'
      ? picks.leastEnergyW
      : wish.kind === 'slowdown'
        ? picks.bySlowdown[Math.min(wish.percent, picks.bySlowdown.length - 1)]
        : picks.byEta[Math.min(wish.hundredths, picks.byEta.length - 1)];
  return points.find((point) => point.limitW === limitW) ?? null;
}

/** The highest measured limit: what the others are held against. */
export const againstPoint = ({ points }: PlannedPower): LimitPoint | null => points.at(-1) ?? null;

/** What a wish comes to: the point to pick, and what is said of it. A point in doubt is told, never picked. */
export interface LimitVerdict {
  readonly picked: LimitPoint | null;
  readonly headline: string;
  readonly detail: string;
}

export function limitVerdict(plan: PlannedPower, wish: LimitWish): LimitVerdict {
  const found = pickedPoint(plan, wish);
  const against = againstPoint(plan);
  if (found === null || against === null) return { picked: null, headline: '', detail: '' };
  const detail = changeText(found, against);
  return isBeyondDoubt(found, against)
    ? { picked: found, headline: `${found.limitW} W`, detail }
    : {
        picked: null,
        headline: `No limit is surely better than ${against.limitW} W`,
        detail: `${found.limitW} W: ${detail}`,
      };
}

/** `−9.1 % energy, +11.8 % time per step against 300 W`. */
export function changeText(point: LimitPoint, against: LimitPoint): string {
  if (point.limitW === against.limitW) return 'the highest limit that was measured';
  const energy = signedShare(point.perStepJ / against.perStepJ - 1);
  const time = signedShare(point.perStepMs / against.perStepMs - 1);
  const doubt =
    point.differs === false
      ? '; the energy is not distinguishable'
      : point.differs === null
        ? '; too few steps to be sure'
        : '';
  return `${energy} energy, ${time} time per step against ${against.limitW} W${doubt}`;
}

export const stepTime = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toPrecision(3)} ms`;

/** `36.9 ms ±2.80 ms`: the second where lines that came late make a hundredth of the first or more. */
export function measuredTime({ perStepMs, perStepErrorMs = 0 }: LimitPoint): string {
  const error = perStepErrorMs < perStepMs / 100 ? '' : ` ±${stepTime(perStepErrorMs)}`;
  return `${stepTime(perStepMs)}${error}`;
}

/** What a sweep is doing, or how it ended. */
export function sweepText({
  state,
  limitsW,
  done,
  limitW,
  steps,
  stepsWanted,
  ...sweep
}: PowerSweep): string {
  if (state === 'running') {
    if (limitW === null) return 'Setting the first limit…';
    // Steps that are seen in clumps, or took no time, do not tell the energy by their number alone.
    const progress =
      steps < stepsWanted
        ? `step ${steps} of ${stepsWanted}`
        : `${steps} steps done, measuring on until the energy per step can be told`;
    return `Trying ${limitW} W, ${done + 1} of ${limitsW.length}: ${progress}.`;
  }
  const cost = `It took ${sweep.costSteps.toLocaleString('en')} steps of the run and ${formatEnergy(sweep.costJ)}.`;
  const back = sweep.restored
    ? 'The limits stand where they stood before.'
    : 'A limit could not be put back yet; it is tried again until it stands.';
  const why = sweep.refusal === null ? '' : `${sweep.refusal.message} ${sweep.refusal.remedy ?? ''} `;
  const what =
    state === 'done' ? 'All limits are measured. ' : state === 'stopped' ? 'The sweep was stopped. ' : '';
  return `${why}${why === '' ? what : ''}${cost} ${back}`;
}
