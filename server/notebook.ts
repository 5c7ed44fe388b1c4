/** A Jupyter notebook as one module: its Python cells in order, what is not Python blanked at the same length. */

import { blankMagics } from './notebookMagics.ts';

export interface NotebookCell {
  /** From 1, text cells counted as well, as editors number them. */
  readonly number: number;
  /** Where its text lies in the module. */
  readonly start: number;
  readonly end: number;
}

export interface NotebookText {
  readonly text: string;
  readonly cells: readonly NotebookCell[];
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/** Notebooks of other languages hold nothing for us. */
function isPython(metadata: Fields): boolean {
  const language = fields(metadata['kernelspec'])['language'] ?? fields(metadata['language_info'])['name'];
  return typeof language !== 'string' || /^i?python/i.test(language);
}

/** A cell's text is kept as one text or as lines. */
function sourceOf(cell: Fields): string {
  const { source } = cell;
  if (Array.isArray(source)) return source.filter((line) => typeof line === 'string').join('');
  return typeof source === 'string' ? source : '';
}

/** Never throws: a file that is no notebook gives the reason. */
export function notebookText(json: string): NotebookText | { readonly unreadable: string } {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    return { unreadable: 'The notebook is not valid JSON and was not checked.' };
  }
  const { cells: given, metadata } = fields(content);
  if (!Array.isArray(given))
    return {
      unreadable: 'The notebook has no cells in the format of Jupyter 4 or later and was not checked.',
    };
  if (!isPython(fields(metadata))) return { text: '', cells: [] };
  const cells: NotebookCell[] = [];
  let text = '';
  for (const [index, value] of given.entries()) {
    const cell = fields(value);
    if (cell['cell_type'] !== 'code') continue;
    const source = blankMagics(sourceOf(cell));
    cells.push({ number: index + 1, start: text.length, end: text.length + source.length });
    text += `${source}\n`;
  }
  return { text, cells };
}
