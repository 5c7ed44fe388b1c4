/** Bytes of a Python file to text, or the reason why there is no text. Shared by the language server and the command line. */

import type { NotebookCell } from './notebook.ts';
import { namesGpuFramework } from './python/frameworks.ts';

export const maximumSourceBytes = 2 * 1024 * 1024;

export interface SourceText {
  /** Without the byte order mark: the checker counts columns from the first visible character. */
  readonly text: string;
  readonly byteOrderMark: boolean;
  readonly encoding: string;
  /** The cells of a notebook, whose text this is; absent for a file. */
  readonly cells?: readonly NotebookCell[];
}

export type DecodedSource = SourceText | { readonly unreadable: string };

export const tooLargeReason = 'The file is larger than 2 MB and was not checked.';
const binaryReason = 'The file is binary (it holds NUL bytes) and was not checked.';

/** So many names, numbers and marks on one line nobody wrote by hand: 1 MB of them takes a parser most of a second. */
const mostParts = 250_000;
const dataReason =
  'A line of the file holds over 250,000 words and marks: it is data, and the file was not checked.';

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  (code >= 97 && code <= 122) ||
  code > 127;

/** Whether a line of a file that would be parsed is too much for it. Long strings, as of coded pictures, have few parts. */
function isData(text: string): boolean {
  if (text.length < mostParts || !namesGpuFramework(text)) return false;
  let parts = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const word = isWord(code);
    if (code === 10 || code === 13) parts = 0;
    else if (word ? !inWord : code > 32) parts += 1;
    if (parts > mostParts) return true;
    inWord = word;
  }
  return false;
}

/** Why a text is too much for the checker. */
export function tooMuch(text: string): string | undefined {
  if (text.length > maximumSourceBytes) return tooLargeReason;
  return isData(text) ? dataReason : undefined;
}

/** The same bars for text that an editor has decoded already. */
export function editorSource(text: string): { readonly text: string } | { readonly unreadable: string } {
  const reason = tooMuch(text);
  if (reason !== undefined) return { unreadable: reason };
  return text.includes('\0') ? { unreadable: binaryReason } : { text };
}

/** The coding line of PEP 263; Python looks for it in the first two lines only. */
const codingLine = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;

/** Python's usual names that the decoder knows under another one. */
const decoderNames: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  'utf-8-sig': 'utf-8',
  'latin-1': 'latin1',
  'iso-latin-1': 'latin1',
  cp1252: 'windows-1252',
  // What a package adds for syntax of later versions, in UTF-8.
  'future-fstrings': 'utf-8',
  'future-annotations': 'utf-8',
};

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 400)).split(/\r\n|\r|\n/, 2);
  for (const line of head) {
    const name = codingLine.exec(line)?.[1];
    if (name !== undefined) return name.toLowerCase().replaceAll('_', '-');
    if (!/^[ \t\f]*(#.*)?$/.test(line)) return undefined;
  }
  return undefined;
}

export function decodeSource(bytes: Uint8Array): DecodedSource {
  if (bytes.length > maximumSourceBytes) return { unreadable: tooLargeReason };
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  if (bytes.includes(0)) return { unreadable: binaryReason };
  const declared = byteOrderMark ? 'utf-8' : (declaredEncoding(bytes) ?? 'utf-8');
  const encoding = decoderNames[declared] ?? declared;
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    const reason = tooMuch(text);
    return reason === undefined ? { text, byteOrderMark, encoding } : { unreadable: reason };
  } catch {
    return { unreadable: `The file is not valid ${encoding} text and was not checked.` };
  }
}
