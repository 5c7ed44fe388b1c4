/**
 * The last tree without a syntax error, and its text. In an editor the next text is the same but for a few letters: the
 * parser goes on from this tree and parses what is new. Never from a broken one: how the parser recovers from an error
 * depends on where it came from. With the tree its statements are kept: their trees' numbers mean them while the tree lives.
 */

import { Edit, type Tree } from 'web-tree-sitter';
import type { KeptStatements } from './keptStatements.ts';
import type { Module } from './nodes.ts';

/** Texts that share less than this have nothing to do with each other. */
const leastShared = 0.9;

export class SoundTree {
  private kept:
    | { readonly tree: Tree; readonly text: string; readonly statements: KeptStatements }
    | undefined;
  /** The module that the nodes of the statements lie in now. */
  private holder: Module | undefined;

  /** The tree with what is new marked in it, if the text is much the same. Who takes it frees it. */
  towards(text: string): Tree | null {
    if (this.kept === undefined) return null;
    const edit = editBetween(this.kept.text, text);
    if (edit === undefined) return null;
    const tree = this.kept.tree.copy();
    tree.edit(edit);
    return tree;
  }

  keep(tree: Tree, text: string, statements: KeptStatements): void {
    this.forget();
    this.kept = { tree: tree.copy(), text, statements };
  }

  /** The statements of the tree, if their nodes lie in this module, which is then given up for the next one. */
  statementsIn(module: Module | undefined): KeptStatements | undefined {
    return module !== undefined && module === this.holder ? this.kept?.statements : undefined;
  }

  /** The statements' nodes have been taken to a module. */
  takenTo(module: Module): void {
    this.holder = module;
  }

  forget(): void {
    this.kept?.tree.delete();
    this.kept = undefined;
    this.holder = undefined;
  }
}

/** The one stretch that two texts differ in; undefined where it is most of them. */
function editBetween(before: string, after: string): Edit | undefined {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  )
    same++;
  if (start + same < leastShared * Math.max(before.length, after.length)) return undefined;
  const oldEndIndex = before.length - same;
  const newEndIndex = after.length - same;
  return new Edit({
    startIndex: start,
    oldEndIndex,
    newEndIndex,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEndIndex),
    newEndPosition: pointAt(after, newEndIndex),
  });
}

function pointAt(text: string, index: number): { row: number; column: number } {
  let row = 0;
  let line = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', line)) {
    row++;
    line = at + 1;
  }
  return { row, column: index - line };
}
