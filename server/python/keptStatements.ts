/**
 * The statements of a module as they were lowered, by the numbers of their trees in the parser. Where the parser goes on
 * with a tree after an edit, the nodes made from it are taken along to where it lies now instead of being made anew.
 */

import type { Comment, Keyword, Node, Parameter, Stmt } from './nodes.ts';
import { blocksOf, isStatement, visit } from './walk.ts';

export interface KeptStatement {
  readonly nodes: readonly Stmt[];
  readonly comments: readonly Comment[];
  /** How many numbers its nodes take up. */
  readonly numbers: number;
  start: number;
  /** The number of its first node. */
  order: number;
}

export type KeptStatements = ReadonlyMap<number, KeptStatement>;

/** Takes a statement's nodes to another place in the text and to other numbers. */
export function takeTo(kept: KeptStatement, start: number, order: number): void {
  const [by, numbers] = [start - kept.start, order - kept.order];
  kept.start = start;
  kept.order = order;
  if (by === 0 && numbers === 0) return;
  for (const node of kept.nodes) moveNodes(node, by, numbers);
  for (const comment of kept.comments) move(comment, by);
}

interface Place {
  start: number;
  end: number;
}

/** What is missing in the text stands at its beginning, wherever the rest is. */
function move(place: Place, by: number): void {
  if (place.end === 0) return;
  place.start += by;
  place.end += by;
}

function moveAll(places: readonly (Keyword | Parameter)[], by: number): void {
  for (const place of places) move(place, by);
}

function moveNodes(root: Node, by: number, numbers: number): void {
  visit(root, (node) => {
    move(node, by);
    (node as { order: number }).order += numbers;
    switch (node.kind) {
      case 'Call':
        move(node.brackets, by);
        moveAll(node.keywords, by);
        break;
      case 'Lambda':
        moveAll(node.parameters, by);
        break;
      case 'Assign':
        // No question walks into annotations.
        if (node.annotation !== null) moveNodes(node.annotation, by, numbers);
        break;
      case 'Function':
        (node as { defStart: number }).defStart += by;
        move(node.nameSpan, by);
        moveAll(node.parameters, by);
        break;
      case 'Class':
        move(node.nameSpan, by);
        moveAll(node.keywords, by);
        break;
      default:
    }
    if (isStatement(node)) for (const block of blocksOf(node)) move(block, by);
    return undefined;
  });
}
