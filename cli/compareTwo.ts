/** Prints a comparison as text, Markdown or JSON. */

import type { ComparedSide, Comparison, RunSummary, Verdict } from '../contracts/runs.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  formatWattHours,
  notAvailable,
} from '../contracts/units.ts';
import type { CompareOptions } from './compare.ts';
import { qualityText } from './runSummary.ts';
import { withSampler } from './sampler.ts';
import { plain, table } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const searched = 1000;

/** The run that a word names. @throws UsageError */
export function findRun(runs: readonly RunSummary[], word: string): RunSummary {
  const back = /^last(?:~(\d{1,6}))?$/.exec(word);
  const found =
    back === null
      ? (runs.find((run) => run.runId === word) ?? runs.find((run) => String(run.number) === word))
      : runs[Number(back[1] ?? 0)];
  if (found !== undefined) return found;
  if (runs.length === 0)
    throw new UsageError('no runs are recorded yet; start one: perjoule run -- python train.py');
  throw new UsageError(`there is no run "${plain(word)}"; "perjoule runs" lists them.`);
}

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

const markdownCell = (text: string): string => plain(text).replaceAll(/[\\|<>*_`[\]]/g, '\\$&');

export function comparisonMarkdown(comparison: Comparison, qualities: Qualities): string {
  const [head = [], ...rows] = rowsOf(comparison, qualities).map(
    (row) => `| ${row.map(markdownCell).join(' | ')} |`,
  );
  const caveats = comparison.caveats.map((caveat) => `\n- ${markdownCell(caveat)}`).join('');
  return `${head}\n| --- | ---: | ---: |\n${rows.join('\n')}\n\n**${markdownCell(changeText(comparison))}**\n${caveats}${caveats === '' ? '' : '\n'}`;
}

export async function compareTwo(baseline: string, run: string, options: CompareOptions): Promise<void> {
  await withSampler('compare', async (client) => {
    const runs = await client.request('listRuns', { limit: searched });
    const sides = [findRun(runs, baseline), findRun(runs, run)] as const;
    if (sides[0].runId === sides[1].runId)
      throw new UsageError(
        `"${plain(baseline)}" and "${plain(run)}" both name run ${sides[0].number}; name two runs, such as "perjoule compare last~1 last".`,
      );
    const qualities: Qualities = [qualityText(sides[0]), qualityText(sides[1])];
    const comparison = await client.request('compare', {
      baselineRunId: sides[0].runId,
      runId: sides[1].runId,
    });
    const text =
      options.format === 'json'
        ? `${JSON.stringify(comparison, null, 2)}\n`
        : options.format === 'markdown'
          ? comparisonMarkdown(comparison, qualities)
          : comparisonText(comparison, qualities);
    process.stdout.write(text);
  });
}
