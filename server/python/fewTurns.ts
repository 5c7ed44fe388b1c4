/** Loops that are known to make a few turns only: what they waste is over before anybody would notice. */

import type { Interpreter } from './interpreter.ts';
import type { Expr } from './nodes.ts';

/** Loops of so few turns are no news. */
export const fewTurns = 20;

/** By the items of a text's own list, also through `enumerate` and its like, or by what `range` is given. */
export function goesOverFew(machine: Interpreter, iterable: Expr): boolean {
  if (/^(Tuple|List|Set|Dict)$/.test(iterable.kind)) return true;
  const v = machine.values.get(iterable);
  if (iterable.kind !== 'Call') {
    // An empty list is about to be filled.
    const count = v?.kind === 'sequence' ? (v.items?.length ?? 0) : 0;
    return count > 0 && count <= fewTurns;
  }
  const [first, second] = iterable.args;
  const called = machine.values.get(iterable.callee)?.type ?? '';
  if (called === 'builtins.range' && iterable.args.length === 1) return countOf(machine, first) <= fewTurns;
  if (called === 'builtins.range' && iterable.args.length === 2)
    return countOf(machine, second) - (first?.kind === 'Number' ? first.value : 0) <= fewTurns;
  const goesThrough = /^(builtins\.(enumerate|reversed|sorted|list|tuple)|tqdm\..*)$/.test(called);
  return goesThrough && first !== undefined && goesOverFew(machine, first);
}

function countOf(machine: Interpreter, expr: Expr | undefined): number {
  const known = expr === undefined ? undefined : machine.values.get(expr);
  if (known?.kind !== 'number' || known.overridable || typeof known.constant !== 'number') return Infinity;
  return known.constant;
}
