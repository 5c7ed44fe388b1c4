/** What a source that reads files of the kernel may do. Tests hand in one whose root is a folder of their own. */

import type { MissingReason } from '../../contracts/provenance.ts';

export type FileText = { readonly text: string } | { readonly missing: MissingReason };
export type FileBytes = { readonly bytes: Uint8Array } | { readonly missing: MissingReason };

export interface FolderDoor {
  /** Names in the folder, in order; empty when there is none. */
  list(path: string): readonly string[];
  /** The whole file, without blanks at its ends. Never throws; files are kept open between calls. */
  read(path: string): FileText;
  /** The same for a binary file of at most 64 KiB. The bytes are valid until the next call. */
  readBytes(path: string): FileBytes;
  close(): void;
}

/** The text, or undefined when there is none for whatever reason. */
export function textIn(door: FolderDoor, path: string): string | undefined {
  const found = door.read(path);
  return 'text' in found ? found.text : undefined;
}

/** The whole number in a file; undefined when there is none. */
export function numberIn(door: FolderDoor, path: string): number | undefined {
  const text = textIn(door, path);
  return text !== undefined && /^-?\d{1,18}$/.test(text) ? Number(text) : undefined;
}
