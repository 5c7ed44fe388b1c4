/** Loops of a step that go through a tensor of the device one element or row at a time. */

import { bindingsOf } from '../../python/bindings.ts';
import { runsCompiled } from '../../python/compiledCode.ts';
import { indexedBy, sourceOf, turns } from '../../python/elementLoops.ts';
import type { Expr, For, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { isTensorSize } from '../../python/tensorSizes.ts';
import { onCuda } from '../../python/values.ts';
import { boundNames, visit } from '../../python/walk.ts';
import { loopWork } from './loopWork.ts';

export interface TensorLoop {
  readonly loop: For;
  /** The tensor that it goes through. */
  readonly source: Expr;
  /** How many facts are only likely. */
  readonly doubts: number;
}

/** So few turns cost less than a person's time. */
const fewTurns = 16;

/** Heads, channels, scales and layers, as counters call them, are a handful. */
const fewByName =
  /^(c|ch|chan(nel)?s?|hd?|heads?|layers?|l|lvl|levels?|scales?|stages?|groups?|dims?)(_?(i|id|idx|index|num))?$/;

/** Those in `seen` are left out, those found are added to it. */
export function tensorLoops(program: Program, region: StepRegion, seen: Set<Node>): readonly TensorLoop[] {
  const out: TensorLoop[] = [];
  for (const visited of region.visits) {
    const { node: loop, guard } = visited;
    if (loop.kind !== 'For' || guard === 'cadence' || isInside(program, loop, seen)) continue;
    const source = goneThrough(program, loop);
    if (source === undefined || runsCompiled(program, region, visited)) continue;
    const work = loopWork(program, loop);
    if (work === undefined || !arePutTogether(program, loop, work.lists)) continue;
    seen.add(loop);
    const v = program.valueOf(source);
    const doubts = (onCuda(v) === 'yes' ? 0 : 1) + (guard === 'flag' ? 1 : 0) + (v.assumed ? 1 : 0);
    out.push({ loop, source, doubts });
  }
  return out;
}

function isInside(program: Program, loop: For, seen: ReadonlySet<Node>): boolean {
  for (let up: Node | undefined = loop; up !== undefined; up = program.parents.get(up))
    if (seen.has(up)) return true;
  return false;
}

/** `for row in x`, `for i in range(x.size(0))` with `x[i]` in it. */
function goneThrough(program: Program, { target, iterable, body }: For): Expr | undefined {
  const names = boundNames(target);
  if (turns(program, iterable) <= fewTurns || names.some((name) => fewByName.test(name))) return undefined;
  for (const name of names) {
    const source = sourceOf(program, target, iterable, name);
    if (source !== undefined && isDeviceTensor(program, source))
      return rowsOf(program, source) <= fewTurns ? undefined : source;
  }
  const counts = iterable.kind === 'Call' && program.valueOf(iterable.callee).type === 'builtins.range';
  const bound = counts ? iterable.args.at(iterable.args.length === 1 ? 0 : 1) : undefined;
  if (bound === undefined || !isTensorSize(program, bound)) return undefined;
  let found: Expr | undefined;
  for (const statement of body.body)
    visit(statement, (node) => {
      const indexed = node.kind === 'Subscript' ? indexedBy(node, names) : undefined;
      if (found === undefined && indexed !== undefined && isDeviceTensor(program, indexed.source))
        found = indexed.source;
      return undefined;
    });
  return found;
}

/** `x[:8]` has so many rows at most. */
function rowsOf(program: Program, source: Expr): number {
  const rows = source.kind === 'Subscript' ? /\[:(\d+)\]$/.exec(program.textOf(source))?.[1] : undefined;
  return rows === undefined ? Number.POSITIVE_INFINITY : Number(rows);
}

function isDeviceTensor(program: Program, expr: Expr): boolean {
  const v = program.valueOf(expr);
  return v.kind === 'tensor' && onCuda(v) !== 'no' && !isListed(program, expr);
}

const listed = /^builtins\.(list|tuple)$|^torch\.(meshgrid|unbind|split|chunk)$/;

/** A list of tensors, as `list(torch.meshgrid(x, y))` makes it, is as long as it was written. */
function isListed(program: Program, expr: Expr): boolean {
  if (expr.kind !== 'Name') return false;
  return bindingsOf(expr.id, program.functionOf(expr) ?? program.module).some((binding) => {
    const made = binding.kind === 'Assign' ? binding.value : null;
    return made?.kind === 'Call' && listed.test(program.valueOf(made.callee).type);
  });
}

/** `torch.stack(rows)` after the loop: a list that stays one is wanted row by row. */
function arePutTogether(program: Program, loop: For, lists: ReadonlySet<string>): boolean {
  if (lists.size === 0) return true;
  const own = program.functionOf(loop);
  const left = new Set(lists);
  for (const { start, callee, args } of program.syntax.all('Call')) {
    const [first] = args;
    if (start < loop.end || first?.kind !== 'Name' || !left.has(first.id)) continue;
    if (puts.test(program.valueOf(callee).type) && program.functionOf(callee) === own) left.delete(first.id);
  }
  return left.size === 0;
}

const puts = /^torch\.(stack|cat|concat|vstack|hstack|row_stack)$|^builtins\.sum$/;
