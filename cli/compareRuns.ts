/** Fetches comparisons of runs with their baseline, prints them, and answers for a pipeline by exit status. */

import { pinnedBaseline } from '../contracts/pinnedBaseline.ts';
import type { Comparison, RunSummary } from '../contracts/runs.ts';
import { sidesMarkdown } from '../insight/report/sidesMarkdown.ts';
import type { CompareOptions } from './compare.ts';
import { comparisonMarkdown, comparisonText, type Qualities } from './comparisonText.ts';
import { findRun, runsSearched } from './findRun.ts';
import { qualityText } from './runSummary.ts';
import { withSampler } from './sampler.ts';
import { sidesText } from './sidesText.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const comparisonsVersion = 1;

export interface RunsMeant {
  readonly baseline: RunSummary;
  readonly others: readonly RunSummary[];
}

/** @throws UsageError for a run that is not there or stands there twice */
function namedOnce(
  runs: readonly RunSummary[],
  words: readonly string[],
  remedy: string,
): readonly RunSummary[] {
  const named = words.map((word) => findRun(runs, word));
  for (const [index, run] of named.entries()) {
    const before = named.findIndex(({ runId }) => runId === run.runId);
    if (before < index)
      throw new UsageError(
        `"${plain(words[before] ?? '')}" and "${plain(words[index] ?? '')}" both name run ${run.number}; ${remedy}`,
      );
  }
  return named;
}

/** @throws UsageError for a run that is not there, that stands there twice, or that has no baseline */
export function runsMeant(runs: readonly RunSummary[], words: readonly string[]): RunsMeant {
  const named = namedOnce(runs, words, 'name two runs, such as "perjoule compare last~1 last".');
  const [first, ...others] = named;
  if (first === undefined) throw new UsageError('no run was named; name two, as in perjoule compare 14 15.');
  if (others.length > 0) return { baseline: first, others };
  const baseline = pinnedBaseline(first, runs);
  if (baseline === undefined)
    throw new UsageError(
      `run ${first.number} has no pinned baseline; name two runs, or pin an earlier run of its script: perjoule baseline RUN.`,
    );
  return { baseline, others: [first] };
}

/** What `--fail-on worse` answers. */
export function exitStatus(comparisons: readonly Pick<Comparison, 'verdict'>[]): number {
  if (comparisons.some(({ verdict }) => verdict === 'worse')) return 1;
  return comparisons.some(({ verdict }) => verdict === 'notComparable') ? 2 : 0;
}

/** @throws UsageError for a run that is not there or stands there twice, or a side of fewer than two */
export function sidesMeant(
  runs: readonly RunSummary[],
  a: readonly string[],
  b: readonly string[],
): readonly [baseline: readonly RunSummary[], others: readonly RunSummary[]] {
  if (a.length < 2 || b.length < 2)
    throw new UsageError(
      'a side needs two runs or more; name them: perjoule compare --a 11 12 13 --b 14 15 16.',
    );
  const [before, after] = [a, b].map((words) => namedOnce(runs, words, 'name each run of a side once.'));
  const both = before?.find(({ runId }) => after?.some((run) => run.runId === runId));
  if (both !== undefined)
    throw new UsageError(
      `run ${both.number} stands on both sides; leave it out of --a or of --b, which need two runs or more each.`,
    );
  return [before ?? [], after ?? []];
}

export async function compareRuns(words: readonly string[], options: CompareOptions): Promise<void> {
  const { a, b } = options;
  if (a !== undefined || b !== undefined) {
    if (words.length > 0) throw new UsageError('name runs either alone or with --a and --b, not both.');
    return compareSides(a ?? [], b ?? [], options);
  }
  await withSampler('compare', async (client) => {
    const { baseline, others } = runsMeant(await client.request('listRuns', { limit: runsSearched }), words);
    const comparisons: Comparison[] = [];
    for (const { runId } of others)
      comparisons.push(await client.request('compare', { baselineRunId: baseline.runId, runId }));
    const printed = options.format === 'markdown' ? comparisonMarkdown : comparisonText;
    const texts = comparisons.map((comparison, index) => {
      const qualities: Qualities = [qualityText(baseline), qualityText(others[index] ?? baseline)];
      return printed(comparison, qualities);
    });
    process.stdout.write(
      options.format === 'json'
        ? `${JSON.stringify({ version: comparisonsVersion, comparisons }, null, 2)}\n`
        : texts.join('\n'),
    );
    if (options.failOn === 'worse') process.exitCode = exitStatus(comparisons);
  });
}

async function compareSides(
  a: readonly string[],
  b: readonly string[],
  { format, failOn }: CompareOptions,
): Promise<void> {
  await withSampler('compare', async (client) => {
    const sides = sidesMeant(await client.request('listRuns', { limit: runsSearched }), a, b);
    const [baselineRunIds, runIds] = sides.map((side) => side.map(({ runId }) => runId));
    const compared = await client.request('compareSides', {
      baselineRunIds: baselineRunIds ?? [],
      runIds: runIds ?? [],
    });
    const qualities = sides.map((side) => [...new Set(side.map(qualityText))].join(', '));
    const printed = format === 'markdown' ? sidesMarkdown : sidesText;
    process.stdout.write(
      format === 'json'
        ? `${JSON.stringify({ version: comparisonsVersion, sides: compared }, null, 2)}\n`
        : printed(compared, qualities),
    );
    if (failOn === 'worse') process.exitCode = exitStatus([compared]);
  });
}
