/** Facts about the nodes of one module, in a list by the nodes' numbers: a table keyed by objects took a tenth of a check. */

import type { Module, Node } from './nodes.ts';

export interface NodeFacts<Key extends Node, Fact> {
  get(node: Key): Fact | undefined;
}

export class NodeMap<Key extends Node, Fact> implements NodeFacts<Key, Fact> {
  private readonly facts: (Fact | undefined)[];
  /** Nodes that something is known of. */
  size = 0;

  constructor(module: Module) {
    this.facts = new Array<Fact | undefined>(module.nodes).fill(undefined);
  }

  get(node: Key): Fact | undefined {
    return this.facts[node.order];
  }

  set(node: Key, fact: Fact): void {
    if (this.facts[node.order] === undefined) this.size += 1;
    this.facts[node.order] = fact;
  }

  /** In the order of the text. */
  values(): Fact[] {
    return this.facts.filter((fact) => fact !== undefined);
  }
}
