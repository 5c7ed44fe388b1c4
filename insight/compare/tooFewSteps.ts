/** Why steps are too few for a comparison: how many there are, and how many it takes. */

import type { ComparedSide } from '../../contracts/runs.ts';
import type { StepGroups } from './stepGroups.ts';

export interface CountedSide {
  readonly side: ComparedSide;
  readonly groups: StepGroups;
}

/** A share of an epoch counts too. */
const shown = (count: number): string => String(Number(count.toFixed(1)));
const plural = (count: number, word: string): string =>
  `${shown(count)} ${word}${shown(count) === '1' ? '' : 's'}`;

/** Null where those of each run are enough. @param warmUp steps that were left out @param least parts that have a spread */
export function tooFewSteps(sides: readonly CountedSide[], warmUp: number, least: number): string | null {
  const reasons = sides.flatMap(({ side: { number, unit = 'step' }, groups: { joules, totalSteps } }) => {
    if (joules.length >= least) return [];
    const told =
      totalSteps < least ? '' : `, and its output told of them ${plural(joules.length, 'time')} only`;
    return `Run ${number} has ${plural(totalSteps, unit)} after a warm-up of ${shown(warmUp)}${told}; it takes ${least} or more.`;
  });
  return reasons.length === 0 ? null : reasons.join(' ');
}
