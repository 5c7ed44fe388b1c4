/**
 * Which of the measured limits to take. Three wishes, as Zeus has them: least energy; least energy among those that are
 * not too slow; and a weighing of energy against time, with the highest power as the price of a second.
 */

import type { LimitPicks, LimitPoint } from '../../../contracts/powerPlan.ts';

export type LimitWish =
  | { readonly kind: 'leastEnergy' }
  /** `share` 0.05: at most 5 % slower than at the highest measured limit. */
  | { readonly kind: 'slowdown'; readonly share: number }
  /** `eta` 1 looks at energy alone, 0 at time alone. */
  | { readonly kind: 'weighed'; readonly eta: number };

/** Of equal ones the lowest limit. Null without points. */
export function pickLimit(points: readonly LimitPoint[], wish: LimitWish, gpus: number): LimitPoint | null {
  const highest = highestLimit(points);
  if (highest === null) return null;
  const allowed =
    wish.kind === 'slowdown'
      ? points.filter(({ perStepMs }) => perStepMs <= highest.perStepMs * (1 + wish.share))
      : points;
  const price = (point: LimitPoint): number =>
    wish.kind === 'weighed'
      ? wish.eta * point.perStepJ + ((1 - wish.eta) * highest.limitW * gpus * point.perStepMs) / 1000
      : point.perStepJ;
  return allowed.reduce<LimitPoint | null>(
    (best, point) => (best === null || price(point) < price(best) ? point : best),
    null,
  );
}

/** What the others are held against. Points are in order of their limits. */
export const highestLimit = (points: readonly LimitPoint[]): LimitPoint | null => points.at(-1) ?? null;

const mostSlowdownPercent = 50;

/** Null without points. */
export function limitPicks(points: readonly LimitPoint[], gpus: number): LimitPicks | null {
  const pick = (wish: LimitWish): number => pickLimit(points, wish, gpus)?.limitW ?? 0;
  if (points.length === 0) return null;
  return {
    leastEnergyW: pick({ kind: 'leastEnergy' }),
    bySlowdown: Array.from({ length: mostSlowdownPercent + 1 }, (_, at) =>
      pick({ kind: 'slowdown', share: at / 100 }),
    ),
    byEta: Array.from({ length: 101 }, (_, at) => pick({ kind: 'weighed', eta: at / 100 })),
  };
}
