/**
 * Joules on lines of a file, held by the lines' own text: a mark is gone when its line is another, comes back with an
 * undo, and moves with what is written above it. No editor types.
 */

import { createHash } from 'node:crypto';
import type { LineReport } from '../../contracts/lines.ts';

/** Below this share of the run's divided joules a line is not worth a row of the editor. */
const leastShare = 0.01;
const mostMarks = 12;

export interface LineMark {
  /** Hash of the line's text: the text itself may hold what should not be stored. */
  readonly print: string;
  readonly length: number;
  /** Which of the lines of this text it was, from 0, and how many there were. */
  readonly nth: number;
  readonly among: number;
  /** Null where the run's joules are not known. */
  readonly energyJ: number | null;
  /** Share of the joules that were divided among lines, of the samples where those are not known; 0–1. */
  readonly share: number;
  /** Null where utilisation is not known. */
  readonly idleJ: number | null;
}

const linesOf = (text: string): readonly string[] => text.split(/\r\n|\r|\n/).map((line) => line.trimEnd());
const printOf = (line: string): string => createHash('sha256').update(line).digest('base64url').slice(0, 16);

/** The lines of the file that took most, as its text was when the run had it. */
export function lineMarks(report: LineReport, path: string, text: string): readonly LineMark[] {
  const lines = linesOf(text);
  const all = report.sampledJ ?? report.samples;
  const sums = new Map<number, { part: number; idleJ: number | null }>();
  // A line can stand in several functions, as one with a lambda does.
  for (const { path: of, line, samples, energyJ, idleJ } of report.lines) {
    if (of !== path || line < 1 || line > lines.length) continue;
    const sum = sums.get(line) ?? { part: 0, idleJ: 0 };
    sum.part += energyJ ?? samples;
    sum.idleJ = sum.idleJ === null || idleJ === null ? null : sum.idleJ + idleJ;
    sums.set(line, sum);
  }
  return [...sums]
    .map(([line, sum]) => ({ line, ...sum, share: all > 0 ? sum.part / all : 0 }))
    .filter(({ share }) => share >= leastShare)
    .sort((one, other) => other.part - one.part)
    .slice(0, mostMarks)
    .map(({ line, part, idleJ, share }) => {
      const energyJ = report.sampledJ === null ? null : part;
      const own = lines[line - 1] ?? '';
      const same = lines.flatMap((other, at) => (other === own ? [at] : []));
      const nth = same.indexOf(line - 1);
      return { print: printOf(own), length: own.length, nth, among: same.length, energyJ, share, idleJ };
    });
}

export interface PlacedMark {
  /** From 0. */
  readonly row: number;
  readonly mark: LineMark;
}

/** Where the marks lie in the text as it is now, from top to bottom; those whose lines are others are left out. */
export function placeMarks(marks: readonly LineMark[], text: string): readonly PlacedMark[] {
  const lengths = new Set(marks.map(({ length }) => length));
  const rowsByPrint = new Map<string, number[]>();
  for (const [row, line] of linesOf(text).entries()) {
    if (!lengths.has(line.length)) continue;
    const print = printOf(line);
    rowsByPrint.set(print, [...(rowsByPrint.get(print) ?? []), row]);
  }
  return marks
    .flatMap((mark): PlacedMark[] => {
      const rows = rowsByPrint.get(mark.print) ?? [];
      const row = rows[mark.nth];
      return row === undefined || rows.length !== mark.among ? [] : [{ row, mark }];
    })
    .sort((one, other) => one.row - other.row);
}
