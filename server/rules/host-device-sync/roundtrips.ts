/** Values that leave the device, are changed on the host and go back, within one step. */

import type { Call, Expr, Name, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda } from '../../python/values.ts';
import { visit } from '../../python/walk.ts';

export interface Roundtrip {
  /** The call that brings the value back: `torch.from_numpy(a).cuda()`. */
  readonly upload: Call;
  /** `x.cpu()`, with its tensor. */
  readonly copy: Call;
  readonly tensor: Expr;
  readonly doubts: number;
}

export function roundtrips(program: Program, region: StepRegion): Roundtrip[] {
  const out: Roundtrip[] = [];
  for (const visited of region.visits) {
    const upload = uploadOf(program, visited);
    if (upload === undefined || visited.guard === 'cadence') continue;
    const copy = origin(program, region, upload.from, upload.call, 0);
    if (copy === undefined) continue;
    const doubts =
      (onCuda(program.valueOf(copy.tensor)) === 'yes' ? 0 : 1) + (visited.guard === 'flag' ? 1 : 0);
    out.push({ upload: upload.call, ...copy, doubts });
  }
  return out;
}

const makes = /^torch\.(tensor|as_tensor|from_numpy|FloatTensor|LongTensor|Tensor)$/;

/** The host value that a call brings to the device. */
function uploadOf(program: Program, { node }: Visit): { call: Call; from: Expr } | undefined {
  if (node.kind !== 'Call' || onCuda(program.valueOf(node)) === 'no') return undefined;
  const [first] = node.args;
  if (first !== undefined && makes.test(program.valueOf(node.callee).type))
    return { call: node, from: first };
  if (node.callee.kind !== 'Attribute' || !/^(to|cuda)$/.test(node.callee.name)) return undefined;
  // `x.to(dtype)` brings nothing anywhere.
  const { object } = node.callee;
  return onCuda(program.valueOf(object)) === 'no' ? { call: node, from: object } : undefined;
}

const methods =
  /^(numpy|detach|astype|copy|reshape|view|transpose|squeeze|flatten|float|long|double|int|clip|clamp|round|abs|sum|mean|max|min|std|argmax|argmin|argsort|sort|cumsum|dot|unsqueeze|permute|contiguous|clone|exp|log|sqrt|T|data)$/;
/** Functions of NumPy that torch has too. */
const numpyTwins =
  /^numpy\.(array|asarray|ascontiguousarray|abs|absolute|exp|log|log2|sqrt|square|clip|where|maximum|minimum|mean|sum|std|var|max|min|amax|amin|argmax|argmin|argsort|sort|concatenate|stack|vstack|hstack|transpose|expand_dims|squeeze|reshape|cumsum|cumprod|dot|matmul|einsum|power|sign|round|floor|ceil|sin|cos|tanh|flip|roll|tile|repeat|diff|float32|float64|int64|multiply|divide|add|subtract|isnan|logical_and|logical_or|logical_not)$/;

/** The copy to the host that a value comes from, over operations that the device can do as well. */
function origin(
  program: Program,
  region: StepRegion,
  expr: Expr,
  at: Node,
  depth: number,
): { copy: Call; tensor: Expr } | undefined {
  if (depth > 12) return undefined;
  const from = (e: Expr, place: Node = at): { copy: Call; tensor: Expr } | undefined =>
    origin(program, region, e, place, depth + 1);
  switch (expr.kind) {
    case 'Attribute':
      return methods.test(expr.name) ? from(expr.object) : undefined;
    case 'Binary':
      return bothSides(program, expr.left, expr.right, from);
    case 'Unary':
      return from(expr.operand);
    case 'Subscript':
      return expr.indices.every((i) => program.valueOf(i).kind !== 'string') ? from(expr.object) : undefined;
    case 'Name': {
      const value = definitionOf(program, region, expr, at);
      return value === undefined ? undefined : from(value.value, value.at);
    }
    case 'Call': {
      if (expr.callee.kind === 'Attribute' && isCopy(program, expr))
        return { copy: expr, tensor: expr.callee.object };
      const { type } = program.valueOf(expr.callee);
      const [first] = expr.args;
      if (numpyTwins.test(type) || makes.test(type)) return first === undefined ? undefined : from(first);
      if (expr.callee.kind !== 'Attribute' || program.valueOf(expr.callee).kind === 'library')
        return undefined;
      return methods.test(expr.callee.name) ? from(expr.callee.object) : undefined;
    }
    default:
      return undefined;
  }
}

/** The other side of an operation is a number or comes from the device as well: then it can be done there. */
function bothSides(
  program: Program,
  left: Expr,
  right: Expr,
  from: (e: Expr) => { copy: Call; tensor: Expr } | undefined,
): { copy: Call; tensor: Expr } | undefined {
  const [a, b] = [from(left), from(right)];
  if (a !== undefined) return b !== undefined || program.valueOf(right).kind === 'number' ? a : undefined;
  return b !== undefined && program.valueOf(left).kind === 'number' ? b : undefined;
}

function isCopy(program: Program, call: Call): boolean {
  if (call.callee.kind !== 'Attribute') return false;
  const { name, object } = call.callee;
  const v = program.valueOf(object);
  if (v.kind !== 'tensor' && v.kind !== 'unknown') return false;
  if (onCuda(v) === 'no' || call.keywords.some((k) => k.name === 'non_blocking')) return false;
  if (name === 'cpu') return call.args.length === 0;
  const [first] = call.args;
  return name === 'to' && first !== undefined && program.valueOf(first).constant === 'cpu';
}

/** The only assignment of a name in the step: with several, or a loop that changes it, we do not know. */
function definitionOf(
  program: Program,
  region: StepRegion,
  name: Name,
  at: Node,
): { value: Expr; at: Node } | undefined {
  const owner = program.functionOf(name);
  const scope: Node = owner !== undefined && owner !== region.owner ? owner : region.root;
  let found: { value: Expr; at: Node } | undefined;
  let others = 0;
  visit(scope, (node) => {
    const targets = node.kind === 'Assign' ? node.targets : [];
    const writes =
      targets.some((t) => names(t).includes(name.id)) ||
      ((node.kind === 'AugAssign' || node.kind === 'For') && names(node.target).includes(name.id));
    if (!writes) return undefined;
    const [only] = targets;
    if (
      node.kind === 'Assign' &&
      node.value !== null &&
      only?.kind === 'Name' &&
      node.start < at.start &&
      node !== at
    )
      found = { value: node.value, at: node };
    else if (program.statementOf(at) !== node) others++;
    return undefined;
  });
  return others === 0 ? found : undefined;
}

/** Also `a[i] = …`: the host fills it with something of its own. */
function names(target: Expr): string[] {
  if (target.kind === 'Name') return [target.id];
  if (target.kind === 'Subscript') return names(target.object);
  return target.kind === 'Tuple' || target.kind === 'List' ? target.items.flatMap(names) : [];
}
