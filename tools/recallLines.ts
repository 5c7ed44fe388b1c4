/** Which lines of a file before a commit are which after it, from the hunks of `git diff -U0`. */

export interface Hunk {
  /** First line before the change and how many; a count of 0 stands after line `oldStart`. */
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

/** Reads the heads `@@ -a,b +c,d @@` of a unified diff of one file. */
export function hunksOf(diff: string): Hunk[] {
  return [...diff.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)].map((m) => ({
    oldStart: Number(m[1]),
    oldCount: m[2] === undefined ? 1 : Number(m[2]),
    newStart: Number(m[3]),
    newCount: m[4] === undefined ? 1 : Number(m[4]),
  }));
}

/**
 * The lines before the commit that a line after it stands for: its own for an unchanged line, all that the hunk replaced
 * for a new one, so that a read which was only moved or indented still counts as the same.
 */
export function linesBefore(line: number, hunks: readonly Hunk[]): number[] {
  let shift = 0;
  for (const hunk of hunks) {
    const from = hunk.newCount === 0 ? hunk.newStart + 1 : hunk.newStart;
    if (line < from) break;
    if (line < from + hunk.newCount)
      return Array.from({ length: hunk.oldCount }, (_, i) => hunk.oldStart + i);
    shift += hunk.oldCount - hunk.newCount;
  }
  return [line + shift];
}
