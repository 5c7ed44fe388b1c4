/** Comma-separated values as other programs write them: quoted cells, either line end, blank lines. */

import { RunFileError } from './shape.ts';

export interface CsvRow {
  /** Its line in the file, the first being 1. */
  readonly line: number;
  /** By column name. */
  readonly cells: Readonly<Record<string, string>>;
}

function cellsOf(line: string, at: number): string[] {
  const cells: string[] = [];
  for (let from = 0; from <= line.length; ) {
    if (line.charAt(from) === '"') {
      let end = from + 1;
      while (end < line.length && (line.charAt(end) !== '"' || line.charAt(end + 1) === '"'))
        end += line.charAt(end) === '"' ? 2 : 1;
      if (end >= line.length)
        throw new RunFileError(`Line ${at} has a quotation mark that is never closed; correct it there.`);
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
 * @param headerLine where the header stands in the file
 * @throws RunFileError
 */
export function readCsv(table: string, headerLine = 1): readonly CsvRow[] {
  const complete = table.endsWith('\n');
  const lines = table.split(/\r?\n/);
  const header = cellsOf(lines[0] ?? '', headerLine).map((cell) => cell.trim());
  const rows: CsvRow[] = [];
  for (const [index, text] of lines.entries()) {
    if (index === 0 || text.trim() === '') continue;
    const line = index + headerLine;
    const cells = cellsOf(text, line);
    if (cells.length !== header.length) {
      if (index === lines.length - 1 && !complete) break;
      throw new RunFileError(
        `Line ${line} has ${cells.length} cells where the header names ${header.length}; correct it there.`,
      );
    }
    rows.push({ line, cells: Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])) });
  }
  return rows;
}

/** The number in a cell; null for an empty one. @throws RunFileError for anything else */
export function numberIn({ line, cells }: CsvRow, name: string): number | null {
  const cell = cells[name]?.trim() ?? '';
  if (cell === '' || /^nan$/i.test(cell)) return null;
  const value = Number(cell);
  if (!Number.isFinite(value))
    throw new RunFileError(`Line ${line}: ${name} is not a number; correct it there.`);
  return value;
}
