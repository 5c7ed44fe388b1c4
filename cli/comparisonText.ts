/** A comparison as text and as Markdown. */

import type { ComparedSide, Comparison, Verdict } from '../contracts/runs.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  formatWattHours,
  notAvailable,
} from '../contracts/units.ts';
import { markdownText } from '../insight/report/markdownText.ts';
import { plain, table } from './terminalText.ts';

const verdictText: Readonly<Record<Verdict, string>> = {
  better: 'less energy per step',
  worse: 'more energy per step',
  notDistinguishable: 'not distinguishable',
  notComparable: 'not comparable',
};

const percent = (share: number): string =>
  `${share > 0 ? '+' : share < 0 ? '−' : ''}${(Math.abs(share) * 100).toFixed(1)} %`;

/** `−31.2 % (95 % interval −33.0 % to −29.1 %)`, or why there is no figure. */
export function changeText(comparison: Comparison): string {
  const simulated = comparison.baseline.simulated || comparison.run.simulated ? ' (simulated)' : '';
  const verdict = `${verdictText[comparison.verdict]}${simulated}`;
  // A sampler of another version may send a change beside "not comparable".
  if (comparison.verdict === 'notComparable' || comparison.change === null) return verdict;
  const { interval } = comparison;
  const range =
    interval === null ? '' : ` (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`;
  return `${verdict}: ${percent(comparison.change)}${range}`;
}

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

export function comparisonText(comparison: Comparison, qualities: Qualities): string {
  const caveats = comparison.caveats.map((caveat) => `note: ${plain(caveat)}\n`).join('');
  return `${table(rowsOf(comparison, qualities), ['left', 'right', 'right'])}\n\n${changeText(comparison)}\n${caveats}`;
}

export function comparisonMarkdown(comparison: Comparison, qualities: Qualities): string {
  const [head = [], ...rows] = rowsOf(comparison, qualities).map(
    (row) => `| ${row.map(markdownText).join(' | ')} |`,
  );
  const caveats = comparison.caveats.map((caveat) => `\n- ${markdownText(caveat)}`).join('');
  return `${head}\n| --- | ---: | ---: |\n${rows.join('\n')}\n\n**${markdownText(changeText(comparison))}**\n${caveats}${caveats === '' ? '' : '\n'}`;
}
