/** Offsets (UTF-16) to lines and columns as people count them: from 1, a column a code point. */

import type { NotebookCell } from '../../server/notebook.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** Code points that begin in `[start, end)`: the second half of a pair begins none, so that stretches add up. */
function codePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1)
    if (!isLow(text.charCodeAt(at)) || !isHigh(text.charCodeAt(at - 1))) count += 1;
  return count;
}

/** A line may be a megabyte long and have thousands of findings: its code points are counted once, in stretches. */
const stretch = 4096;

export class Positions {
  readonly #text: string;
  readonly #starts: readonly number[];
  readonly #cells: readonly NotebookCell[] | undefined;
  /** Of each long line asked for: the code points before each of its stretches. */
  readonly #counted = new Map<number, readonly number[]>();

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
      column: this.#codePointsBefore(offset, index) + 1,
    };
  }

  #codePointsBefore(offset: number, index: number): number {
    const start = this.#starts[index] ?? 0;
    const whole = Math.floor((offset - start) / stretch);
    const from = start + whole * stretch;
    const before = whole === 0 ? 0 : (this.#stretches(index)[whole] ?? 0);
    return before + codePoints(this.#text, from, offset);
  }

  #stretches(index: number): readonly number[] {
    let counts = this.#counted.get(index);
    if (counts === undefined) {
      const start = this.#starts[index] ?? 0;
      const end = this.#starts[index + 1] ?? this.#text.length;
      const made = [0];
      for (let at = start; at + stretch <= end; at += stretch)
        made.push((made.at(-1) ?? 0) + codePoints(this.#text, at, at + stretch));
      counts = made;
      this.#counted.set(index, counts);
    }
    return counts;
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
