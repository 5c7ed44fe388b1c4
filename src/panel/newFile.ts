/** Files that a person saves: whole or not at all, and never in the place of one that is there. */

import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A picture of the page has some hundred kB. */
const mostPictureBytes = 32 * 2 ** 20;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Null for what is no PNG file. */
export function pngBytes(base64: string): Buffer | null {
  if (base64.length > mostPictureBytes) return null;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.subarray(0, pngSignature.length).equals(pngSignature) ? bytes : null;
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** `run-14.csv`, or `run-14-2.csv` where that is there, and so on. */
export async function freePath(folder: string, stem: string, ending: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = join(folder, `${stem}${count === 1 ? '' : `-${count}`}.${ending}`);
    if (!(await isThere(path))) return path;
  }
}

/** What could not be written is taken away again. @throws Error, with the code EEXIST where a file is there */
export async function writeNew(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string | Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await file.appendFile(piece);
    }
    signal?.throwIfAborted();
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}
