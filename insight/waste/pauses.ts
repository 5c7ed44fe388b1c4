/** Long pauses of one GPU by what they seem to be: a wait for data, a pause between steps, or a GPU held for nothing. */

import { addCauses, type IdleCauses, noCauses } from './idleCauses.ts';
import type { Pause } from './pauseEdges.ts';
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

/** @param elsewhere whether another GPU of the run worked meanwhile: then it was waited for */
export function natureOf(
  { fromMs, toMs }: Pause,
  causes: IdleCauses,
  elsewhere: boolean,
): PauseNature | 'imbalance' {
  if (elsewhere) return 'imbalance';
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
