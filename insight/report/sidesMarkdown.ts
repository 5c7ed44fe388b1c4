/** A comparison of several runs with several as Markdown, with the rows that the terminal shows too. */

import type { ComparedSide, SidesComparison } from '../../contracts/runs.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  notAvailable,
} from '../../contracts/units.ts';
import { verdictLine } from '../../contracts/verdictText.ts';
import { meanOfRuns } from '../compare/runSpread.ts';
import { comparedMarkdown } from './comparedMarkdown.ts';

const meanOf = (values: readonly (number | null)[]): number | null =>
  values.length === 0 || values.includes(null)
    ? null
    : values.reduce((sum: number, value) => sum + (value ?? 0), 0) / values.length;

/** @param qualities how each side was measured */
export function sidesRows(
  { baseline, runs, variation }: SidesComparison,
  qualities: readonly string[],
): string[][] {
  const both = (label: string, show: (side: readonly ComparedSide[], at: number) => string): string[] => [
    label,
    ...[baseline, runs].map(show),
  ];
  const mean = (side: readonly ComparedSide[], of: (one: ComparedSide) => number | null): number | null =>
    meanOf(side.map(of));
  return [
    both('', (side) => {
      const simulated = side.some((one) => one.simulated) ? ' (simulated)' : '';
      return `runs ${side.map(({ number }) => number).join(', ')}${simulated}`;
    }),
    both('Quality', (_, at) => qualities[at] || notAvailable),
    both('Energy per step, geometric mean', (side) =>
      formatPerStep(meanOfRuns(side.map((one) => one.perStepJ)), null, side[0]?.unit),
    ),
    both('Spread between runs', (_, at) => {
      const spread = variation[at] ?? null;
      return spread === null ? notAvailable : `±${formatShare(spread)}`;
    }),
    both('Energy, mean of a run', (side) => formatEnergy(mean(side, (one) => one.energyJ))),
    both('Time, mean of a run', (side) => formatDuration(mean(side, (one) => one.durationMs))),
    both('Idle, mean of a run', (side) => formatShare(mean(side, (one) => one.idleShare))),
  ];
}

export const sidesVerdict = (sides: SidesComparison): string =>
  verdictLine(
    sides,
    [...sides.baseline, ...sides.runs].some(({ simulated }) => simulated),
  );

export const sidesMarkdown = (sides: SidesComparison, qualities: readonly string[]): string =>
  comparedMarkdown(sidesRows(sides, qualities), sidesVerdict(sides), sides.caveats);
