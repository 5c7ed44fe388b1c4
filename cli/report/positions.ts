/** Offsets (UTF-16) to lines and columns as people count them: from 1, a column a code point. */

import type { NotebookCell } from '../../server/notebook.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Columns of one line are counted once a line, not once an offset: a line may be a megabyte long. */
function codePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    const following = text.charCodeAt(at + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && following >= 0xdc00 && following < 0xe000 && at + 1 < end) at += 1;
    count += 1;
  }
  return count;
}

export class Positions {
  readonly #text: string;
  readonly #starts: readonly number[];
  readonly #cells: readonly NotebookCell[] | undefined;

  /** With `cells` the text is a notebook's, and lines are counted within a cell. */
  constructor(text: string, cells?: readonly NotebookCell[]) {
    this.#text = text;
    this.#cells = cells;
    const starts = [0];
    // Python ends a line at \n, \r\n and \r, and nowhere else.
    for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
    this.#starts = starts;
  }

  get text(): string {
    return this.#text;
  }

  get lineCount(): number {
    return this.#text === '' ? 0 : this.#starts.length - (this.#starts.at(-1) === this.#text.length ? 1 : 0);
  }

  at(offset: number): Position {
    const index = this.#index(offset);
    const cell = this.cellAt(offset);
    const above = cell === undefined ? 0 : this.#index(cell.start);
    return {
      line: index - above + 1,
      column: codePoints(this.#text, this.#starts[index] ?? 0, offset) + 1,
    };
  }

  /** The cell of a notebook that holds the offset, also right behind its last character. */
  cellAt(offset: number): NotebookCell | undefined {
    return this.#cells?.findLast((cell) => cell.start <= offset);
  }

  /** Index of the line in the whole text. */
  #index(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The text of the line that holds the offset, without its end. */
  lineAt(offset: number): string {
    const index = this.#index(offset);
    return this.#text.slice(this.#starts[index], this.#starts[index + 1]).replace(/[\r\n]+$/, '');
  }
}
