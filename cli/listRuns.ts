/** Prints the recorded runs as a table or as JSON. */

import { isDate } from '../contracts/dateText.ts';
import { kernelHoldText } from '../contracts/kernelHold.ts';
import type { RunSummary } from '../contracts/runs.ts';
import type { StoreUse } from '../contracts/samplerProtocol.ts';
import {
  formatBytes,
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  notAvailable,
} from '../contracts/units.ts';
import { qualityText } from './runSummary.ts';
import type { RunsOptions } from './runs.ts';
import { withSampler } from './sampler.ts';
import { plain, shortened, table } from './terminalText.ts';

const heads = ['RUN', 'STARTED', 'NAME', 'TIME', 'ENERGY', 'PER STEP', 'IDLE', 'STATE', 'QUALITY'];

const longestName = 40;

/** Local time to the minute: `2026-11-22 14:05`. */
function localTime(timeMs: number): string {
  if (!isDate(timeMs)) return notAvailable;
  const date = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function stateText(run: RunSummary): string {
  if (run.imported !== undefined) return `imported (${run.imported.format})`;
  if (run.state !== 'ended') return run.state;
  return run.exitCode === null || run.exitCode === 0 ? 'ended' : `exit ${run.exitCode}`;
}

function row(run: RunSummary): string[] {
  const { energyJ, idleJ } = run.totals;
  const idle = energyJ === null || idleJ === null || energyJ <= 0 ? null : idleJ / energyJ;
  return [
    String(run.number),
    localTime(run.startedAtMs),
    shortened(plain(run.name), longestName),
    formatDuration(run.durationMs),
    formatEnergy(energyJ),
    run.steps === null ? notAvailable : formatPerStep(run.steps.perStepJ, run.steps.spreadJ, run.steps.unit),
    formatShare(idle),
    stateText(run),
    qualityText(run),
  ];
}

/** `14 runs take 3.40 MiB of at most 2.00 GiB in /…/runs.db.` */
function useText({ runs, bytes, limitBytes, path }: StoreUse): string {
  const limit = limitBytes === null ? '' : ` of at most ${formatBytes(limitBytes)}`;
  const where = path === null ? 'memory' : plain(path);
  return `${runs} run${runs === 1 ? '' : 's'} take${runs === 1 ? 's' : ''} ${formatBytes(bytes)}${limit} in ${where}.`;
}

/** `After run 3: GPU held idle for 12:40 …`, a line each. */
const holdsText = (runs: readonly RunSummary[]): string =>
  runs
    .flatMap(({ number, heldAfter }) =>
      heldAfter === undefined ? [] : `After run ${number}: ${kernelHoldText(heldAfter)}.\n`,
    )
    .join('');

export async function listRuns(options: RunsOptions): Promise<void> {
  await withSampler('runs', async (client) => {
    const runs = await client.request('listRuns', { limit: options.limit });
    if (options.format === 'json') process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
    else if (runs.length === 0)
      process.stdout.write('No runs are recorded yet. Start one: perjoule run -- python train.py\n');
    else {
      const align = ['right', 'left', 'left', 'right', 'right', 'right', 'right', 'left', 'left'] as const;
      process.stdout.write(`${table([heads, ...runs.map(row)], align)}\n`);
      process.stdout.write(`\n${holdsText(runs)}${useText(await client.request('storeUse', null))}\n`);
    }
    if (client.hello.store.reason !== null) process.stderr.write(`perjoule: ${client.hello.store.reason}\n`);
  });
}
