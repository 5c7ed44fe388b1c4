import type { Expr, Node } from './nodes.ts';
import { visit } from './walk.ts';

type Name = Extract<Expr, { kind: 'Name' }>;

const known = new WeakMap<Node, ReadonlyMap<string, readonly Name[]>>();
const none: readonly Name[] = [];

/** Where a name stands below a node, in order. Gathered once for all names: a long function is asked for thousands. */
export function namesWithin(root: Node, id: string): readonly Name[] {
  let byId = known.get(root);
  if (byId === undefined) {
    const found = new Map<string, Name[]>();
    visit(root, (node) => {
      if (node.kind !== 'Name') return undefined;
      const same = found.get(node.id);
      if (same === undefined) found.set(node.id, [node]);
      else same.push(node);
      return undefined;
    });
    byId = found;
    known.set(root, byId);
  }
  return byId.get(id) ?? none;
}
