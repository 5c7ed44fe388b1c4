import type { Call, Expr } from '../python/nodes.ts';
import type { Program } from '../python/program.ts';
import type { StepRegion } from '../python/regions.ts';
import { freeName, indentOf, inOrder, lineStart, newlineOf } from './edits.ts';
import type { Fix } from './finding.ts';

export interface Hoist {
  readonly title: string;
  readonly caveat: string;
  /** Names to choose from for the value. */
  readonly names: readonly string[];
}

/** Computes an expression once above the loop. Only for one that stands in the loop itself: elsewhere there is no place. */
export function hoistFix(program: Program, region: StepRegion, expr: Call, words: Hoist): Fix[] {
  const { text } = program;
  const { root, owner } = region;
  if (root.kind === 'Function' || program.functionOf(expr) !== owner || insideLambda(program, expr))
    return [];
  const indent = indentOf(text, root);
  const written = program.textOf(expr);
  if (indent === undefined || written.includes('\n')) return [];
  const name = freeName(owner ?? program.module, words.names);
  const at = lineStart(text, root.start);
  return [
    {
      title: words.title,
      safety: 'suggestion',
      caveat: words.caveat,
      edits: inOrder([
        { start: at, end: at, text: `${indent}${name} = ${written}${newlineOf(text)}` },
        { start: expr.start, end: expr.end, text: name },
      ]),
    },
  ];
}

function insideLambda(program: Program, expr: Expr): boolean {
  for (let up = program.parents.get(expr); up !== undefined; up = program.parents.get(up))
    if (up.kind === 'Lambda' || up.kind === 'Comprehension') return true;
  return false;
}
