/** Reads a file, checks it whole, and hands its runs to the sampler. */

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RunBlock } from '../contracts/runFile.ts';
import { formatDuration, formatEnergy } from '../contracts/units.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { createMachineDoor } from '../sampler/machineDoor.ts';
import type { ReadRun } from '../sampler/runFile/importedRun.ts';
import { readPast } from '../sampler/runFile/pastSeries.ts';
import { readRuns } from '../sampler/runFile/readRuns.ts';
import { RunFileError } from '../sampler/runFile/shape.ts';
import { PrometheusError, parseAddress } from '../sampler/sources/prometheus/api.ts';
import type { ImportOptions } from './import.ts';
import { UsageError, withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';

const largestBytes = 400 * 2 ** 20;
/** Samples in one message. */
const mostInMessage = 20_000;
const searched = 1000;

export async function importFile(path: string, options: ImportOptions): Promise<void> {
  await withSampler('import', async (client) => {
    const isServer = /^https?:\/\//i.test(path);
    const runs = isServer ? [await readServer(path, options)] : await readFileRuns(path);
    const shown = isServer ? (parseAddress(path)?.shown ?? '') : basename(path);
    const known = new Map(
      (await client.request('listRuns', { limit: searched })).map((run) => [run.runId, run]),
    );
    for (const read of runs) {
      const { run } = read.record;
      const here = known.get(run.runId);
      if (here !== undefined) {
        process.stderr.write(
          `perjoule: ${plain(here.name)} is here already, as run ${here.number}; it was left as it is.\n`,
        );
        process.exitCode = 1;
        continue;
      }
      const number = await send(client, read, shown);
      const figures = `${formatEnergy(run.totals.energyJ)}, ${formatDuration(run.durationMs)}`;
      process.stdout.write(`run ${number}: ${plain(run.name)}, ${figures} (imported, ${read.format})\n`);
    }
  });
}

function timeOf(text: string, option: string): number {
  const timeMs = Date.parse(text);
  if (Number.isFinite(timeMs)) return timeMs;
  throw new UsageError(`${option} "${plain(text)}" is no time; write it as 2026-05-30T14:00:00Z.`);
}

/** @throws UsageError for a server that does not answer, or has no such GPU in that time */
async function readServer(url: string, options: ImportOptions): Promise<ReadRun> {
  const address = parseAddress(url);
  if (address === null) throw new UsageError('the address is not one of http or https; check it.');
  if (options.from === undefined) throw new UsageError('a server needs a time; name its start with --from.');
  const toMs = options.to === undefined ? Date.now() : timeOf(options.to, '--to');
  const job = options.job === undefined ? null : `job ${options.job}`;
  const holder = options.pod === undefined ? job : `pod ${options.pod}`;
  const door = createMachineDoor();
  try {
    return await readPast(door, address, { fromMs: timeOf(options.from, '--from'), toMs, holder });
  } catch (error) {
    if (!(error instanceof RunFileError || error instanceof PrometheusError)) throw error;
    const reason = plain(error.message).replace(/\.$/, '');
    throw new UsageError(`${plain(address.shown)}: ${reason}; check the address, the times and the name.`);
  } finally {
    door.close();
  }
}

/** Some causes have a remedy of their own behind a semicolon. */
const withRemedy = (cause: string): string =>
  cause.includes('; ')
    ? cause
    : `${cause.replace(/\.$/, '')}; name a file of "perjoule export" or "run --out", CodeCarbon’s emissions.csv or a log of ZeusMonitor, as it was written.`;

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
      throw new UsageError(`${shown}: ${withRemedy(plain(error.message))} Nothing was imported.`);
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
