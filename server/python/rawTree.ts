/** One pass over the parser's tree with its cursor; afterwards nothing refers to the parser's memory. */

import type { Tree } from 'web-tree-sitter';

export interface RawNode {
  readonly type: string;
  readonly field: string | null;
  readonly named: boolean;
  readonly start: number;
  readonly end: number;
  readonly children: RawNode[];
}

/** Leaves of no interest: their text is read from the source by span. */
const leaves = new Set(['comment', 'identifier', 'integer', 'float', 'escape_sequence', 'string_content']);

/** Copies named nodes, and anonymous ones that carry meaning (operators, `async`), without recursion. */
export function copyTree(tree: Tree): { root: RawNode; comments: RawNode[] } {
  const cursor = tree.walk();
  const comments: RawNode[] = [];
  try {
    const node = (): RawNode => ({
      type: cursor.nodeType,
      field: cursor.currentFieldName,
      named: cursor.nodeIsNamed,
      start: cursor.startIndex,
      end: cursor.endIndex,
      children: [],
    });
    const root = node();
    const path: RawNode[] = [root];
    if (!cursor.gotoFirstChild()) return { root, comments };
    for (;;) {
      const current = node();
      const parent = path[path.length - 1];
      if (current.type === 'comment') comments.push(current);
      else parent?.children.push(current);
      if (current.named && !leaves.has(current.type) && cursor.gotoFirstChild()) {
        path.push(current);
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        path.pop();
        if (path.length === 0 || !cursor.gotoParent()) return { root, comments };
      }
    }
  } finally {
    cursor.delete();
  }
}
