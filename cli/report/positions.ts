/** Offsets (UTF-16) to lines and columns as people count them: from 1, a column a code point. */

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

  constructor(text: string) {
    this.#text = text;
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
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: codePoints(this.#text, this.#starts[low] ?? 0, offset) + 1 };
  }

  /** The text of a line without its end. */
  line(line: number): string {
    const start = this.#starts[line - 1] ?? this.#text.length;
    return this.#text.slice(start, this.#starts[line] ?? this.#text.length).replace(/[\r\n]+$/, '');
  }
}
