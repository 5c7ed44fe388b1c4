/** Whole tensors that a step copies to the host, and whether it had to. */

import { ConsumerFinder } from '../../python/consumers.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda } from '../../python/values.ts';
import { drainsQueue } from './deviceReads.ts';
import { reducedAfterCopy } from './recordedReads.ts';

export interface HostCopy {
  /** `out.cpu()` or `out.to("cpu")`. */
  readonly copy: Call;
  readonly tensor: Expr;
  /** The copy with what only changes its form, such as `.numpy()`. */
  readonly whole: Expr;
  /** `recorded`: nobody needs it now; `reduced`: the host makes something small of it. */
  readonly use: 'recorded' | 'reduced';
  /** The call that makes it small. */
  readonly reduction: Call | undefined;
  readonly doubts: number;
}

export function hostCopies(program: Program, region: StepRegion): HostCopy[] {
  const out = findCopies(program, region);
  // Where the host gets the whole for another purpose, reducing it first saves nothing.
  return out.filter((c) => c.use !== 'reduced' || !isCopiedWhole(program, region, c));
}

function isCopiedWhole(program: Program, region: StepRegion, { copy, tensor }: HostCopy): boolean {
  const text = program.textOf(tensor);
  return region.visits.some(
    ({ node }) =>
      node.kind === 'Call' &&
      node !== copy &&
      node.callee.kind === 'Attribute' &&
      /^(cpu|to|tolist|numpy)$/.test(node.callee.name) &&
      program.textOf(node.callee.object) === text &&
      reductionOf(program, withForms(program, node)) === undefined,
  );
}

function findCopies(program: Program, region: StepRegion): HostCopy[] {
  const out: HostCopy[] = [];
  for (const visit of region.visits) {
    // After a wait that has to be, the copy itself is all that is left.
    if (drainsQueue(program, visit)) return out;
    const found = visit.guard === 'cadence' ? undefined : copyOf(program, region, visit);
    if (found !== undefined) out.push(found);
  }
  return out;
}

function copyOf(program: Program, region: StepRegion, { node, guard, inner }: Visit): HostCopy | undefined {
  if (node.kind !== 'Call' || node.callee.kind !== 'Attribute' || inner) return undefined;
  const { name, object } = node.callee;
  if (!(name === 'cpu' && node.args.length === 0) && !(name === 'to' && movesToHost(program, node)))
    return undefined;
  const v = program.valueOf(object);
  if (v.kind !== 'tensor' && v.kind !== 'unknown') return undefined;
  // A single number is a read like any other; whoever asks a module by that name moves its weights.
  if (v.scalar === 'yes' || onCuda(v) === 'no' || isOffload(program, node)) return undefined;
  // So is a copy of which one number is left.
  if (reducedAfterCopy(program, { expr: node })) return undefined;
  const whole = withForms(program, node);
  const reduction = reductionOf(program, whole);
  const small = v.dtype === 'int' || v.dtype === 'bool';
  const doubts =
    (onCuda(v) === 'yes' ? 0 : 1) + (guard === 'flag' ? 1 : 0) + (v.scalar === 'no' ? 0 : v.assumed ? 1 : 0);
  if (reduction !== undefined && !small)
    return { copy: node, tensor: object, whole, use: 'reduced', reduction, doubts };
  // An evaluation that collects its outputs on the host keeps the memory of the GPU free.
  if (region.role === 'eval') return undefined;
  const { needed, sinks } = ConsumerFinder.of(program, region, node);
  if (needed !== undefined || sinks.size === 0) return undefined;
  return { copy: node, tensor: object, whole, use: 'recorded', reduction: undefined, doubts };
}

/** `.to("cpu")` that waits: one that does not is somebody's plan. */
function movesToHost(program: Program, call: Call): boolean {
  const [first] = call.args;
  if (first === undefined || call.keywords.some((k) => k.name === 'non_blocking')) return false;
  const v = program.valueOf(first);
  return call.args.length === 1 && v.kind === 'string' && v.constant === 'cpu' && !v.overridable;
}

/** A name or a comment says that memory is the reason. */
function isOffload(program: Program, call: Call): boolean {
  const statement = program.statementOf(call);
  if (statement === undefined) return true;
  if (/offload/i.test(program.textOf(statement))) return true;
  return program.module.comments.some(
    (c) =>
      c.end > statement.start - 160 &&
      c.start < statement.end + 80 &&
      /offload|\bOOM\b|memory|\bVRAM\b/i.test(c.text),
  );
}

const forms = /^(detach|data|numpy|clone|float|double|squeeze|flatten|view|reshape|contiguous)$/;

/** `out.cpu().numpy()` for its `out.cpu()`. */
function withForms(program: Program, copy: Expr): Expr {
  for (let at: Expr = copy; ; ) {
    const up = program.parents.get(at);
    if (up?.kind !== 'Attribute' || up.object !== at || !forms.test(up.name)) return at;
    const call = program.parents.get(up);
    at = call?.kind === 'Call' && call.callee === up ? call : up;
  }
}

const reduces = /^(argmax|argmin|max|min|mean|sum|topk|amax|amin|median|norm|std|var)$/;

/** The call that reduces it at once: a method, or a function of NumPy or torch. */
function reductionOf(program: Program, whole: Expr): Call | undefined {
  const up = program.parents.get(whole);
  if (up?.kind === 'Attribute' && up.object === whole && reduces.test(up.name)) {
    const call = program.parents.get(up);
    return call?.kind === 'Call' && call.callee === up ? call : undefined;
  }
  if (up?.kind !== 'Call' || up.args[0] !== whole) return undefined;
  const { type } = program.valueOf(up.callee);
  const name = /^(?:numpy|torch)\.(\w+)$/.exec(type)?.[1];
  return name !== undefined && reduces.test(name) ? up : undefined;
}
