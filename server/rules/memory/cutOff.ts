/** Whether what a network gives is cut off from its graph and read on the host: nobody goes backward through it. */

import type { Call, Expr, Node } from '../../python/nodes.ts';
import type { Parents } from '../../python/syntax.ts';
import { visit } from '../../python/walk.ts';

/** `model(x).detach().cpu().numpy()`, or `out = model(x)` and then `out.detach().tolist()`. */
export function goesToHost(call: Call, parents: Parents): boolean {
  const own = chainFrom(call, parents);
  if (own.cut && own.read) return true;
  const assign = parents.get(own.end);
  if (assign?.kind !== 'Assign' || assign.value !== own.end) return false;
  const [target] = assign.targets;
  if (target?.kind !== 'Name') return false;
  const around = functionAround(assign, parents);
  if (around === undefined) return false;
  let [read, kept] = [false, false];
  visit(around, (node) => {
    if (node.kind !== 'Name' || node.id !== target.id || node.start < call.end) return undefined;
    const use = chainFrom(node, parents);
    if ((own.cut || use.cut) && use.read) read = true;
    else if (isKept(use.end, parents)) kept = true;
    return undefined;
  });
  return read && !kept;
}

interface Chain {
  readonly end: Expr;
  readonly cut: boolean;
  readonly read: boolean;
}

/** Along the attributes, items and methods that are taken of an expression. */
function chainFrom(expr: Expr, parents: Parents): Chain {
  let [end, cut, read]: [Expr, boolean, boolean] = [expr, false, false];
  for (let up = parents.get(end); up !== undefined; up = parents.get(end)) {
    if (up.kind === 'Attribute' && up.object === end) {
      cut ||= up.name === 'detach' || up.name === 'data';
      read ||= /^(numpy|tolist|item)$/.test(up.name);
    } else if (!(up.kind === 'Subscript' && up.object === end) && !(up.kind === 'Call' && up.callee === end))
      break;
    end = up;
  }
  return { end, cut, read };
}

/** Handed back with its graph, or to a loss. */
function isKept(expr: Expr, parents: Parents): boolean {
  const up = parents.get(expr);
  if (up?.kind === 'Return' || up?.kind === 'Yield') return true;
  if (up?.kind !== 'Call' || up.callee === expr) return false;
  const name =
    up.callee.kind === 'Attribute' ? up.callee.name : up.callee.kind === 'Name' ? up.callee.id : '';
  return /loss|criterion|append|backward/i.test(name);
}

function functionAround(node: Node, parents: Parents): Node | undefined {
  for (let up = parents.get(node); up !== undefined; up = parents.get(up))
    if (up.kind === 'Function') return up;
  return undefined;
}
