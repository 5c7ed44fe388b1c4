/** What a question about a whole file would otherwise walk its tree for: parents, and the nodes of each kind in their order. */

import { type NodeFacts, NodeMap } from './nodeMap.ts';
import type { For, Module, Node, While } from './nodes.ts';
import { expand } from './walk.ts';

export type Parents = NodeFacts<Node, Node>;

type OfKind<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;

export class Syntax {
  /** Parent of every node; top-level statements have none. */
  readonly parents: Parents;
  /** `for` and `while`, outer ones first. */
  readonly loops: readonly (For | While)[];
  private readonly byKind: ReadonlyMap<Node['kind'], readonly Node[]>;

  constructor(module: Module) {
    const parents = new NodeMap<Node, Node>(module);
    const byKind = new Map<Node['kind'], Node[]>();
    const loops: (For | While)[] = [];
    const waiting: Node[] = [...module.body.body].reverse();
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const alike = byKind.get(node.kind);
      if (alike === undefined) byKind.set(node.kind, [node]);
      else alike.push(node);
      if (node.kind === 'For' || node.kind === 'While') loops.push(node);
      const first = waiting.length;
      expand(node, waiting);
      for (let i = first; i < waiting.length; i++) parents.set(waiting[i] as Node, node);
    }
    this.parents = parents;
    this.loops = loops;
    this.byKind = byKind;
  }

  /** Every node of a kind, in the order in which a walk meets them. */
  all<Kind extends Node['kind']>(kind: Kind): readonly OfKind<Kind>[] {
    return (this.byKind.get(kind) ?? []) as readonly OfKind<Kind>[];
  }
}

const known = new WeakMap<Module, Syntax>();

/** A module is analysed twice where other files use it: its tree stays the same. */
export function syntaxOf(module: Module): Syntax {
  let syntax = known.get(module);
  if (syntax === undefined) {
    syntax = new Syntax(module);
    known.set(module, syntax);
  }
  return syntax;
}
