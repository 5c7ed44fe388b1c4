/** Writes a run of the sampler to a file or to standard output. */

import { runDocument } from '../sampler/runFile/runDocument.ts';
import type { ExportOptions } from './export.ts';
import { findRun, runsSearched } from './findRun.ts';
import { UsageError, withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { readerIsGone, writeOut } from './writeOut.ts';
import { refuseToReplace, writeWhole } from './writeWhole.ts';

export async function exportRun(word: string, options: ExportOptions): Promise<void> {
  await withSampler('export', async (client) => {
    if (options.out !== undefined) await refuseToReplace(options.out, options);
    const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word);
    const pieces = await runDocument(client, runId, options.format);
    if (pieces === null) throw new UsageError(`run "${plain(word)}" was deleted meanwhile.`);
    if (options.out === undefined) await print(pieces);
    else await writeWhole(options.out, pieces, options);
  });
}

async function print(pieces: AsyncIterable<string>): Promise<void> {
  try {
    for await (const piece of pieces) await writeOut(process.stdout, piece);
  } catch (error) {
    // The reader may leave early (`| head`).
    if (!readerIsGone(error)) throw error;
  }
}
