/** Reads a file, checks it whole, and hands its runs to the sampler. */

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RunBlock } from '../contracts/runFile.ts';
import { formatDuration, formatEnergy } from '../contracts/units.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import type { ReadRun } from '../sampler/runFile/importedRun.ts';
import { readRuns } from '../sampler/runFile/readRuns.ts';
import { RunFileError } from '../sampler/runFile/shape.ts';
import { UsageError, withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';

const largestBytes = 400 * 2 ** 20;
/** Samples in one message. */
const mostInMessage = 20_000;
const searched = 1000;

export async function importFile(path: string): Promise<void> {
  await withSampler('import', async (client) => {
    const runs = await readFileRuns(path);
    const known = new Map(
      (await client.request('listRuns', { limit: searched })).map((run) => [run.runId, run]),
    );
    for (const read of runs) {
      const { run } = read.record;
      const here = known.get(run.runId);
      if (here !== undefined) {
        process.stderr.write(
          `perjoule: ${plain(run.name)} is here already, as run ${here.number}; it was left as it is.\n`,
        );
        process.exitCode = 1;
        continue;
      }
      const number = await send(client, read, basename(path));
      const figures = `${formatEnergy(run.totals.energyJ)}, ${formatDuration(run.durationMs)}`;
      process.stdout.write(`run ${number}: ${plain(run.name)}, ${figures} (imported, ${read.format})\n`);
    }
  });
}

/** @throws UsageError for a file that is missing, too large or no run */
async function readFileRuns(path: string): Promise<readonly ReadRun[]> {
  const shown = plain(path);
  try {
    const { size } = await stat(path);
    if (size > largestBytes)
      throw new RunFileError(`The file is larger than ${largestBytes / 2 ** 20} MiB; import a shorter run.`);
    return readRuns(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof RunFileError)
      throw new UsageError(`${shown}: ${plain(error.message)} Nothing was imported.`);
    throw new UsageError(`${shown} cannot be read (${plain((error as Error).message)}); check the path.`);
  }
}

async function send(
  client: SamplerClient,
  { record, blocks, format }: ReadRun,
  file: string,
): Promise<number> {
  const { runId, startedAtMs, durationMs } = record.run;
  let waiting: RunBlock[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    await client.request('importSamples', { runId, startedAtMs, durationMs, blocks: waiting });
    waiting = [];
    count = 0;
  };
  for (const block of blocks) {
    for (const part of partsOf(block)) {
      if (count + part.timesMs.length > mostInMessage) await flush();
      waiting.push(part);
      count += part.timesMs.length;
    }
  }
  await flush();
  const imported = { format, file, importedAtMs: 0 };
  const { number } = await client.request('importRun', {
    record: { ...record, run: { ...record.run, imported } },
  });
  return number;
}

function partsOf(block: RunBlock): readonly RunBlock[] {
  const parts: RunBlock[] = [];
  for (let from = 0; from < block.timesMs.length; from += mostInMessage) {
    const to = from + mostInMessage;
    const values = Object.fromEntries(
      Object.entries(block.values).map(([metric, column]) => [metric, column.slice(from, to)]),
    );
    parts.push({ track: block.track, timesMs: block.timesMs.slice(from, to), values });
  }
  return parts;
}
