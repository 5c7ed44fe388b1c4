/** One pass over the parser's tree; afterwards nothing refers to the parser's memory. */

import type { Tree } from 'web-tree-sitter';

export interface RawNode {
  readonly type: string;
  readonly field: string | null;
  readonly named: boolean;
  readonly start: number;
  readonly end: number;
  readonly children: readonly RawNode[];
}

export interface RawTree {
  readonly root: RawNode;
  readonly comments: readonly RawNode[];
  /** For each child of the root the number of its tree in the parser; empty where nobody knows it. */
  readonly trees: readonly number[];
}

/** Trees that need not be read below their top: it is known what they hold. */
export interface KnownTrees {
  has(tree: number): boolean;
}

/** A node while it is built. */
export interface GrowingNode extends RawNode {
  readonly children: GrowingNode[];
}

/** Leaves of no interest: their text is read from the source by span. */
export const leaves: ReadonlySet<string> = new Set([
  'comment',
  'identifier',
  'integer',
  'float',
  'escape_sequence',
  'string_content',
]);

/** Copies named nodes, and anonymous ones that a field names (operators), by the parser's cursor, without recursion. */
export function copyTree(tree: Tree): RawTree {
  const cursor = tree.walk();
  const comments: RawNode[] = [];
  try {
    const node = (): GrowingNode => ({
      type: cursor.nodeType,
      field: cursor.currentFieldName,
      named: cursor.nodeIsNamed,
      start: cursor.startIndex,
      end: cursor.endIndex,
      children: [],
    });
    const root = node();
    const path: GrowingNode[] = [root];
    if (!cursor.gotoFirstChild()) return { root, comments, trees: [] };
    for (;;) {
      const current = node();
      const parent = path[path.length - 1];
      if (current.type === 'comment') comments.push(current);
      else if (current.named || current.field !== null) parent?.children.push(current);
      if (current.named && !leaves.has(current.type) && cursor.gotoFirstChild()) {
        path.push(current);
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        path.pop();
        if (path.length === 0 || !cursor.gotoParent()) return { root, comments, trees: [] };
      }
    }
  } finally {
    cursor.delete();
  }
}
