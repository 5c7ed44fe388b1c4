/** Whether a number says how long a tensor is. */

import { bindingsOf } from './bindings.ts';
import type { Expr } from './nodes.ts';
import type { Program } from './program.ts';

/** `x.size(0)`, `x.shape[0]`, `len(x)`, a name for one of them or for a part of `x.shape`, and one more or less. */
export function isTensorSize(program: Program, expr: Expr, depth = 0): boolean {
  switch (expr.kind) {
    case 'Subscript':
      return isShape(program, expr.object);
    case 'Call': {
      const [only] = expr.args;
      if (program.valueOf(expr.callee).type === 'builtins.len')
        return only !== undefined && program.valueOf(only).kind === 'tensor';
      return expr.args.length === 1 && isSizeOf(program, expr.callee);
    }
    case 'Binary':
      return (
        /^[-+]$/.test(expr.operator) &&
        expr.right.kind === 'Number' &&
        isTensorSize(program, expr.left, depth)
      );
    case 'Name': {
      if (depth > 3) return false;
      const bindings = bindingsOf(expr.id, program.functionOf(expr) ?? program.module);
      return (
        bindings.length > 0 &&
        bindings.every((binding) => {
          if (binding.kind !== 'Assign' || binding.value === null) return false;
          return binding.targets.some((target) => target.kind === 'Name')
            ? isTensorSize(program, binding.value, depth + 1)
            : isShape(program, binding.value);
        })
      );
    }
    default:
      return false;
  }
}

/** `x.shape`, `x.size()`, `x.shape[-2:]` */
function isShape(program: Program, expr: Expr): boolean {
  if (expr.kind === 'Attribute') return expr.name === 'shape' && isTensor(program, expr.object);
  if (expr.kind === 'Subscript') return isShape(program, expr.object);
  return expr.kind === 'Call' && expr.args.length === 0 && isSizeOf(program, expr.callee);
}

const isSizeOf = (program: Program, callee: Expr): boolean =>
  callee.kind === 'Attribute' && callee.name === 'size' && isTensor(program, callee.object);

const isTensor = (program: Program, expr: Expr): boolean => program.valueOf(expr).kind === 'tensor';
