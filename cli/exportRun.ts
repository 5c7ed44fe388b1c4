/** Fetches a run from the sampler piece by piece and writes it. */

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { RunBlock, RunRecord } from '../contracts/runFile.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { csvDocument } from '../sampler/runFile/runCsv.ts';
import { jsonDocument } from '../sampler/runFile/runJson.ts';
import { findRun } from './compareTwo.ts';
import type { ExportOptions } from './export.ts';
import { UsageError, withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { readerIsGone, writeOut } from './writeOut.ts';

const searched = 1000;
/** Eight GPUs at 20 Hz fill a quarter of a message in so long. */
const windowMs = 120_000;

export async function exportRun(word: string, options: ExportOptions): Promise<void> {
  await withSampler('export', async (client) => {
    const { runId } = findRun(await client.request('listRuns', { limit: searched }), word);
    const record = await client.request('runRecord', { runId });
    if (record === null) throw new UsageError(`run "${plain(word)}" was deleted meanwhile.`);
    const samples = samplesOf(client, record);
    const pieces = options.format === 'csv' ? csvDocument(record, samples) : jsonDocument(record, samples);
    if (options.out === undefined) await print(pieces);
    else await write(options.out, pieces);
  });
}

async function* samplesOf(client: SamplerClient, record: RunRecord): AsyncIterable<readonly RunBlock[]> {
  const { runId, durationMs } = record.run;
  for (let fromMs = 0; fromMs <= durationMs; fromMs += windowMs)
    yield await client.request('runSamples', { runId, fromMs, toMs: fromMs + windowMs });
}

async function print(pieces: AsyncIterable<string>): Promise<void> {
  try {
    for await (const piece of pieces) await writeOut(process.stdout, piece);
  } catch (error) {
    // The reader may leave early (`| head`).
    if (!readerIsGone(error)) throw error;
  }
}

/** The file is there whole or not at all. @throws UsageError when it cannot be written */
async function write(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(part, 'wx', 0o600);
    for await (const piece of pieces) await file.write(piece);
    await file.close();
    await rename(part, path);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(part, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(
      `${plain(path)} cannot be written (${plain(message)}); choose another place with --out.`,
    );
  }
}
