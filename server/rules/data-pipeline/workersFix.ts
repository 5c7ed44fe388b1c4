/** Gives a loader workers: a number computed from the machine, never a constant guess. */

import { inserted, intoDict, literalMapping } from '../../engine/argumentEdits.ts';
import { importEdit, inOrder, nameOfModule } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import { type Argument, resolveArgument } from '../../python/arguments.ts';
import type { Call, Expr } from '../../python/nodes.ts';
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
