/** Edits that fixes ask for, chosen so that they can be applied together. Shared by the editor and the command line. */

import type { Finding, Fix, TextEdit } from './engine/finding.ts';

export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let copied = 0;
  for (const edit of edits) {
    result += text.slice(copied, edit.start) + edit.text;
    copied = edit.end;
  }
  return result + text.slice(copied);
}

const same = (a: TextEdit, b: TextEdit): boolean =>
  a.start === b.start && a.end === b.end && a.text === b.text;

/** Two insertions at one place clash as well: their order would be a guess. */
const clash = (a: TextEdit, b: TextEdit): boolean =>
  a.start === b.start || (a.start < b.end && b.start < a.end);

export const safeFix = (finding: Finding): Fix | undefined =>
  finding.fixes.find((fix) => fix.safety === 'safe');

/** The safe fixes that fit together, as one ordered list; a fix that clashes is left for the next pass as a whole. */
export function safeEdits(findings: readonly Finding[]): readonly TextEdit[] {
  const taken: TextEdit[] = [];
  for (const finding of [...findings].sort((a, b) => a.start - b.start)) {
    // Fixes of several findings may share an edit, such as one import.
    const own = (safeFix(finding)?.edits ?? []).filter((edit) => !taken.some((other) => same(edit, other)));
    if (!own.some((edit) => taken.some((other) => clash(edit, other)))) taken.push(...own);
  }
  return taken.sort((a, b) => a.start - b.start);
}
