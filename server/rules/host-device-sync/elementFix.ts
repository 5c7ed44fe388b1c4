/** Brings a whole tensor to the host before the loop that reads it element by element. */

import {
  freeName,
  indentOf,
  inOrder,
  lineStart,
  nameOfModule,
  newlineOf,
  standsAlone,
} from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { ElementLoop } from '../../python/elementLoops.ts';
import type { Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { visit } from '../../python/walk.ts';
import type { ElementRead } from './elementReads.ts';

/** One fix for all reads of the loop, or none: half a fix would leave the waits in place. */
export function elementFix(program: Program, reads: readonly ElementRead[]): Fix[] {
  const first = reads[0];
  if (first === undefined || first.form === 'derived') return [];
  const same = reads.every(
    (r) => r.form === first.form && program.textOf(r.source) === program.textOf(first.source),
  );
  if (!same) return [];
  const ways = new Set(reads.map((r) => wayOf(r.read.expr)));
  const copies = ways.has('cpu');
  if (ways.has('other') || (copies && ways.size > 1)) return [];
  const edits =
    first.form === 'row'
      ? rowEdits(program, reads, first, copies)
      : copies
        ? undefined
        : indexEdits(program, reads, first);
  if (edits === undefined) return [];
  return [
    {
      title: copies ? 'Copy the whole to the host once' : 'Read all elements at once before the loop',
      safety: 'suggestion',
      caveat: copies
        ? 'The host then holds the whole tensor during the loop.'
        : 'Right as long as each element that is read is one number.',
      edits: inOrder(edits),
    },
  ];
}

/** `number`: `int(x)` and its kin, which bear a Python number as well. */
function wayOf(expr: Expr): 'item' | 'cpu' | 'number' | 'other' {
  if (expr.kind !== 'Call') return 'other';
  if (expr.callee.kind === 'Attribute')
    return expr.callee.name === 'item' ? 'item' : expr.callee.name === 'cpu' ? 'cpu' : 'other';
  return 'number';
}

/** The loop yields Python numbers, or rows on the host, and the reads fall away. */
function rowEdits(
  program: Program,
  reads: readonly ElementRead[],
  first: ElementRead,
  copies: boolean,
): TextEdit[] | undefined {
  if (first.list && copies) return undefined;
  // The element itself is read, and nothing else is done with it.
  if (reads.some((r) => r.read.tensor.kind !== 'Name' || r.source !== first.source)) return undefined;
  if (!onlyRead(first.loop, first.name, reads)) return undefined;
  const text = program.textOf(first.source);
  const torch = nameOfModule(program, 'torch');
  if (first.list && torch === undefined) return undefined;
  const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(first.source.kind);
  const whole = first.list ? `${torch}.stack(${text})` : simple ? text : `(${text})`;
  const edits: TextEdit[] = [
    { start: first.source.start, end: first.source.end, text: `${whole}.${copies ? 'cpu' : 'tolist'}()` },
  ];
  for (const { read, name } of reads)
    if (wayOf(read.expr) !== 'number') edits.push({ start: read.expr.start, end: read.expr.end, text: name });
  return edits;
}

function onlyRead(loop: ElementLoop, name: string, reads: readonly ElementRead[]): boolean {
  let uses = 0;
  visit(loop, (node) => {
    if (node.kind === 'Name' && node.id === name) uses++;
    return undefined;
  });
  // The target of the loop is one of them.
  return uses === reads.length + 1;
}

/** `values = preds.tolist()` above the loop; `preds[i].item()` becomes `values[i]`. */
function indexEdits(
  program: Program,
  reads: readonly ElementRead[],
  first: ElementRead,
): TextEdit[] | undefined {
  const { source, loop } = first;
  if (source.kind !== 'Name') return undefined;
  const statement = program.statementOf(loop);
  const indent = statement === undefined ? undefined : indentOf(program.text, statement);
  if (statement === undefined || indent === undefined || !standsAlone(program.text, statement))
    return undefined;
  const name = freeName(program.functionOf(loop) ?? program.module, [
    `${source.id}_list`,
    `${source.id}_values`,
    `${source.id}_on_host`,
  ]);
  const at = lineStart(program.text, statement.start);
  const edits: TextEdit[] = [
    { start: at, end: at, text: `${indent}${name} = ${source.id}.tolist()${newlineOf(program.text)}` },
  ];
  for (const { read } of reads) {
    const chosen = selection(program, read.tensor);
    if (chosen === undefined) return undefined;
    const place = wayOf(read.expr) === 'number' ? read.tensor : read.expr;
    edits.push({ start: place.start, end: place.end, text: `${name}${chosen}` });
  }
  return edits;
}

/** `[i][j]` for `x[i, j]` and `x[i][j]`; undefined where a list could not be selected from that way. */
function selection(program: Program, expr: Expr): string | undefined {
  if (expr.kind === 'Name') return '';
  if (expr.kind !== 'Subscript') return undefined;
  const before = selection(program, expr.object);
  const indices = expr.indices.flatMap((i) => (i.kind === 'Tuple' ? i.items : [i]));
  if (before === undefined || indices.some((i) => i.kind !== 'Name' && i.kind !== 'Number')) return undefined;
  // A tensor selects by tensors too, a list does not.
  if (indices.some((i) => program.valueOf(i).kind === 'tensor')) return undefined;
  return before + indices.map((i) => `[${program.textOf(i)}]`).join('');
}
