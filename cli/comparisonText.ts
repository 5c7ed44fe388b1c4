/** A comparison as text and as Markdown. */

import type { ComparedSide, Comparison } from '../contracts/runs.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  formatWattHours,
  notAvailable,
} from '../contracts/units.ts';
import { changeText } from '../contracts/verdictText.ts';
import { comparedMarkdown } from '../insight/report/comparedMarkdown.ts';
import { comparedText } from './comparedTable.ts';
import { plain } from './terminalText.ts';

/** How each side was measured, as `qualityText` says it. */
export type Qualities = readonly [baseline: string, run: string];

function rowsOf({ baseline, run }: Comparison, qualities: Qualities): string[][] {
  const both = (label: string, show: (side: ComparedSide) => string): string[] => [
    label,
    show(baseline),
    show(run),
  ];
  const perStep = (side: ComparedSide): string =>
    side.perStepJ === null ? notAvailable : formatPerStep(side.perStepJ, side.spreadJ, side.unit);
  return [
    both('', (side) => `run ${side.number} ${plain(side.name)}${side.simulated ? ' (simulated)' : ''}`),
    ['Quality', ...qualities.map((quality) => quality || notAvailable)],
    both('Energy per step', perStep),
    both('Steps compared', (side) => String(side.steps)),
    both('Energy', (side) => `${formatEnergy(side.energyJ)}, ${formatWattHours(side.energyJ)}`),
    both('Time', (side) => formatDuration(side.durationMs)),
    both('Idle', (side) => formatShare(side.idleShare)),
  ];
}

export const comparisonText = (comparison: Comparison, qualities: Qualities): string =>
  comparedText(rowsOf(comparison, qualities), changeText(comparison), comparison.caveats);

export const comparisonMarkdown = (comparison: Comparison, qualities: Qualities): string =>
  comparedMarkdown(rowsOf(comparison, qualities), changeText(comparison), comparison.caveats);
