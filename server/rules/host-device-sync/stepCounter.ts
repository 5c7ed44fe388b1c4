/** The name that counts the steps of a region; where there is none, the edits that make one. */

import { freeName } from '../../engine/edits.ts';
import type { TextEdit } from '../../engine/finding.ts';
import type { Expr, Name } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';

export interface StepCounter {
  readonly name: string;
  readonly edits: readonly TextEdit[];
}

export function stepCounter(program: Program, region: StepRegion): StepCounter | undefined {
  const { root } = region;
  if (root.kind === 'Function') {
    const index = root.parameters.find((p) => /^(batch_?(idx|index|nb|i))$/.test(p.name));
    return index === undefined ? undefined : { name: index.name, edits: [] };
  }
  if (root.kind === 'While') {
    for (const s of root.body.body)
      if (
        s.kind === 'AugAssign' &&
        s.operator === '+=' &&
        s.target.kind === 'Name' &&
        s.value.kind === 'Number' &&
        s.value.value === 1
      )
        return { name: s.target.id, edits: [] };
    return undefined;
  }
  const counted = countedTarget(program, root.target, root.iterable);
  if (counted !== undefined) {
    if (counted.id !== '_') return { name: counted.id, edits: [] };
    const name = fresh(program, region);
    return { name, edits: [{ start: counted.start, end: counted.end, text: name }] };
  }
  const { text } = program;
  const target = text.slice(root.target.start, root.target.end);
  const bare = root.target.kind === 'Tuple' && !target.startsWith('(');
  const name = fresh(program, region);
  return {
    name,
    edits: [
      { start: root.target.start, end: root.target.start, text: `${name}, ${bare ? '(' : ''}` },
      ...(bare ? [{ start: root.target.end, end: root.target.end, text: ')' }] : []),
      { start: root.iterable.start, end: root.iterable.start, text: 'enumerate(' },
      { start: root.iterable.end, end: root.iterable.end, text: ')' },
    ],
  };
}

function fresh(program: Program, region: StepRegion): string {
  return freeName(region.owner ?? program.module, ['step', 'batch_index', 'step_index']);
}

function countedTarget(program: Program, target: Expr, iterable: Expr): Name | undefined {
  if (iterable.kind !== 'Call') return undefined;
  const { type } = program.valueOf(iterable.callee);
  if (type === 'builtins.range' || type === 'tqdm.trange') return target.kind === 'Name' ? target : undefined;
  // `tqdm(enumerate(loader))`
  const inner = iterable.args[0];
  if (type.startsWith('tqdm.') && inner !== undefined) return countedTarget(program, target, inner);
  const first = target.kind === 'Tuple' ? target.items[0] : undefined;
  return type === 'builtins.enumerate' && first?.kind === 'Name' ? first : undefined;
}
