/** The file of a trace, read as it comes: packed or not, of any size. */

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { readTrace } from '../insight/trace/readTrace.ts';
import { TraceError } from '../insight/trace/traceError.ts';
import type { TraceFacts } from '../insight/trace/traceSummary.ts';

const chunkBytes = 2 ** 20;

/**
 * @param told is given the share of the file that was read, 0–1
 * @throws TraceError with the reason why it cannot be read
 */
export async function readTraceFile(path: string, told: (share: number) => void): Promise<TraceFacts> {
  const file = await readable(path);
  const raw = createReadStream(path, { highWaterMark: chunkBytes });
  let read = 0;
  raw.on('data', (chunk) => {
    read += chunk.length;
    told(Math.min(1, read / file.bytes));
  });
  const text = file.packed ? raw.pipe(createGunzip({ chunkSize: chunkBytes })) : raw;
  raw.on('error', (error) => text.destroy(error));
  text.setEncoding('utf8');
  try {
    return await readTrace(text as AsyncIterable<string>);
  } catch (error) {
    throw error instanceof TraceError ? error : new TraceError(reasonOf(error));
  } finally {
    raw.destroy();
    text.destroy();
  }
}

async function readable(path: string): Promise<{ readonly bytes: number; readonly packed: boolean }> {
  try {
    const known = await stat(path);
    if (!known.isFile()) throw new TraceError('it is no file');
    if (known.size === 0) throw new TraceError('it is empty');
    const handle = await open(path);
    try {
      const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
      return { bytes: known.size, packed: buffer[0] === 0x1f && buffer[1] === 0x8b };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof TraceError ? error : new TraceError(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  if (code === 'Z_BUF_ERROR') return 'the packed file ends in the middle';
  if (code.startsWith('Z_')) return 'it is packed and damaged';
  return error instanceof Error ? error.message : String(error);
}
