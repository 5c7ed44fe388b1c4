/** Places where the host waits for a value of the device. Shared by the rules of this family. */

import {
  checkedFunction,
  countedFunction,
  countedMethod,
  settlingFunction,
  settlingMethod,
  waitingFunction,
  waitingMethod,
} from './knowledge/waiting.ts';
import type { Call, Expr, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { Visit } from './regionWalker.ts';
import { Device, onCuda, type Tri, type Value, value } from './values.ts';
import { isForward } from './work.ts';

export interface DeviceRead {
  readonly visit: Visit;
  /** What is reported: `loss.item()`, or the tensor inside a text. */
  readonly expr: Expr;
  /** The tensor itself. */
  readonly tensor: Expr;
  readonly device: Tri;
  /** Certainly without dimensions. */
  readonly scalar: boolean;
  /** The kind was inferred from a guess. */
  readonly assumed: boolean;
}

const numberBuiltins = /^builtins\.(float|int|bool)$/;
const mathFunction = /^math\.(exp|log|log2|log10|sqrt|isnan|isinf|isfinite|pow|floor|ceil|fabs)$/;

/** The reads that one visited place makes, in order. */
export function deviceReads(program: Program, visit: Visit): DeviceRead[] {
  if (visit.node.kind === 'Formatted')
    return visit.node.parts.flatMap((part) => implicitRead(program, visit, part));
  if (visit.node.kind !== 'Call') return [];
  const call = visit.node;
  const callee = program.valueOf(call.callee);
  if (call.callee.kind === 'Attribute' && call.args.length === 0) {
    const { name, object } = call.callee;
    const v = program.valueOf(object);
    if (name === 'item' || name === 'tolist' || name === 'cpu' || name === 'numpy')
      return methodRead(visit, call, object, v, name);
  }
  const first = call.args[0];
  if (callee.kind === 'library' && first !== undefined && call.args.length === 1) {
    if (numberBuiltins.test(callee.type) || mathFunction.test(callee.type)) {
      const v = program.valueOf(first);
      if (v.kind !== 'tensor' || (v.assumed && v.scalar !== 'yes') || v.scalar === 'no' || onCuda(v) === 'no')
        return [];
      return [read(visit, call, first, v, true)];
    }
  }
  if (callee.type === 'builtins.print' || (call.callee.kind === 'Attribute' && call.callee.name === 'format'))
    return [...call.args, ...call.keywords.map((k) => k.value)].flatMap((arg) =>
      implicitRead(program, visit, arg),
    );
  return [];
}

function methodRead(visit: Visit, call: Call, object: Expr, v: Value, name: string): DeviceRead[] {
  if (onCuda(v) === 'no') return [];
  if (v.kind !== 'tensor' && v.kind !== 'unknown') return [];
  if (v.kind === 'unknown' && name !== 'item' && name !== 'cpu' && name !== 'numpy') return [];
  // `numpy()` of a CUDA tensor fails: what we take for one is something else.
  if (name === 'numpy') return [];
  return [read(visit, call, object, v, name === 'item' || v.scalar === 'yes')];
}

/** A tensor turned into text. Only what certainly is a tensor with one number. */
function implicitRead(program: Program, visit: Visit, expr: Expr): DeviceRead[] {
  const v = program.valueOf(expr);
  if (v.kind !== 'tensor' || v.assumed || v.scalar !== 'yes' || onCuda(v) === 'no') return [];
  return [read(visit, expr, expr, v, true)];
}

function read(visit: Visit, expr: Expr, tensor: Expr, v: Value, scalar: boolean): DeviceRead {
  return { visit, expr, tensor, device: onCuda(v), scalar, assumed: v.kind === 'unknown' || v.assumed };
}

/** Conditions on device tensors and explicit waits: the queue is drained there whatever else the step does. */
export function drainsQueue(program: Program, visit: Visit): boolean {
  const { node } = visit;
  if (visit.guard === 'cadence') return false;
  if (node.kind === 'Call') {
    const callee = program.valueOf(node.callee);
    if (callee.kind === 'library' && waitingFunction.test(callee.type)) return true;
    if (node.callee.kind === 'Attribute') {
      const object = program.valueOf(node.callee.object);
      if (waitingMethod.test(node.callee.name)) return true;
      if (node.callee.name === 'synchronize' && object.kind !== 'instance') return true;
      // An enabled gradient scaler looks for infinities on the host before it steps.
      if (node.callee.name === 'step' && /GradScaler$/.test(object.type))
        return enabledScaler(program, object);
    }
    return false;
  }
  return testsOf(node).some((test) => testedTensor(program, test) !== undefined);
}

/** The conditions by which a statement chooses its way. */
export function testsOf(node: Node): readonly Expr[] {
  switch (node.kind) {
    case 'If':
      return node.branches.map(({ test }) => test);
    case 'While':
      return [node.test];
    case 'Assert':
      return node.values.slice(0, 1);
    default:
      return [];
  }
}

function enabledScaler(program: Program, object: Value): boolean {
  const enabled = enabledOf(program, object);
  return enabled !== undefined && enabled.constant === true && !enabled.overridable;
}

/** Whether a gradient scaler was said to be on, which it is where nothing is said; undefined where its making is not in sight. */
function enabledOf(program: Program, scaler: Value): Value | undefined {
  const source = scaler.sources[0];
  if (source?.kind !== 'Call') return undefined;
  const enabled = source.keywords.find((k) => k.name === 'enabled');
  return enabled === undefined ? switchedOn : program.valueOf(enabled.value);
}

const switchedOn: Value = value('number', { constant: true });

/** What of a condition is a tensor of the device: the host waits to learn its truth. */
export function testedTensor(program: Program, test: Expr): Expr | undefined {
  if (test.kind === 'Bool') return testedTensor(program, test.left) ?? testedTensor(program, test.right);
  if (test.kind === 'Unary') return testedTensor(program, test.operand);
  const v = program.valueOf(test);
  const tested = v.kind === 'tensor' && onCuda(v) !== 'no' && (!v.assumed || v.scalar === 'yes');
  return tested ? test : undefined;
}

/**
 * `outputs.cpu().numpy()`: an array for the host, so the queue is empty until new work is given. A number such as a
 * loss is a read like any other.
 */
export function copiesArray(program: Program, { node, guard }: Visit): boolean {
  if (guard !== 'none' || node.kind !== 'Call' || node.callee.kind !== 'Attribute') return false;
  if (node.callee.name !== 'cpu' || node.args.length > 0) return false;
  const copied = program.valueOf(node.callee.object);
  if (copied.kind !== 'tensor' && copied.kind !== 'unknown') return false;
  if (onCuda(copied) === 'no' || (copied.kind === 'tensor' && copied.scalar === 'yes')) return false;
  for (let at: Expr = node; ; ) {
    const up = program.parents.get(at);
    if (up?.kind !== 'Attribute' || up.object !== at) return false;
    const call = program.parents.get(up);
    const called = call?.kind === 'Call' && call.callee === up;
    if (called && up.name === 'numpy') return true;
    if (!/^(detach|data|float|double|int|long|squeeze|clone)$/.test(up.name)) return false;
    at = called ? call : up;
  }
}

/** What a setting decides, and each step then waits for: elements picked by a mask, or a gradient scaler that is switched on. */
export function waitsBySetting(program: Program, visit: Visit): boolean {
  if (visit.guard === 'cadence') return false;
  return (visit.guard === 'flag' && waitsForCount(program, visit.node)) || mayUnscale(program, visit);
}

/** `GradScaler(enabled=args.amp)` */
function mayUnscale(program: Program, { node }: Visit): boolean {
  if (node.kind !== 'Call' || node.callee.kind !== 'Attribute' || node.callee.name !== 'step') return false;
  const object = program.valueOf(node.callee.object);
  if (!/GradScaler$/.test(object.type)) return false;
  const enabled = enabledOf(program, object);
  return enabled !== undefined && (enabled.constant === undefined || enabled.overridable);
}

/** What empties the queue until there is new work: a meeting of all processes, or a number that the host waits to learn. */
export function settles(program: Program, visit: Visit): boolean {
  return (
    meets(program, visit) ||
    (visit.guard === 'none' && waitsForCount(program, visit.node)) ||
    checksValues(program, visit) ||
    fillsOnHost(program, visit)
  );
}

/** A distribution looks whether its parameters are allowed. */
function checksValues(program: Program, { node, guard }: Visit): boolean {
  if (guard !== 'none' || node.kind !== 'Call') return false;
  const callee = program.valueOf(node.callee);
  if (callee.kind !== 'library' || !checkedFunction.test(callee.type)) return false;
  const told = node.keywords.find((k) => k.name === 'validate_args');
  if (told !== undefined && program.valueOf(told.value).constant === false) return false;
  return [...node.args, ...node.keywords.map((k) => k.value)].some((arg) => {
    const v = program.valueOf(arg);
    return (v.kind === 'tensor' || v.kind === 'unknown') && onCuda(v) !== 'no';
  });
}

/** All processes wait for each other, each for its device first. */
export function meets(program: Program, { node, guard }: Visit): boolean {
  if (guard !== 'none' || node.kind !== 'Call') return false;
  if (node.callee.kind === 'Attribute' && settlingMethod.test(node.callee.name)) return true;
  const callee = program.valueOf(node.callee);
  return callee.kind === 'library' && settlingFunction.test(callee.type);
}

/** `torch.FloatTensor(n).copy_(boxes)`: a tensor of the host is filled from the device. */
function fillsOnHost(program: Program, { node, guard }: Visit): boolean {
  if (guard !== 'none' || node.kind !== 'Call' || node.callee.kind !== 'Attribute') return false;
  const [from] = node.args;
  if (node.callee.name !== 'copy_' || from === undefined || node.args.length > 1) return false;
  if (node.keywords.some((k) => k.name === 'non_blocking')) return false;
  const into = program.valueOf(node.callee.object);
  return into.kind === 'tensor' && into.device === Device.cpu && onCuda(program.valueOf(from)) !== 'no';
}

/** Elements are picked by a mask or a search: the host waits to learn how many there are. */
function waitsForCount(program: Program, node: Visit['node']): boolean {
  if (node.kind === 'Subscript')
    return node.indices.some((index) => {
      if (!isMask(program, index)) return false;
      const v = program.valueOf(index);
      return onCuda(v.kind === 'unknown' ? program.valueOf(node.object) : v) !== 'no';
    });
  if (node.kind !== 'Call') return false;
  const callee = program.valueOf(node.callee);
  const searched = node.args[0];
  if (callee.kind === 'library' && searched !== undefined && countedFunction.test(callee.type))
    return onCuda(program.valueOf(searched)) !== 'no';
  if (node.callee.kind !== 'Attribute' || !countedMethod.test(node.callee.name)) return false;
  return onCuda(program.valueOf(node.callee.object)) !== 'no';
}

/** Known by what it holds, or by its name: `cov[self.positive_mask]`. */
function isMask(program: Program, index: Expr): boolean {
  const v = program.valueOf(index);
  if (v.kind !== 'tensor' && v.kind !== 'unknown') return false;
  if (v.dtype === 'bool') return v.scalar !== 'yes';
  const name = index.kind === 'Name' ? index.id : index.kind === 'Attribute' ? index.name : '';
  return v.dtype === 'unknown' && /(^|_)mask$/i.test(name);
}

/** A pass forward or backward, or a step of the optimizer: the queue fills again. */
export function givesWork(program: Program, { node }: Visit): boolean {
  if (node.kind !== 'Call') return false;
  if (node.callee.kind === 'Attribute' && /^(backward|step)$/.test(node.callee.name)) return true;
  return isForward(program.machine, node);
}
