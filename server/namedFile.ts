/** What is said of a file that somebody names, and not of one that is merely found: it is read whatever it is. */

import type { CheckResult, Problem } from './engine/finding.ts';
import type { Engine } from './lsp/engineDoor.ts';

const ending = /[^/\\]\.[a-z]\w*$/i;
const ofPython = /\.(?:py[wi]?|ipynb)$/i;
const interpreter = /^#!.*python/;

/** A file without an ending, or with its interpreter on the first line, may be a program. */
const isPython = (path: string, text: string): boolean =>
  !ending.test(path) || ofPython.test(path) || interpreter.test(text);

/** One that needs no analysis is still told of: that Python would not run it, or that it is none, although its words may parse. */
export function problemsOfNamed(
  engine: Engine,
  path: string,
  { analysed, problems }: CheckResult,
  text: string,
): readonly Problem[] {
  if (analysed || problems.length > 0) return problems;
  return isPython(path, text)
    ? (engine.syntaxProblems?.(text) ?? [])
    : [{ kind: 'unreadable', message: 'This is no Python file and no notebook.', start: 0, end: 0 }];
}

/** Whether the answer is another one than who named the file has asked for. */
export const isUnread = ({ kind }: Problem): boolean => kind === 'unreadable' || kind === 'syntaxError';
