/** What a row of the formats says. */

import type { StepUnit } from '../../contracts/runs.ts';

/**
 * What besides the pattern must speak for training: nothing, because the words do; a bar's description or a figure
 * beside it; a figure on the line; one that only learning has; or one of those on the line before.
 */
export type Proof = 'none' | 'label' | 'figure' | 'learning' | 'lineBefore';

export interface ProgressFormat {
  readonly name: string;
  /** Complete in itself: one sight is enough, and it may be read before its line has ended. */
  readonly bar: boolean;
  readonly counts: StepUnit;
  readonly proof: Proof;
  /** Lines that count the same: what tells them apart is left out. The bar's own text where absent. */
  readonly label?: string;
  /** What one of the count stands for; 1 where absent. */
  readonly each?: number;
  readonly pattern: RegExp;
}
