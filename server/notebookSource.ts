/** Bytes of a notebook to the text of its cells, or the reason why there is none. */

import { notebookText } from './notebook.ts';
import { type DecodedSource, tooMuch } from './sourceText.ts';

/** Most of a notebook is pictures and output. */
export const maximumNotebookBytes = 32 * 1024 * 1024;
export const notebookTooLargeReason = 'The notebook is larger than 32 MB and was not checked.';

export const isNotebook = (path: string): boolean => /\.ipynb$/i.test(path);

export function decodeNotebook(bytes: Uint8Array): DecodedSource {
  if (bytes.length > maximumNotebookBytes) return { unreadable: notebookTooLargeReason };
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { unreadable: 'The notebook is not valid utf-8 text and was not checked.' };
  }
  const read = notebookText(json);
  if ('unreadable' in read) return read;
  const reason = tooMuch(read.text);
  if (reason !== undefined) return { unreadable: reason };
  return { ...read, byteOrderMark: false, encoding: 'utf-8' };
}
