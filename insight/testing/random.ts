/** Numbers for tests: the same seed gives the same run again. */

import { createSeededRandom } from '../seededRandom.ts';

export interface Random {
  /** 0 ≤ value < 1. */
  next(): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  between(low: number, high: number): number;
}

export function createRandom(seed: number): Random {
  const next = createSeededRandom(seed);
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    between: (low, high) => low + (high - low) * next(),
  };
}
