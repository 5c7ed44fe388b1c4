/**
 * Tests of whether there is anything at all: `if len(boxes)`, `if count == 0`. What they let through is the common case in
 * every step, unlike a test of a counter for its first turn.
 */

import { bindingsOf } from './bindings.ts';
import type { Expr, FunctionDef, Module } from './nodes.ts';
import { boundNames, dottedName } from './walk.ts';

/** What holds where the test does; undefined where it asks for something else. */
export function fillTest(test: Expr, within: FunctionDef | Module): 'filled' | 'empty' | undefined {
  if (test.kind === 'Unary' && test.operator === 'not') {
    const inner = fillTest(test.operand, within);
    return inner === undefined ? undefined : inner === 'filled' ? 'empty' : 'filled';
  }
  if (test.kind !== 'Compare') return counts(test, within, 0) ? 'filled' : undefined;
  const [left, right] = test.operands;
  if (left === undefined || right?.kind !== 'Number' || right.value !== 0 || test.operands.length > 2)
    return undefined;
  if (!counts(left, within, 0)) return undefined;
  const [operator] = test.operators;
  return operator === '==' ? 'empty' : operator === '>' || operator === '!=' ? 'filled' : undefined;
}

/** `len(x)`, `x.numel()`, `x.shape[0]`, or a name that holds nothing else. */
function counts(expr: Expr, within: FunctionDef | Module, depth: number): boolean {
  if (expr.kind === 'Call') {
    const name = dottedName(expr.callee) ?? '';
    const [first] = expr.args;
    if (name === 'int' && first !== undefined && expr.args.length === 1) return isSum(first);
    return name === 'len' || (expr.callee.kind === 'Attribute' && /^(numel|size)$/.test(expr.callee.name));
  }
  if (expr.kind === 'Subscript') return expr.object.kind === 'Attribute' && expr.object.name === 'shape';
  if (expr.kind !== 'Name' || depth > 2) return false;
  const values = assignedTo(expr.id, within);
  return values.length > 0 && values.every((v) => v !== undefined && counts(v, within, depth + 1));
}

/** `int(mask.sum())`: a number that the step has counted; `int(settings["level"])` may be anything. */
function isSum(expr: Expr): boolean {
  return expr.kind === 'Call' && expr.callee.kind === 'Attribute' && expr.callee.name === 'sum';
}

/** What a name is given in its function; undefined for what is counted up or gone through. */
function assignedTo(id: string, within: FunctionDef | Module): (Expr | undefined)[] {
  return bindingsOf(id, within).flatMap((binding) => {
    if (binding.kind !== 'Assign') return [undefined];
    return binding.targets
      .filter((target) => boundNames(target).includes(id))
      .map((target) =>
        target.kind === 'Name' ? (binding.value ?? undefined) : partOf(target, binding.value, id),
      );
  });
}

/** `a, b = len(x), len(y)` */
function partOf(target: Expr, value: Expr | null, id: string): Expr | undefined {
  if (target.kind !== 'Tuple' || value?.kind !== 'Tuple') return undefined;
  return value.items[target.items.findIndex((item) => item.kind === 'Name' && item.id === id)];
}
