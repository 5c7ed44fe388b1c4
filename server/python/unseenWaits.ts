/**
 * Whether a step, or a function that it runs, may make the host wait for something that nobody sees: the one place that
 * answers it. Asked is for proof that it does not. A place is quiet when it is known to look at nothing on the device, or when
 * what it looks at is a read that the rules know of and count by themselves; whatever is not known to be quiet may wait.
 */

import { bindingsOf } from './bindings.ts';
import { groupedFunctions } from './knowledge/grouped.ts';
import {
  askingFunction,
  askingMethod,
  asksForGpu,
  lookingBuiltin,
  quietFunction,
  quietNetwork,
  quietNetworkMethod,
  quietObjectMethod,
  quietTensorMethod,
  recordingMethod,
  settingsName,
} from './knowledge/quiet.ts';
import { isTensorMethod } from './knowledge/tensors.ts';
import { checkedFunction } from './knowledge/waiting.ts';
import type { Call, Expr } from './nodes.ts';
import type { Program } from './program.ts';
import type { UnseenWaits } from './project/portable.ts';
import { propertyOf } from './properties.ts';
import { functionRegion, type StepRegion } from './regions.ts';
import type { Visit } from './regionWalker.ts';
import { Device, type FunctionInfo, onCuda, type Value } from './values.ts';
import { deviceReads } from './waits.ts';

export function mayWaitUnseen(program: Program, { visits, cut }: Reached): boolean {
  return cut || visits.some((visit) => !visit.seldom && !isQuiet(program, visit));
}

/** All that is reached, unless the walk was cut short: of what comes then nobody knows anything. */
type Reached = Pick<StepRegion, 'visits' | 'cut'>;

/** The same of a function that other files call. A file that does not know torch looks at no more than it is handed. */
export function unseenWaitsOf(program: Program, region: Reached): UnseenWaits {
  if (!mayWaitUnseen(program, region)) return 'none';
  if (region.cut) return 'perhaps';
  const knowsTorch = /\b(torch|cuda)\b/.test(program.module.text);
  return knowsTorch || region.visits.some(({ node }) => isForeign(program, node)) ? 'perhaps' : 'forTensors';
}

function isForeign(program: Program, node: Visit['node']): boolean {
  return node.kind === 'Call' && program.machine.foreignCalls.has(node);
}

function isQuiet(program: Program, visit: Visit): boolean {
  const { node } = visit;
  switch (node.kind) {
    case 'Call':
      return isQuietCall(program, visit, node);
    case 'Formatted':
      return deviceReads(program, visit).length > 0 || !node.parts.some((part) => isRead(program, part));
    case 'Binary':
      return !textParts(node).some((part) => isRead(program, part));
    case 'Attribute':
      return isQuietProperty(program, node);
    case 'For':
      return !goesBySample(program, visit, node);
    case 'Subscript':
      if (program.valueOf(node.object).kind === 'dict') return true;
      return !readsByIndex(program, node) && node.indices.every((index) => isQuietIndex(program, index));
    case 'If':
      return node.branches.every(({ test }) => isQuietTest(program, test));
    case 'While':
    case 'Conditional':
      return isQuietTest(program, node.test);
    case 'Comprehension':
      return node.clauses.every((c) => c.conditions.every((test) => isQuietTest(program, test)));
    case 'Assert':
      return node.values.slice(0, 1).every((test) => isQuietTest(program, test));
    default:
      return true;
  }
}

/** `"%d %f" % (step, loss)` */
function textParts({ right }: Extract<Expr, { kind: 'Binary' }>): readonly Expr[] {
  return right.kind === 'Tuple' ? right.items : [right];
}

const properties = new WeakMap<FunctionInfo, boolean>();

/** What a property does is done where it is read; what it reads nobody names. */
function isQuietProperty(program: Program, attribute: Extract<Expr, { kind: 'Attribute' }>): boolean {
  const property = propertyOf(program.machine, attribute);
  if (property === undefined) return true;
  const { info, summary } = property;
  if (info === undefined) return summary?.unseenWaits === 'none' && !summary.reads;
  const known = properties.get(info);
  if (known !== undefined) return known;
  // One that asks itself does in that what has been seen.
  properties.set(info, true);
  const region = functionRegion(program.machine, info, program.parents);
  const quiet =
    !mayWaitUnseen(program, region) && !region.visits.some((v) => deviceReads(program, v).length > 0);
  properties.set(info, quiet);
  return quiet;
}

/** One sample after the other, outside a network: the host is what is slow, and no longer for the read alone. */
export function goesBySample(
  program: Program,
  { within }: Visit,
  { iterable }: Extract<Visit['node'], { kind: 'For' }>,
): boolean {
  const info = within === undefined ? undefined : program.machine.scopes.functionOf.get(within);
  if (info?.owner !== undefined && /^forward|^__call__$/.test(info.node.name)) return false;
  return goneThrough(program, iterable).some((thing) => {
    const v = program.valueOf(thing);
    // What a parameter is of which nothing is known, such as several numbers, lies nowhere.
    return v.kind === 'tensor' ? onCuda(v) !== 'no' : v.kind === 'unknown' && onCuda(v) === 'yes';
  });
}

/** What `enumerate(zip(a, b))`, `range(len(a))`, `range(a.size(0))` and `range(a.shape[0])` go through. */
function goneThrough(program: Program, expr: Expr): Expr[] {
  if (expr.kind === 'Subscript' && expr.object.kind === 'Attribute' && expr.object.name === 'shape')
    return isFirst(expr.indices[0]) ? [expr.object.object] : [];
  if (expr.kind !== 'Call') return [expr];
  if (expr.callee.kind === 'Attribute') {
    const { object, name } = expr.callee;
    if (name === 'size') return isFirst(expr.args[0]) ? [object] : [];
    // Of `labels.view(-1)` the same is known as of the labels.
    if (quietTensorMethod.test(name)) return [expr, ...goneThrough(program, object)];
  }
  const { type } = program.valueOf(expr.callee);
  return /^builtins\.(enumerate|zip|range|len|reversed)$/.test(type)
    ? expr.args.flatMap((arg) => goneThrough(program, arg))
    : [];
}

const isFirst = (index: Expr | undefined): boolean => index?.kind === 'Number' && index.value === 0;

function isQuietCall(program: Program, visit: Visit, call: Call): boolean {
  // Reads that are known of are counted by the rules.
  if (deviceReads(program, visit).length > 0) return true;
  if ((program.machine.targets.get(call) ?? []).length > 0) return true;
  const foreign = program.machine.foreignCalls.get(call);
  if (foreign !== undefined) return isQuietForeign(program, call, foreign.summary.unseenWaits);
  const called = program.valueOf(call.callee);
  if (isGrouped(called)) return true;
  switch (called.kind) {
    case 'class':
      return called.classInfo?.closed === true;
    case 'module':
      return isQuietNetwork(program, called);
    case 'library':
      return isQuietFunction(program, call, called.type);
    default:
      return call.callee.kind === 'Attribute' && isQuietMethod(program, call, call.callee);
  }
}

function isQuietForeign(program: Program, call: Call, waits: UnseenWaits): boolean {
  if (waits !== 'forTensors') return waits === 'none';
  return !argumentsOf(call).some((arg) => isRead(program, arg));
}

/** What is declared to be a network is taken for an ordinary one; what only its name or its use speaks for is not. */
function isQuietNetwork(program: Program, { type, classInfo, assumed, sources }: Value): boolean {
  if (classInfo !== undefined) return false;
  // One of several classes in sight: which of them runs is not known.
  if (sources.some((made) => made.kind === 'Call' && program.valueOf(made.callee).kind === 'class'))
    return false;
  return type === '' ? !assumed : quietNetwork(type);
}

function isQuietFunction(program: Program, call: Call, type: string): boolean {
  if (askingFunction.test(type)) return false;
  if (checkedFunction.test(type)) return isUnchecked(program, call);
  if (lookingBuiltin.test(type)) return !argumentsOf(call).some((arg) => isRead(program, arg));
  return quietFunction.test(type) || !argumentsOf(call).some((arg) => mayBeOnDevice(program.valueOf(arg)));
}

/** A distribution that was told not to look at its parameters. */
function isUnchecked(program: Program, { keywords }: Call): boolean {
  const told = keywords.find((k) => k.name === 'validate_args');
  return told !== undefined && program.valueOf(told.value).constant === false;
}

function isQuietMethod(
  program: Program,
  call: Call,
  { object, name }: Extract<Expr, { kind: 'Attribute' }>,
): boolean {
  const on = program.valueOf(object);
  const given = argumentsOf(call);
  const takesTensor = given.some((arg) => mayBeOnDevice(program.valueOf(arg)));
  if (/^(number|string|array|device|dtype|loader|dataset)$/.test(on.kind)) return !takesTensor;
  if (on.kind === 'dict' || on.kind === 'sequence') return !/^(index|count|remove|sort)$/.test(name);
  if (askingMethod.test(name) && (on.kind === 'tensor' ? mayBeOnDevice(on) : on.kind === 'unknown'))
    return false;
  if (name === 'type' && given.some((arg) => isHostType(program, arg))) return false;
  if (name === 'to' && given.some((arg) => program.valueOf(arg).device === Device.cpu)) return false;
  if (on.kind === 'optimizer') return !/LBFGS$/.test(on.type);
  if (on.kind === 'module') return quietNetworkMethod.test(name);
  if (on.kind === 'tensor') return true;
  if (name === 'step') return !takesTensor && !mayUnscale(program, on, given);
  if (isTensorMethod(name) || quietTensorMethod.test(name) || quietObjectMethod.test(name)) return true;
  // Who records numbers waits for nothing; one who is handed tensors reads them.
  if (recordingMethod.test(name)) return !takesTensor;
  return on.type !== '' && !takesTensor;
}

/** `torch.FloatTensor`, which lies on the host, by itself or in a text. */
function isHostType(program: Program, arg: Expr): boolean {
  const { type, constant } = program.valueOf(arg);
  return /^torch\.\w*Tensor$/.test(typeof constant === 'string' ? constant : type);
}

/** Who steps an optimizer for another may look first whether a gradient has overflowed; of a scaler that is made in sight it is known. */
function mayUnscale(program: Program, on: Value, given: readonly Expr[]): boolean {
  if (/GradScaler$/.test(on.type) && on.sources.length > 0) return false;
  return /GradScaler$/.test(on.type) || given.some((arg) => program.valueOf(arg).kind === 'optimizer');
}

/** Whether these wait is known of each call by itself. */
function isGrouped({ type }: Value): boolean {
  return groupedFunctions.some(({ callee }) => callee.test(type));
}

/** `loss.data[0]`, as one read a number before torch 0.4. */
function readsByIndex(program: Program, { object, indices }: Extract<Expr, { kind: 'Subscript' }>): boolean {
  const [index] = indices;
  if (indices.length !== 1 || index?.kind !== 'Number') return false;
  const v = program.valueOf(object);
  if (v.kind === 'tensor' && v.scalar === 'yes') return v.device !== Device.cpu;
  return object.kind === 'Attribute' && object.name === 'data' && v.scalar !== 'no' && mayBeOnDevice(v);
}

/** Elements picked by numbers and slices; by a mask the host waits to learn how many they are. */
function isQuietIndex(program: Program, index: Expr): boolean {
  if (index.kind === 'Slice') return index.parts.every((part) => !isRead(program, part));
  const v = program.valueOf(index);
  return v.kind === 'tensor' ? v.dtype === 'int' || v.device === Device.cpu : !isRead(program, index);
}

function isQuietTest(program: Program, test: Expr): boolean {
  if (test.kind === 'Bool') return isQuietTest(program, test.left) && isQuietTest(program, test.right);
  if (test.kind === 'Unary' && test.operator === 'not') return isQuietTest(program, test.operand);
  if (test.kind !== 'Compare') return !isRead(program, test);
  if (test.operators.every((operator) => /^is\b/.test(operator))) return true;
  // Nobody compares a tensor with a text.
  if (test.operands.some((operand) => program.valueOf(operand).kind === 'string')) return true;
  return !test.operands.some((operand) => isRead(program, operand));
}

/** Whether looking at a value may be looking at the device: it is known to be something else, or made of settings. */
function isRead(program: Program, expr: Expr): boolean {
  const v = program.valueOf(expr);
  if (v.kind !== 'unknown') return mayBeOnDevice(v);
  switch (expr.kind) {
    case 'Binary':
    case 'Bool':
      return isRead(program, expr.left) || isRead(program, expr.right);
    case 'Unary':
      return isRead(program, expr.operand);
    case 'Compare':
      return expr.operands.some((operand) => isRead(program, operand));
    case 'Call':
      return !isHostCall(program, expr);
    case 'Name':
    case 'Attribute':
      return !isSetting(program, expr);
    default:
      return mayBeOnDevice(v);
  }
}

/** `dist.get_rank()`: a library's function that is handed nothing of the device; of those that make tensors it is known. */
function isHostCall(program: Program, call: Call): boolean {
  const { kind, type } = program.valueOf(call.callee);
  return kind === 'library' && type !== '' && !argumentsOf(call).some((arg) => isRead(program, arg));
}

/** What the command line or a constructor was given, as far as nothing says that it is a tensor. */
function isSetting(program: Program, expr: Expr, depth = 0): boolean {
  const v = program.valueOf(expr);
  if (v.kind !== 'unknown') return !mayBeOnDevice(v);
  if (depth > 4) return false;
  if (expr.kind === 'Attribute' && /^(loader|dataset)$/.test(program.valueOf(expr.object).kind)) return true;
  if (expr.kind === 'Attribute') return settingsName.test(rootOf(expr)) || asksForGpu.test(expr.name);
  if (expr.kind !== 'Name') return false;
  if (asksForGpu.test(expr.id)) return true;
  const within = program.functionOf(expr);
  const parameter = within?.parameters.find(({ name }) => name === expr.id);
  if (parameter !== undefined) return isPlain(parameter.fallback) || isPlainType(parameter.annotation);
  const bindings = bindingsOf(expr.id, within ?? program.module);
  return (
    bindings.length > 0 &&
    bindings.every((binding) => {
      if (binding.kind === 'Assign')
        return binding.value !== null && isSetting(program, binding.value, depth + 1);
      return binding.kind === 'For' && isSetting(program, binding.iterable, depth + 1);
    })
  );
}

/** A number, a text, a truth, or several of them: as a default it says what a parameter is. */
function isPlain(expr: Expr | null): boolean {
  if (expr === null) return false;
  if (expr.kind === 'Tuple' || expr.kind === 'List') return expr.items.every(isPlain);
  if (expr.kind === 'Unary') return isPlain(expr.operand);
  return expr.kind === 'Number' || expr.kind === 'String' || (expr.kind === 'Literal' && expr.value !== null);
}

const isPlainType = (annotation: Expr | null): boolean =>
  annotation?.kind === 'Name' && /^(int|float|bool|str)$/.test(annotation.id);

function rootOf(expr: Expr): string {
  if (expr.kind === 'Attribute') return rootOf(expr.object);
  return expr.kind === 'Name' ? expr.id : '';
}

function argumentsOf({ args, keywords }: Call): Expr[] {
  return [...args, ...keywords.map((k) => k.value)];
}

/** Unless it is known to be something else, or known to be on the host. */
function mayBeOnDevice(v: Value, depth = 0): boolean {
  if (depth > 3) return true;
  switch (v.kind) {
    case 'tensor':
      return v.device !== Device.cpu;
    case 'unknown':
      return v.device !== Device.cpu;
    case 'dict':
      if (v.entries === undefined) return v.element === undefined || mayBeOnDevice(v.element, depth + 1);
      return [...v.entries.values()].some((item) => mayBeOnDevice(item.value, depth + 1));
    case 'sequence':
      if (v.items !== undefined) return v.items.some((item) => mayBeOnDevice(item, depth + 1));
      return v.element === undefined || mayBeOnDevice(v.element, depth + 1);
    default:
      return false;
  }
}
