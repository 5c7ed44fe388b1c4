/** Bytes of a Python file to text, or the reason why there is no text. Shared by the language server and the command line. */

import type { NotebookCell } from './notebook.ts';

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

/** The same bars for text that an editor has decoded already. */
export function editorSource(text: string): { readonly text: string } | { readonly unreadable: string } {
  if (text.length > maximumSourceBytes) return { unreadable: tooLargeReason };
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
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), byteOrderMark, encoding };
  } catch {
    return { unreadable: `The file is not valid ${encoding} text and was not checked.` };
  }
}
