/** Fetches a run from the sampler piece by piece and writes it. */

import type { RunBlock, RunRecord } from '../contracts/runFile.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { csvDocument } from '../sampler/runFile/runCsv.ts';
import { jsonDocument } from '../sampler/runFile/runJson.ts';
import type { ExportOptions } from './export.ts';
import { findRun, runsSearched } from './findRun.ts';
import { UsageError, withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { readerIsGone, writeOut } from './writeOut.ts';
import { refuseToReplace, writeWhole } from './writeWhole.ts';

/** Eight GPUs at 20 Hz fill a quarter of a message in so long. */
const windowMs = 120_000;

export async function exportRun(word: string, options: ExportOptions): Promise<void> {
  await withSampler('export', async (client) => {
    if (options.out !== undefined) await refuseToReplace(options.out, options);
    const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word);
    const record = await client.request('runRecord', { runId });
    if (record === null) throw new UsageError(`run "${plain(word)}" was deleted meanwhile.`);
    const samples = samplesOf(client, record);
    const pieces = options.format === 'csv' ? csvDocument(record, samples) : jsonDocument(record, samples);
    if (options.out === undefined) await print(pieces);
    else await writeWhole(options.out, pieces, options);
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
