/** A run of the sampler as the text of a file, fetched piece by piece: for the command line and the extension host. */

import type { RunBlock } from '../../contracts/runFile.ts';
import type { SamplerRequests } from '../../contracts/samplerProtocol.ts';
import { csvDocument, jsonDocument } from './writeRun.ts';

export type RunFormat = 'json' | 'csv';

/** Whoever can ask the sampler. */
interface Asking {
  request<Name extends 'runRecord' | 'runSamples'>(
    name: Name,
    params: SamplerRequests[Name]['params'],
  ): Promise<SamplerRequests[Name]['result']>;
}

/** Eight GPUs at 20 Hz fill a quarter of a message in so long. */
const windowMs = 120_000;

/** Null for a run that is not there any more. */
export async function runDocument(
  client: Asking,
  runId: string,
  format: RunFormat,
): Promise<AsyncIterable<string> | null> {
  const record = await client.request('runRecord', { runId });
  if (record === null) return null;
  const samples = samplesOf(client, record.run);
  return format === 'csv' ? csvDocument(record, samples) : jsonDocument(record, samples);
}

async function* samplesOf(
  client: Asking,
  { runId, durationMs }: { readonly runId: string; readonly durationMs: number },
): AsyncIterable<readonly RunBlock[]> {
  for (let fromMs = 0; fromMs <= durationMs; fromMs += windowMs)
    yield await client.request('runSamples', { runId, fromMs, toMs: fromMs + windowMs });
}
