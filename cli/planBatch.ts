/** Prints energy per sample by batch size. */

import type { BatchPlan, BatchPoint } from '../contracts/powerPlan.ts';
import type { RunSummary } from '../contracts/runs.ts';
import { formatPerStep, formatShare } from '../contracts/units.ts';
import { findRun, runsSearched } from './findRun.ts';
import type { PlanBatchOptions } from './plan.ts';
import { withSampler } from './sampler.ts';
import { plain, table } from './terminalText.ts';
import { UsageError } from './usageError.ts';

export async function planBatch(words: readonly string[], options: PlanBatchOptions): Promise<void> {
  await withSampler('plan batch', async (client) => {
    const all = await client.request('listRuns', { limit: runsSearched });
    const runs = words.map((word) => {
      const [run = '', size] = word.split('=');
      return { runId: findRun(all, run).runId, batchSize: size === undefined ? null : sizeOf(word, size) };
    });
    refuseTwice(runs, all);
    const plan = await client.request('batchPlan', { runs });
    if (plan.points.length === 0)
      throw new UsageError(leftOutNotes(plan)[0] ?? 'the runs have no energy per step to plan with.');
    const show = { text: batchText, csv: batchCsv, json: batchJson }[options.format];
    process.stdout.write(show(plan));
  });
}

/** Two sizes for one run cannot both be true, and one size said twice would count it twice. @throws UsageError */
function refuseTwice(named: readonly { readonly runId: string }[], all: readonly RunSummary[]): void {
  const twice = named.find(({ runId }, at) =>
    named.some((other, before) => before < at && other.runId === runId),
  );
  const number = all.find(({ runId }) => runId === twice?.runId)?.number;
  if (number !== undefined)
    throw new UsageError(`run ${number} is named twice; name it once, with one size.`);
}

/** @throws UsageError */
function sizeOf(word: string, size: string): number {
  if (!/^[1-9]\d{0,8}$/.test(size))
    throw new UsageError(`"${plain(word)}" names no batch size; write it as 14=64.`);
  return Number(size);
}

/** What keeps a run off the curve, and what would bring it there. */
const leftOutNotes = ({ leftOut }: BatchPlan): readonly string[] =>
  leftOut.map(({ number, needsSize, why }) => (needsSize ? `${why} Say it, as in ${number}=64.` : why));

function batchText(plan: BatchPlan): string {
  const { points, best, next, caveats } = plan;
  const heads = ['BATCH', 'RUN', 'ENERGY PER SAMPLE', 'TIME PER SAMPLE', 'STEPS', 'MEMORY', ''];
  const rows = points.map((point) => [
    String(point.batchSize),
    `${point.number} ${plain(point.name)}`,
    formatPerStep(point.perSampleJ, point.spreadJ).replace('/step', '/sample'),
    `${point.perSampleMs.toPrecision(3)} ms`,
    String(point.steps),
    formatShare(point.memoryShare),
    point.simulated ? 'simulated' : '',
  ]);
  const align = ['right', 'left', 'right', 'right', 'right', 'right', 'left'] as const;
  const least = best === null ? '' : `Least: ${best.batchSize}. ${best.why}\n`;
  const advice =
    next === null ? 'No other size is worth a run by these.' : `Next: ${next.batchSize}. ${next.why}`;
  return `${table([heads, ...rows], align)}\n\n${least}${advice}\n${[...leftOutNotes(plan), ...caveats].map((note) => `note: ${plain(note)}\n`).join('')}`;
}

const batchCsv = ({ points }: BatchPlan): string =>
  `batch_size,run,energy_per_sample_j,time_per_sample_s,steps,memory_share\n${points.map(csvRow).join('')}`;

const csvRow = ({ batchSize, number, perSampleJ, perSampleMs, steps, memoryShare }: BatchPoint): string =>
  `${[batchSize, number, perSampleJ.toPrecision(8), (perSampleMs / 1000).toPrecision(8), steps, memoryShare?.toFixed(4) ?? ''].join(',')}\n`;

const batchJson = (plan: BatchPlan): string => `${JSON.stringify({ version: 1, ...plan }, null, 2)}\n`;
