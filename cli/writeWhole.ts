/** Writes a file that is there whole or not at all, and replaces another one only when it is told to. */

import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

export interface WriteOptions {
  readonly force?: boolean;
}

/** Asked before the work begins, so that nobody waits for a text that will not be written. @throws UsageError */
export async function refuseToReplace(path: string, { force }: WriteOptions): Promise<void> {
  if (force === true) return;
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined) throw new UsageError(`${plain(path)} is there already; --force replaces it.`);
}

/** `option`: with which the path was given. @throws UsageError when it is there already or cannot be written */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  options: WriteOptions,
  option = '--out',
): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(part, 'wx', 0o600);
    for await (const piece of pieces) await file.write(piece);
    await file.close();
    // Somebody else may have made it meanwhile.
    await refuseToReplace(path, options);
    await rename(part, path);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(part, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(
      `${plain(path)} cannot be written (${plain(message)}); choose another place with ${option}.`,
    );
  }
}
