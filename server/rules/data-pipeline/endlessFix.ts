/** Takes batches from one iterator that goes on from epoch to epoch, instead of a fresh one on every step. */

import {
  freeName,
  importEdit,
  indentOf,
  inOrder,
  lineStart,
  nameOfModule,
  newlineOf,
} from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';

/** For `next(iter(loader))` in the loop itself; elsewhere there is no place for the iterator. */
export function endlessFix(program: Program, region: StepRegion, call: Call): Fix[] {
  const { text } = program;
  const { root, owner } = region;
  const [loader] = call.args;
  const taken = program.parents.get(call);
  if (loader?.kind !== 'Name' || root.kind === 'Function' || program.functionOf(call) !== owner) return [];
  if (taken?.kind !== 'Call' || program.valueOf(taken.callee).type !== 'builtins.next') return [];
  const indent = indentOf(text, root);
  if (indent === undefined || taken.args.length !== 1) return [];
  const itertools = nameOfModule(program, 'itertools');
  const name = freeName(owner ?? program.module, ['batches', `${loader.id}_batches`]);
  const at = lineStart(text, root.start);
  const endless = `(batch for _ in ${itertools ?? 'itertools'}.count() for batch in ${loader.id})`;
  const edits: TextEdit[] = [
    { start: at, end: at, text: `${indent}${name} = ${endless}${newlineOf(text)}` },
    { start: call.start, end: call.end, text: name },
  ];
  if (itertools === undefined) edits.push(importEdit(program, 'itertools'));
  return [
    {
      title: 'Take the batches from one iterator',
      safety: 'suggestion',
      caveat: 'Each item then comes once before any comes again, where a fresh start may draw it twice.',
      edits: inOrder(edits),
    },
  ];
}
