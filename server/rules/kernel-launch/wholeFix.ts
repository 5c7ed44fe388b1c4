/** Does to a whole tensor at once what a loop did to one element after another, where only numbers are reckoned with. */

import type { Fix } from '../../engine/finding.ts';
import { elementwise } from '../../python/knowledge/tensors.ts';
import type { Call, Expr, For } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';

/** What the names of a loop stand for: the counter for a slice, the row for its tensor. */
interface Turns {
  readonly counter: string | undefined;
  readonly row: string | undefined;
  /** What yields the rows, or of what the length counts the turns. */
  readonly whole: Expr | undefined;
  /** `:x.size(0)` */
  readonly slice: string;
}

export function wholeFix(program: Program, loop: For): Fix[] {
  const turns = turnsOf(program, loop);
  const [only] = loop.body.body;
  if (turns === undefined || only === undefined || loop.body.body.length > 1 || loop.orelse !== null)
    return [];
  const [target, operator, value] =
    only.kind === 'Assign' && only.targets.length === 1 && only.value !== null
      ? [only.targets[0], '=', only.value]
      : only.kind === 'AugAssign'
        ? [only.target, only.operator, only.value]
        : [undefined, '', only.kind === 'Expr' ? only.value : undefined];
  if (value === undefined) return [];
  const made = target === undefined ? inPlace(program, turns, value) : atOnce(program, turns, value);
  const into =
    target === undefined ? '' : target.kind === 'Subscript' ? filled(program, turns, target) : undefined;
  if (made === undefined || into === undefined) return [];
  return [
    {
      title: 'Work on the whole at once',
      safety: 'suggestion',
      caveat: 'Right where all these tensors have the same number of dimensions.',
      edits: [
        {
          start: loop.start,
          end: loop.end,
          text: target === undefined ? made : `${into} ${operator} ${made}`,
        },
      ],
    },
  ];
}

function turnsOf(program: Program, { target, iterable }: For): Turns | undefined {
  const name = target.kind === 'Name' ? target.id : undefined;
  const { type } = iterable.kind === 'Call' ? program.valueOf(iterable.callee) : { type: '' };
  const args = iterable.kind === 'Call' ? iterable.args : [];
  const [first, second] = args;
  if (type === 'builtins.enumerate' && target.kind === 'Tuple' && first !== undefined && args.length === 1) {
    const [counter, row] = target.items;
    if (counter?.kind !== 'Name' || row?.kind !== 'Name' || first.kind !== 'Name') return undefined;
    return { counter: counter.id, row: row.id, whole: first, slice: `:len(${first.id})` };
  }
  if (name === undefined) return undefined;
  if (type !== 'builtins.range')
    return iterable.kind === 'Name'
      ? { counter: undefined, row: name, whole: iterable, slice: ':' }
      : undefined;
  if (first === undefined || args.length > 2) return undefined;
  const slice = args.map((arg) => program.textOf(arg)).join(':');
  return second === undefined
    ? { counter: name, row: undefined, whole: countedBy(program, first), slice: `:${slice}` }
    : { counter: name, row: undefined, whole: undefined, slice };
}

/** `x` of `x.size(0)`, `x.shape[0]` or `len(x)`. */
function countedBy(program: Program, bound: Expr): Expr | undefined {
  const isFirst = (index: Expr | undefined): boolean => index?.kind === 'Number' && index.value === 0;
  if (bound.kind === 'Subscript')
    return bound.object.kind === 'Attribute' && isFirst(bound.indices[0]) ? bound.object.object : undefined;
  if (bound.kind !== 'Call') return undefined;
  const { callee, args } = bound;
  if (callee.kind === 'Attribute') return isFirst(args[0]) ? callee.object : undefined;
  return program.valueOf(callee).type === 'builtins.len' ? args[0] : undefined;
}

/** `out[:n]` for `out[i]`. */
function filled(
  program: Program,
  turns: Turns,
  { object, indices }: Extract<Expr, { kind: 'Subscript' }>,
): string | undefined {
  const [index] = indices;
  if (indices.length > 1 || index?.kind !== 'Name' || index.id !== turns.counter) return undefined;
  const text = program.textOf(object);
  const isWhole = turns.whole !== undefined && program.textOf(turns.whole) === text;
  return `${text}[${isWhole ? ':' : turns.slice}]`;
}

/** The text that reckons with all elements what the turn did with one; undefined where that may be another thing. */
function atOnce(program: Program, turns: Turns, expr: Expr): string | undefined {
  const of = (part: Expr): string | undefined => atOnce(program, turns, part);
  switch (expr.kind) {
    case 'Number':
      return program.textOf(expr);
    case 'Name':
      if (expr.id === turns.row && turns.whole !== undefined) return program.textOf(turns.whole);
      return program.valueOf(expr).kind === 'number' && expr.id !== turns.counter ? expr.id : undefined;
    case 'Subscript': {
      const all = filled(program, turns, expr);
      return all?.endsWith('[:]') ? program.textOf(expr.object) : all;
    }
    case 'Unary':
      return expr.operator === 'not' ? undefined : within(program, expr, [expr.operand], of);
    case 'Binary':
      return /^([-+*/]|\*\*|\/\/|%)$/.test(expr.operator)
        ? within(program, expr, [expr.left, expr.right], of)
        : undefined;
    case 'Call':
      // What drops dimensions drops others of the whole.
      if (expr.callee.kind !== 'Attribute' || !elementwise.has(expr.callee.name)) return undefined;
      if (expr.callee.name === 'squeeze') return undefined;
      if (expr.args.some((arg) => program.valueOf(arg).kind !== 'number') || expr.keywords.length > 0)
        return undefined;
      return within(program, expr, [expr.callee.object, ...expr.args], of);
    default:
      return undefined;
  }
}

/** The text of an expression with other texts for its parts. */
function within(
  program: Program,
  expr: Expr,
  parts: readonly Expr[],
  of: (part: Expr) => string | undefined,
): string | undefined {
  let text = '';
  let at = expr.start;
  for (const part of parts) {
    const other = of(part);
    if (other === undefined) return undefined;
    text += program.text.slice(at, part.start) + other;
    at = part.end;
  }
  return text + program.text.slice(at, expr.end);
}

/** `row.mul_(0.5)` */
function inPlace(program: Program, turns: Turns, value: Expr): string | undefined {
  const call: Call | undefined = value.kind === 'Call' ? value : undefined;
  if (
    call?.callee.kind !== 'Attribute' ||
    !/^(add|sub|mul|div|zero|fill|clamp|neg|abs|sqrt|exp|relu)_$/.test(call.callee.name)
  )
    return undefined;
  if (turns.whole === undefined || turns.row === undefined || call.keywords.length > 0) return undefined;
  if (call.callee.object.kind !== 'Name' || call.callee.object.id !== turns.row) return undefined;
  const numbers = call.args.every((arg) => program.valueOf(arg).kind === 'number');
  return numbers
    ? within(program, call, [call.callee.object], (row) => atOnce(program, turns, row))
    : undefined;
}
