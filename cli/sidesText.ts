/** A comparison of several runs with several, for a terminal. */

import type { SidesComparison } from '../contracts/runs.ts';
import { sidesRows, sidesVerdict } from '../insight/report/sidesMarkdown.ts';
import { comparedText } from './comparedTable.ts';

export const sidesText = (sides: SidesComparison, qualities: readonly string[]): string =>
  comparedText(sidesRows(sides, qualities), sidesVerdict(sides), sides.caveats);
