/** Reduces on the device before the copy; copies what a list collects once after the loop. */

import { indentOf, inOrder, lineEnd, newlineOf } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { visit } from '../../python/walk.ts';
import type { HostCopy } from './hostCopies.ts';

/** One fix for all copies of the step, or none: half a fix would leave the waits in place. */
export function copyFix(program: Program, region: StepRegion, copies: readonly HostCopy[]): Fix[] {
  const after = new Map<string, string>();
  const edits: TextEdit[] = [];
  for (const copy of copies) {
    const own =
      copy.use === 'reduced' ? reducedFirst(program, copy) : collected(program, region, copy, after);
    if (own === undefined) return [];
    edits.push(own);
  }
  if (after.size > 0) {
    const { text } = program;
    const at = lineEnd(text, region.root.end);
    const start = `${newlineOf(text)}${indentOf(text, region.root) ?? ''}`;
    edits.push({ start: at, end: at, text: [...after.values()].map((line) => start + line).join('') });
  }
  const lists = copies.some((c) => c.use === 'recorded');
  return [
    {
      title: lists
        ? 'Keep the tensors on the GPU and copy them after the loop'
        : 'Reduce on the GPU before the copy',
      safety: 'suggestion',
      caveat: lists
        ? 'All that is collected lies in GPU memory until the loop ends.'
        : 'Equal values may be told apart in another order on the GPU.',
      edits: inOrder(edits),
    },
  ];
}

/** `out.cpu().numpy().argmax(axis=1)` becomes `out.argmax(dim=1).cpu().numpy()`. */
function reducedFirst(program: Program, { tensor, whole, reduction }: HostCopy): TextEdit | undefined {
  if (reduction === undefined || reduction.callee.kind !== 'Attribute') return undefined;
  const asMethod = reduction.callee.object === whole;
  const rest = asMethod ? reduction.args : reduction.args.slice(1);
  const dims = dimensions(program, rest, reduction);
  // NumPy's `max` of an axis is one array, torch's is values and indices.
  if (
    dims === undefined ||
    (dims !== '' && !/^(argmax|argmin|mean|sum|amax|amin)$/.test(reduction.callee.name))
  )
    return undefined;
  const form = program.text.slice(tensor.end, whole.end);
  if (!/^[\w.()"'\s]*$/.test(form)) return undefined;
  const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(tensor.kind);
  const base = simple ? program.textOf(tensor) : `(${program.textOf(tensor)})`;
  return {
    start: reduction.start,
    end: reduction.end,
    text: `${base}.${reduction.callee.name}(${dims})${form}`,
  };
}

/** The argument list on the device; undefined where it holds more than one dimension. */
function dimensions(program: Program, args: readonly Expr[], call: Call): string | undefined {
  const [only] = args;
  const [keyword] = call.keywords;
  if (args.length + call.keywords.length > 1) return undefined;
  if (only !== undefined) return `dim=${program.textOf(only)}`;
  if (keyword === undefined) return '';
  return keyword.name === 'axis' || keyword.name === 'dim'
    ? `dim=${program.textOf(keyword.value)}`
    : undefined;
}

/** `preds.append(out.cpu().numpy())`: the tensor is collected, and the list turned over after the loop. */
function collected(
  program: Program,
  region: StepRegion,
  { tensor, whole }: HostCopy,
  after: Map<string, string>,
): TextEdit | undefined {
  const call = program.parents.get(whole);
  const statement = program.statementOf(whole);
  if (call?.kind !== 'Call' || statement?.kind !== 'Expr' || statement.value !== call) return undefined;
  if (call.callee.kind !== 'Attribute' || call.callee.name !== 'append' || call.callee.object.kind !== 'Name')
    return undefined;
  const inside = statement.start >= region.root.start && statement.end <= region.root.end;
  if (!inside || program.functionOf(statement) !== region.owner || region.root.kind === 'Function')
    return undefined;
  const list = call.callee.object.id;
  const form = program.text.slice(tensor.end, whole.end);
  const line = `${list}[:] = [value${form} for value in ${list}]`;
  // Another statement fills or reads the same list: its values are not ours.
  if (usesOf(region, list) > 1 || (after.has(list) && after.get(list) !== line)) return undefined;
  after.set(list, line);
  const text = program.textOf(tensor);
  const whollyDetached =
    /\.(detach\(\)|data)$/.test(text) || ['int', 'bool'].includes(program.valueOf(tensor).dtype);
  const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(tensor.kind);
  const base = simple ? text : `(${text})`;
  return { start: whole.start, end: whole.end, text: whollyDetached ? base : `${base}.detach()` };
}

function usesOf(region: StepRegion, list: string): number {
  let uses = 0;
  visit(region.root, (node) => {
    if (node.kind === 'Name' && node.id === list) uses++;
    return undefined;
  });
  return uses;
}
