/** Prints how evenly the GPUs of a run work, and what slowing those that wait would save. */

import type { BalancePlan, GpuBalance } from '../contracts/balancePlan.ts';
import { formatEnergy, formatPower, formatShare, notAvailable } from '../contracts/units.ts';
import { findRun, runsSearched } from './findRun.ts';
import type { PlanBalanceOptions } from './plan.ts';
import { withSampler } from './sampler.ts';
import { plain, table } from './terminalText.ts';

export async function planBalance(word: string | undefined, options: PlanBalanceOptions): Promise<void> {
  await withSampler('plan balance', async (client) => {
    const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word ?? 'last');
    const plan = await client.request('balancePlan', { runId });
    const show = { text: balanceText, csv: balanceCsv, json: balanceJson }[options.format];
    process.stdout.write(show(plan));
  });
}

function balanceText(plan: BalancePlan): string {
  const { gpus, perStepMs, perStepJ, savedJ, caveats } = plan;
  const heads = ['GPU', '', 'WORKS', 'SLACK PER STEP', 'ENERGY PER STEP', 'POWER', 'SLOWER', 'SAVES'];
  const rows = gpus.map((gpu) => [
    String(gpu.index),
    plain(gpu.name),
    formatShare(gpu.workShare),
    `${gpu.slackMs.toFixed(1)} ms${gpu.spreadMs === null ? '' : ` ±${gpu.spreadMs.toFixed(1)}`}`,
    formatEnergy(gpu.perStepJ),
    formatPower(gpu.meanPowerW),
    gpu.stretch > 1 ? `${gpu.stretch.toFixed(2)} ×` : 'no',
    gpu.savedJ === null ? notAvailable : formatEnergy(gpu.savedJ),
  ]);
  const align = ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'right'] as const;
  const title = `Run ${plan.number} ${plain(plan.name)}, ${gpus.length} GPUs${plan.simulated ? ' (simulated)' : ''}, ${plan.steps} steps of ${perStepMs.toFixed(1)} ms and ${formatEnergy(perStepJ)}`;
  const total =
    savedJ === null
      ? ''
      : `Slowed as far as the others allow: ${formatEnergy(savedJ)} less per step (${formatShare(savedJ / perStepJ)}), modelled\n`;
  return `${title}\n\n${table([heads, ...rows], align)}\n\n${total}${caveats.map((note) => `note: ${plain(note)}\n`).join('')}`;
}

/** Each row says where its figures come from: rows are taken out of files. */
export const balanceCsv = (plan: BalancePlan): string =>
  `gpu,work_share,slack_s,spread_s,energy_per_step_j,power_w,stretch,saved_per_step_j,source,energy_from,saving_from,simulated\n${plan.gpus.map((gpu) => csvRow(gpu, plan)).join('')}`;

const csvRow = (
  { index, workShare, slackMs, spreadMs, perStepJ, meanPowerW, stretch, savedJ }: GpuBalance,
  { source, simulated }: BalancePlan,
): string =>
  `${[
    index,
    workShare.toFixed(4),
    (slackMs / 1000).toPrecision(6),
    spreadMs === null ? '' : (spreadMs / 1000).toPrecision(6),
    perStepJ.toPrecision(8),
    meanPowerW.toPrecision(6),
    stretch.toFixed(4),
    savedJ?.toPrecision(6) ?? '',
    source,
    'mean of power readings',
    savedJ === null ? '' : 'model',
    simulated,
  ].join(',')}\n`;

const balanceJson = (plan: BalancePlan): string => `${JSON.stringify({ version: 1, ...plan }, null, 2)}\n`;
