/** Edits that add arguments to a call, where it takes them: in its brackets or in the dict literal it is given. */

import type { Call, Dict } from '../python/nodes.ts';
import type { Program } from '../python/program.ts';
import { newlineOf } from './edits.ts';
import type { TextEdit } from './finding.ts';

/** The dict literal behind `**kwargs`, when that is how the call gets its settings; another call may be given it too. */
export function literalMapping(program: Program, call: Call): Dict | undefined {
  const mapping = call.keywords.find((k) => k.name === null);
  if (mapping === undefined) return undefined;
  const sources = program.valueOf(mapping.value).sources;
  const source = sources.length === 1 ? sources[0] : undefined;
  return source?.kind === 'Dict' ? source : undefined;
}

export function intoDict(program: Program, dict: Dict, added: readonly string[]): TextEdit {
  const last = dict.entries.at(-1);
  if (last === undefined) return { start: dict.start + 1, end: dict.start + 1, text: added.join(', ') };
  return afterLast(program.text, last.value.end, dict.end - 1, dict.start, added);
}

/** Behind the last argument of a call. */
export function inserted(program: Program, call: Call, added: readonly string[]): TextEdit[] {
  const parts = [...call.args, ...call.keywords];
  const last = parts.reduce<{ end: number } | undefined>(
    (a, b) => (a === undefined || b.end > a.end ? b : a),
    undefined,
  );
  const close = call.brackets.end - 1;
  if (last === undefined) return [{ start: close, end: close, text: added.join(', ') }];
  return [afterLast(program.text, last.end, close, call.brackets.start, added)];
}

/** Behind the last item, before a trailing comma; on lines of its own where the items have lines of their own. */
function afterLast(
  text: string,
  lastEnd: number,
  close: number,
  open: number,
  added: readonly string[],
): TextEdit {
  // The span of an expression in brackets is what is inside them: step over closing ones that belong to it.
  let end = lastEnd;
  for (let i = lastEnd; i < close; i++) {
    if (text[i] === '#') break;
    if (text[i] === ')' || text[i] === ']' || text[i] === '}') end = i + 1;
    if (text[i] === ',' || text[i] === '\n') break;
  }
  const lastLine = text.slice(text.lastIndexOf('\n', end - 1) + 1, end);
  const ownLines =
    text.slice(open, close).includes('\n') &&
    /^[ \t]/.test(lastLine) &&
    text.slice(end, close).includes('\n');
  const indent = /^[ \t]*/.exec(lastLine)?.[0] ?? '';
  const separator = ownLines ? `,${newlineOf(text)}${indent}` : ', ';
  return { start: end, end, text: added.map((a) => `${separator}${a}`).join('') };
}
