/** Long pauses of one GPU by what they seem to be: a wait for data, a pause between steps, or a GPU held for nothing. */

import { addCauses, type IdleCauses, noCauses } from './idleCauses.ts';
import { leastPauseMs, type Pause } from './pauseEdges.ts';
import { createStretches } from './stretches.ts';

/** So long nobody saves a checkpoint asleep. */
const longestAsleepMs = 60_000;
const asleepShare = 0.8;

export interface PauseSum {
  readonly count: number;
  readonly ms: number;
  /** As measured, not charged with the idle power. */
  readonly energyJ: number;
  readonly longestMs: number;
  readonly causes: IdleCauses;
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[];
}

export type PauseNature = 'input' | 'own' | 'held';

/**
 * The part of a long pause that was a wait for another GPU, milliseconds: where either part is too short to be a pause
 * of its own, the whole is what most of it is.
 *
 * @param elsewhereMs of it, for how long another GPU worked
 */
export function waitedOf(pauseMs: number, elsewhereMs: number): number {
  if (elsewhereMs < leastPauseMs && elsewhereMs < pauseMs / 2) return 0;
  return pauseMs - elsewhereMs < leastPauseMs ? pauseMs : elsewhereMs;
}

/** The parts of a pause before and after another GPU was waited for; null for a part that is not. */
export interface PauseParts {
  readonly own: Pause | null;
  readonly waited: Pause | null;
}

export function partsOf(pause: Pause, elsewhereMs: (fromMs: number, toMs: number) => number): PauseParts {
  const { fromMs, toMs, energyJ } = pause;
  const waitedMs = waitedOf(toMs - fromMs, elsewhereMs(fromMs, toMs));
  if (waitedMs === 0) return { own: pause, waited: null };
  if (waitedMs === toMs - fromMs) return { own: null, waited: pause };
  const waitsFirst = elsewhereMs(fromMs, (fromMs + toMs) / 2) > waitedMs / 2;
  const cutMs = waitsFirst ? fromMs + waitedMs : toMs - waitedMs;
  const part = (partFromMs: number, partToMs: number): Pause => ({
    fromMs: partFromMs,
    toMs: partToMs,
    energyJ: (energyJ * (partToMs - partFromMs)) / (toMs - fromMs),
  });
  const [first, second] = [part(fromMs, cutMs), part(cutMs, toMs)];
  return waitsFirst ? { own: second, waited: first } : { own: first, waited: second };
}

export function natureOf({ fromMs, toMs }: Pause, causes: IdleCauses): PauseNature {
  const { loading, starved, unexplained } = causes;
  const ms = toMs - fromMs;
  if (loading + starved >= ms / 2) return 'input';
  return ms >= longestAsleepMs && unexplained >= asleepShare * ms ? 'held' : 'own';
}

export interface PauseCount {
  add(pause: Pause, causes: IdleCauses): void;
  sum(): PauseSum;
}

export function createPauseCount(): PauseCount {
  const stretches = createStretches();
  let count = 0;
  let ms = 0;
  let energyJ = 0;
  let longestMs = 0;
  let causes = noCauses;
  return {
    add(pause, itsCauses) {
      const lengthMs = pause.toMs - pause.fromMs;
      count += 1;
      ms += lengthMs;
      energyJ += pause.energyJ;
      longestMs = Math.max(longestMs, lengthMs);
      causes = addCauses(causes, itsCauses);
      stretches.add(pause.fromMs, pause.toMs);
    },
    sum: () => ({ count, ms, energyJ, longestMs, causes, stretches: stretches.list() }),
  };
}
