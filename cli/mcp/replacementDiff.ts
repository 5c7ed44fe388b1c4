/** Replacements of a fix as a unified diff without context, for people and models to read. */

import type { Replacement } from '../report/report.ts';

/** Offset of a line and a column, both from 1, columns in code points. */
function offsetAt(lines: readonly string[], line: number, column: number): number {
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length, 0);
  return before + [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length;
}

export function replacementDiff(path: string, text: string, replacements: readonly Replacement[]): string {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/);
  const ordered = [...replacements].sort((a, b) => a.line - b.line || a.column - b.column);
  const hunks: string[] = [];
  let shift = 0;
  for (let at = 0; at < ordered.length; ) {
    const first = ordered[at];
    if (first === undefined) break;
    // Replacements that touch the same lines are one hunk.
    let last = first.endLine;
    const start = offsetAt(lines, first.line, 1);
    let copied = start;
    let after = '';
    for (let next = ordered[at]; next !== undefined && next.line <= last; next = ordered[at]) {
      after += text.slice(copied, offsetAt(lines, next.line, next.column)) + next.text;
      copied = offsetAt(lines, next.endLine, next.endColumn);
      last = Math.max(last, next.endLine);
      at += 1;
    }
    const end = offsetAt(lines, last + 1, 1);
    const whole = after + text.slice(copied, end);
    const removed = linesOf(text.slice(start, end));
    const added = linesOf(whole);
    hunks.push(
      `@@ -${first.line},${removed.length} +${first.line + shift},${added.length} @@`,
      ...removed.map((line) => `-${line}`),
      ...added.map((line) => `+${line}`),
    );
    shift += added.length - removed.length;
  }
  return [`--- ${path}`, `+++ ${path}`, ...hunks].join('\n');
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
