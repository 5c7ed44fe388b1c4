/** Gives a loader workers: a number computed from the machine, never a constant guess. */

import { importEdit, inOrder, nameOfModule } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import { type Argument, resolveArgument } from '../../python/arguments.ts';
import type { Call, Dict, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';

const caveat =
  'Workers take memory and, on Windows and macOS, need the script to start under `if __name__ == "__main__"`.';

/** `repeated`: the loader is iterated again and again, so starting workers afresh each time would cost more than it saves. */
export function workersFix(program: Program, call: Call, workers: Argument, repeated: boolean): Fix[] {
  const os = nameOfModule(program, 'os');
  const count = `min(8, ${os ?? 'os'}.cpu_count() or 1)`;
  const imports: TextEdit[] = os === undefined ? [importEdit(program, 'os')] : [];
  const persistent = resolveArgument(program, call, 'persistent_workers', 13);
  const extra = repeated && persistent.state === 'notSet' ? 'persistent_workers=True' : undefined;
  const title = 'Load with worker processes, as many as there are cores, at most 8';
  const done = (edits: readonly TextEdit[]): Fix[] => [
    { title, safety: 'suggestion', caveat, edits: inOrder([...imports, ...edits]) },
  ];
  if (workers.state === 'set') {
    const zero = zeroOf(workers);
    if (zero === undefined) return [];
    const edits: TextEdit[] = [{ start: zero.start, end: zero.end, text: count }];
    // With a number that a user may set back to 0, persistent workers would be an error.
    if (extra !== undefined && !workers.value.overridable) edits.push(...inserted(program, call, [extra]));
    return done(edits);
  }
  const literal = literalMapping(program, call);
  if (literal !== undefined) {
    const added = [`"num_workers": ${count}`, ...(extra === undefined ? [] : ['"persistent_workers": True'])];
    return done([intoDict(program, literal, added)]);
  }
  return done(inserted(program, call, [`num_workers=${count}`, ...(extra === undefined ? [] : [extra])]));
}

/** The `0` that reaches the call, wherever it stands: in the call, in a variable, as an argparse default. */
function zeroOf(workers: Extract<Argument, { state: 'set' }>): Expr | undefined {
  const source = workers.value.sources.length === 1 ? workers.value.sources[0] : undefined;
  return source?.kind === 'Number' && source.value === 0 ? source : undefined;
}

/** The dict literal behind `**kwargs`, when that is how the call gets its settings and only this call uses it. */
function literalMapping(program: Program, call: Call): Dict | undefined {
  const mapping = call.keywords.find((k) => k.name === null);
  if (mapping === undefined) return undefined;
  const sources = program.valueOf(mapping.value).sources;
  const source = sources.length === 1 ? sources[0] : undefined;
  return source?.kind === 'Dict' ? source : undefined;
}

function intoDict(program: Program, dict: Dict, added: readonly string[]): TextEdit {
  const last = dict.entries.at(-1);
  if (last === undefined) return { start: dict.start + 1, end: dict.start + 1, text: added.join(', ') };
  return afterLast(program.text, last.value.end, dict.end - 1, dict.start, added);
}

function inserted(program: Program, call: Call, added: readonly string[]): TextEdit[] {
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
  let depth = 0;
  for (let i = lastEnd; i < close; i++) {
    if (text[i] === '#') break;
    if (text[i] === ')' || text[i] === ']' || text[i] === '}') {
      end = i + 1;
      depth++;
    }
    if (text[i] === ',' || text[i] === '\n') if (depth >= 0) break;
  }
  const lastLine = text.slice(text.lastIndexOf('\n', end - 1) + 1, end);
  const ownLines =
    text.slice(open, close).includes('\n') &&
    /^[ \t]/.test(lastLine) &&
    text.slice(end, close).includes('\n');
  const indent = /^[ \t]*/.exec(lastLine)?.[0] ?? '';
  const separator = ownLines ? `,\n${indent}` : ', ';
  return { start: end, end, text: added.map((a) => `${separator}${a}`).join('') };
}
