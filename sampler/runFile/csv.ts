/** Comma-separated values as other programs write them: quoted cells, either line end, blank lines. */

import { RunFileError } from './shape.ts';

/** One row by column name. */
export type CsvRow = Readonly<Record<string, string>>;

function cellsOf(line: string, at: number): string[] {
  const cells: string[] = [];
  for (let from = 0; from <= line.length; ) {
    if (line.charAt(from) === '"') {
      let end = from + 1;
      while (end < line.length && (line.charAt(end) !== '"' || line.charAt(end + 1) === '"'))
        end += line.charAt(end) === '"' ? 2 : 1;
      if (end >= line.length) throw new RunFileError(`Line ${at} has a quotation mark that is never closed.`);
      cells.push(line.slice(from + 1, end).replaceAll('""', '"'));
      from = end + 2;
    } else {
      const comma = line.indexOf(',', from);
      const end = comma < 0 ? line.length : comma;
      cells.push(line.slice(from, end));
      from = end + 1;
    }
  }
  return cells;
}

/**
 * The rows below the header. A last line that was cut off while it was written is left out.
 * @throws RunFileError
 */
export function readCsv(text: string): readonly CsvRow[] {
  const complete = text.endsWith('\n');
  const lines = text.split(/\r?\n/);
  const header = cellsOf(lines[0] ?? '', 1).map((cell) => cell.trim());
  const rows: CsvRow[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const cells = cellsOf(line, index + 1);
    if (cells.length !== header.length) {
      if (index === lines.length - 1 && !complete) break;
      throw new RunFileError(
        `Line ${index + 1} has ${cells.length} cells where the header names ${header.length}.`,
      );
    }
    rows.push(Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])));
  }
  return rows;
}

/** The number in a cell; null for an empty one. @throws RunFileError for anything else */
export function numberIn(row: CsvRow, name: string, at: number): number | null {
  const cell = row[name]?.trim() ?? '';
  if (cell === '' || /^nan$/i.test(cell)) return null;
  const value = Number(cell);
  if (!Number.isFinite(value)) throw new RunFileError(`Row ${at}: ${name} is not a number.`);
  return value;
}
