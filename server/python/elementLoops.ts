/** Loops that go through something element by element: what they go through, how often, and what they change of it. */

import type { Comprehension, Expr, For, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { Value } from './values.ts';
import { boundNames, dottedName, visit } from './walk.ts';

export type ElementLoop = For | Comprehension;

/** `preds[i]`, `preds[i, j]`, `preds[i][0]`: what a name of the loop selects from. */
export function indexedBy(expr: Expr, names: readonly string[]): { source: Expr; name: string } | undefined {
  let found: { source: Expr; name: string } | undefined;
  for (let at = expr; at.kind === 'Subscript'; at = at.object)
    for (const index of at.indices.flatMap((i) => (i.kind === 'Tuple' ? i.items : [i])))
      if (index.kind === 'Name' && names.includes(index.id)) found = { source: at.object, name: index.id };
  return found;
}

/** What yields a name of the loop's target: through enumerate, zip and progress bars. */
export function sourceOf(program: Program, target: Expr, iterable: Expr, id: string): Expr | undefined {
  if (iterable.kind === 'Call') {
    const { type } = program.valueOf(iterable.callee);
    const first = iterable.args[0];
    if (type.startsWith('tqdm.') && first !== undefined) return sourceOf(program, target, first, id);
    if (type === 'builtins.enumerate' && first !== undefined) {
      const item = target.kind === 'Tuple' ? target.items[1] : undefined;
      return item === undefined ? undefined : sourceOf(program, item, first, id);
    }
    if (type === 'builtins.zip') {
      const at = target.kind === 'Tuple' ? target.items.findIndex((t) => boundNames(t).includes(id)) : -1;
      const [item, part] = [target.kind === 'Tuple' ? target.items[at] : undefined, iterable.args[at]];
      return item === undefined || part === undefined ? undefined : sourceOf(program, item, part, id);
    }
  }
  return target.kind === 'Name' ? iterable : undefined;
}

/** Turns of a loop where the text says them. */
export function turns(program: Program, iterable: Expr): number {
  const v = program.valueOf(iterable);
  if (iterable.kind === 'Tuple' || iterable.kind === 'List') return iterable.items.length;
  if (v.kind === 'sequence' && v.items !== undefined) return v.items.length;
  if (iterable.kind !== 'Call' || program.valueOf(iterable.callee).type !== 'builtins.range')
    return Number.POSITIVE_INFINITY;
  const bounds: Value[] = iterable.args.map((a) => program.valueOf(a));
  const [from, to] = bounds.length === 1 ? [undefined, bounds[0]] : bounds;
  // A default that a user may change says nothing.
  const [low, high] = [from === undefined ? 0 : from.constant, to?.overridable ? undefined : to?.constant];
  return typeof low === 'number' && typeof high === 'number' ? high - low : Number.POSITIVE_INFINITY;
}

/** `out` for `out[i]`; what a call yields has no path, and is there before the first turn. */
export function pathOf(source: Expr): string | undefined {
  return source.kind === 'Subscript' ? pathOf(source.object) : dottedName(source);
}

/** What is computed from turn to turn cannot be read before the loop. */
export function changes(loop: ElementLoop, path: string | undefined): boolean {
  if (path === undefined || loop.kind !== 'For') return false;
  let found = false;
  const writes = (target: Expr): void => {
    const base = target.kind === 'Subscript' ? dottedName(target.object) : dottedName(target);
    if (base === path || boundNames(target).includes(path)) found = true;
  };
  visit(loop, (node: Node) => {
    if (node.kind === 'Assign') for (const t of node.targets) writes(t);
    if (node.kind === 'AugAssign') writes(node.target);
    if (
      node.kind === 'Call' &&
      node.callee.kind === 'Attribute' &&
      /[a-z]_$/.test(node.callee.name) &&
      dottedName(node.callee.object) === path
    )
      found = true;
    return undefined;
  });
  return found;
}
