import { readFile, stat } from 'node:fs/promises';
import {
  decodeNotebook,
  isNotebook,
  maximumNotebookBytes,
  notebookTooLargeReason,
} from './notebookSource.ts';
import { type DecodedSource, decodeSource, maximumSourceBytes, tooLargeReason } from './sourceText.ts';

/** One remedy for each way in which the system refuses a file. */
function refusal(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'EACCES' || code === 'EPERM') return 'The file may not be read (no permission).';
  if (code === 'ENOENT') return 'The file does not exist.';
  if (code === 'EISDIR') return 'This is a folder, not a file.';
  return `The file could not be read (${code}).`;
}

/**
 * The text of a file on disk within the size limit; never throws. The status comes first: opening a pipe would wait for
 * its other end.
 */
export async function readSource(path: string): Promise<DecodedSource> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) return { unreadable: 'This is a folder, not a file.' };
    if (!status.isFile()) return { unreadable: 'This is not a regular file.' };
    if (isNotebook(path)) {
      if (status.size > maximumNotebookBytes) return { unreadable: notebookTooLargeReason };
      return decodeNotebook(await readFile(path));
    }
    if (status.size > maximumSourceBytes) return { unreadable: tooLargeReason };
    return decodeSource(await readFile(path));
  } catch (error) {
    return { unreadable: refusal(error) };
  }
}
