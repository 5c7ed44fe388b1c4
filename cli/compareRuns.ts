/** Fetches comparisons of runs with their baseline, prints them, and answers for a pipeline by exit status. */

import { pinnedBaseline } from '../contracts/pinnedBaseline.ts';
import type { Comparison, RunSummary } from '../contracts/runs.ts';
import type { CompareOptions } from './compare.ts';
import { comparisonMarkdown, comparisonText, type Qualities } from './comparisonText.ts';
import { findRun, runsSearched } from './findRun.ts';
import { qualityText } from './runSummary.ts';
import { withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const comparisonsVersion = 1;

export interface RunsMeant {
  readonly baseline: RunSummary;
  readonly others: readonly RunSummary[];
}

/** @throws UsageError for a run that is not there, that stands there twice, or that has no baseline */
export function runsMeant(runs: readonly RunSummary[], words: readonly string[]): RunsMeant {
  const named = words.map((word) => findRun(runs, word));
  for (const [index, run] of named.entries()) {
    const before = named.findIndex(({ runId }) => runId === run.runId);
    if (before < index)
      throw new UsageError(
        `"${plain(words[before] ?? '')}" and "${plain(words[index] ?? '')}" both name run ${run.number}; name two runs, such as "perjoule compare last~1 last".`,
      );
  }
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
export function exitStatus(comparisons: readonly Comparison[]): number {
  if (comparisons.some(({ verdict }) => verdict === 'worse')) return 1;
  return comparisons.some(({ verdict }) => verdict === 'notComparable') ? 2 : 0;
}

export async function compareRuns(words: readonly string[], options: CompareOptions): Promise<void> {
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
