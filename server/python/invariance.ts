/** Whether an expression means the same on every turn of a step. */

import type { Expr, FunctionDef, Node } from './nodes.ts';
import type { StepRegion } from './regions.ts';
import { boundNames, dottedName, visit } from './walk.ts';

/**
 * True only for names, paths, literals and what is made of them, where nothing in the step binds a name of them.
 * `within`: the function that the expression stands in.
 */
export function staysInStep(region: StepRegion, within: FunctionDef | undefined, expr: Expr): boolean {
  switch (expr.kind) {
    case 'Number':
    case 'String':
    case 'Literal':
      return true;
    case 'Unary':
      return staysInStep(region, within, expr.operand);
    case 'Binary':
      return staysInStep(region, within, expr.left) && staysInStep(region, within, expr.right);
    case 'List':
    case 'Tuple':
      return expr.items.every((item) => staysInStep(region, within, item));
    case 'Name':
    case 'Attribute': {
      const path = dottedName(expr);
      return path !== undefined && pathStays(region, within, path);
    }
    default:
      return false;
  }
}

function pathStays(region: StepRegion, within: FunctionDef | undefined, path: string): boolean {
  const root = path.split('.')[0] ?? path;
  const called = within !== undefined && within !== region.owner ? within : undefined;
  // In a function that the step calls, a parameter is what each call passes.
  if (called?.parameters.some((p) => p.name === root) === true && root !== 'self') return false;
  return ![called, region.root].some((scope) => scope !== undefined && binds(scope, path, root));
}

function binds(scope: Node, path: string, root: string): boolean {
  let found = false;
  const names = (target: Expr): boolean => {
    const base = target.kind === 'Subscript' ? target.object : target;
    const own = dottedName(base);
    return own === path || own === root || boundNames(base).includes(root);
  };
  visit(scope, (node) => {
    if (node.kind === 'Assign') found ||= node.targets.some(names);
    else if (node.kind === 'AugAssign' || node.kind === 'For') found ||= names(node.target);
    else if (node.kind === 'With') found ||= node.items.some((i) => i.target !== null && names(i.target));
    else if (node.kind === 'Call') found ||= changesInPlace(node.callee, path);
    return undefined;
  });
  return found;
}

/** `x.add_(1)`, and `x.resize_(…)` alike. */
const changesInPlace = (callee: Expr, path: string): boolean =>
  callee.kind === 'Attribute' && /[a-z]_$/.test(callee.name) && dottedName(callee.object) === path;
