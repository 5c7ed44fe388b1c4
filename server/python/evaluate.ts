/** Values of expressions. Calls are in `calls.ts`. */

import { bind, iterate } from './binding.ts';
import { evaluateCall } from './calls.ts';
import { deviceOfText } from './devices.ts';
import type { Environment } from './environment.ts';
import { fieldOf } from './fields.ts';
import type { Interpreter } from './interpreter.ts';
import { networksByName } from './knowledge/constructors.ts';
import { canonicalMember } from './knowledge/names.ts';
import { optimizerClass } from './knowledge/roles.ts';
import { hostAttributes, lossAttributes, tensorAttributes } from './knowledge/tensors.ts';
import { isNetworkAttribute } from './networkAttributes.ts';
import type { Comprehension, Expr } from './nodes.ts';
import { revived } from './project/portable.ts';
import { streamOf, yieldsFrom } from './streams.ts';
import {
  type ClassInfo,
  Device,
  type DictItem,
  elementOf,
  join,
  library,
  none,
  number,
  onCuda,
  string,
  tensor,
  unknown,
  type Value,
  value,
  withDevice,
} from './values.ts';
import { dottedName } from './walk.ts';

const dtypes =
  /^torch\.(float\d*|double|half|bfloat16|int\d*|long|short|uint8|int8|bool|complex\d*|float8\w*)$/;

/** The value of an expression in an environment; sub-expressions are recorded on the way. */
export function evaluate(machine: Interpreter, expr: Expr, env: Environment): Value {
  switch (expr.kind) {
    case 'Name':
      return machine.lookup(expr.id, env) ?? library(`builtins.${expr.id}`);
    case 'Attribute':
      return attribute(machine, expr.object, expr.name, dottedName(expr), env);
    case 'Call':
      return evaluateCall(machine, expr, env);
    case 'Number':
      return { ...number, constant: expr.value, sources: [expr], dtype: expr.float ? 'float' : 'int' };
    case 'String':
      return { ...string, constant: expr.value, device: deviceOfText(expr.value), sources: [expr] };
    case 'Formatted': {
      for (const part of expr.parts) machine.evaluate(part, env);
      const start = /^[a-zA-Z]*["']{1,3}(cuda|cpu|mps|xla)/.exec(
        machine.module.text.slice(expr.start, expr.start + 12),
      );
      return { ...string, device: start === null ? Device.none : deviceOfText(start[1] ?? '') };
    }
    case 'Literal':
      if (expr.value === null) return { ...none, sources: [expr] };
      if (expr.value === 'ellipsis') return unknown;
      return value('number', { constant: expr.value, dtype: 'bool', sources: [expr] });
    case 'Tuple':
    case 'List':
    case 'Set': {
      const items = expr.items.map((item) => machine.evaluate(item, env));
      const starred = expr.items.some((item) => item.kind === 'Starred');
      // A long table: what one row is like is enough, and joining rows in depth would be slow.
      const long = items.length > 24;
      const row = long ? items.map(shallow).reduce((a, b) => join(a, b)) : undefined;
      return value('sequence', {
        items: starred || long ? undefined : items,
        element: starred ? unknown : row,
        sources: [expr],
      });
    }
    case 'Dict':
      return dict(machine, expr, env);
    case 'Comprehension':
      return comprehension(machine, expr, env);
    case 'Binary': {
      const left = machine.evaluate(expr.left, env);
      const right = machine.evaluate(expr.right, env);
      return binary(expr.operator, left, right);
    }
    case 'Bool': {
      const left = machine.evaluate(expr.left, env);
      const right = machine.evaluate(expr.right, env);
      return join(left, right);
    }
    case 'Compare': {
      const operands = expr.operands.map((o) => machine.evaluate(o, env));
      if (expr.operators.some((o) => /in|is/.test(o))) return value('number', { dtype: 'bool' });
      const placed = operands.some(
        (o) => o.kind === 'tensor' || (o.kind === 'unknown' && o.device !== Device.none),
      );
      if (!placed) return value('number', { dtype: 'bool' });
      return arithmetic(operands, 'bool');
    }
    case 'Unary': {
      const operand = machine.evaluate(expr.operand, env);
      if (expr.operator === 'not') {
        const known = typeof operand.constant === 'boolean' && !operand.overridable;
        return value('number', { dtype: 'bool', ...(known ? { constant: !operand.constant } : {}) });
      }
      if (typeof operand.constant === 'number' && expr.operator === '-')
        return { ...operand, constant: -operand.constant };
      return operand;
    }
    case 'Conditional': {
      machine.evaluate(expr.test, env);
      return join(machine.evaluate(expr.body, env), machine.evaluate(expr.orelse, env));
    }
    case 'Lambda': {
      const inside = env.copy();
      for (const p of expr.parameters) inside.set(p.name, unknown);
      machine.evaluate(expr.body, inside);
      return value('function', { type: 'lambda', sources: [expr] });
    }
    case 'Await':
    case 'Yield':
    case 'Starred': {
      const v = expr.value === null ? none : machine.evaluate(expr.value, env);
      if (expr.kind !== 'Yield') return v;
      machine.escape(v);
      if (yieldsFrom(machine.module.text, expr)) machine.yields.all(streamOf(machine, v));
      else machine.yields.one(v);
      return unknown;
    }
    case 'Walrus': {
      const v = machine.evaluate(expr.value, env);
      bind(machine, expr.target, v, env);
      return v;
    }
    case 'Subscript': {
      const object = machine.evaluate(expr.object, env);
      const indices = expr.indices.map((i) => machine.evaluate(i, env));
      return subscript(object, expr.indices, indices);
    }
    case 'Slice':
    case 'Unknown':
      for (const part of expr.parts) machine.evaluate(part, env);
      return unknown;
  }
}

function attribute(
  machine: Interpreter,
  objectNode: Expr,
  name: string,
  path: string | undefined,
  env: Environment,
): Value {
  const object = machine.evaluate(objectNode, env);
  const local = path === undefined ? undefined : env.get(path);
  if (local !== undefined) return local;
  return attributeOf(machine, object, name);
}

/** An attribute of which nothing is known but that its class puts it into evaluation mode. */
function asNetwork(
  machine: Interpreter,
  info: ClassInfo,
  name: string,
  v: Value | undefined,
): Value | undefined {
  if (v?.kind !== 'unknown' || !isNetworkAttribute(machine, info, name)) return v;
  return value('module', { device: v.device, assumed: true, type: v.type, sources: v.sources });
}

/** `object.name` when the object is known only by value. */
export function attributeOf(machine: Interpreter, object: Value, name: string): Value {
  if (object.kind === 'library') {
    // One of several things: a name below it would be taken for one of the package itself.
    if (object.type === '') return unknown;
    const type = canonicalMember(object.type, name);
    if (dtypes.test(type))
      return value('dtype', {
        type,
        dtype: /int|long|short/.test(type) ? 'int' : /bool/.test(type) ? 'bool' : 'float',
      });
    return machine.linker?.lookup(type) ?? library(type);
  }
  const info = object.classInfo;
  if (info !== undefined) {
    const field = fieldOf(object, name);
    if (field !== undefined) return field;
    const known = asNetwork(machine, info, name, machine.classes.attribute(info, name));
    if (known !== undefined) return object.kind === 'module' ? withDevice(known, object.device) : known;
    const method = machine.classes.method(info, name);
    if (method !== undefined) {
      if (method.node.decorators.some((d) => /property$/.test(dottedName(d) ?? '')))
        return machine.returnsOf(method) ?? unknown;
      return value('function', { functions: machine.classes.implementations(info, name), receiver: object });
    }
    const foreign = machine.classes.foreignMethod(info, name);
    if (foreign?.property === true && foreign.returns !== null && machine.linker !== undefined)
      return revived(foreign.returns, machine.linker, object.device);
    if (foreign !== undefined) return value('function', { summary: foreign, receiver: object });
  }
  if (info !== undefined && name === 'param_groups' && isOptimizer(machine, info)) return parameterGroups;
  // What a framework has put there before any hook runs.
  for (const { models, accelerator } of info === undefined ? [] : machine.classes.hooked(info)) {
    if (accelerator?.test(name)) return value('object', { type: 'accelerate.Accelerator' });
    if (models?.test(name)) return value('module', { device: Device.some, assumed: true });
  }
  if (name === 'device' && object.kind !== 'dict')
    return value('device', { device: object.device === Device.none ? Device.some : object.device });
  switch (object.kind) {
    case 'tensor':
      if (name === 'dtype') return value('dtype', { dtype: object.dtype });
      if (hostAttributes.has(name)) return name === 'shape' ? value('sequence', { element: number }) : number;
      if (tensorAttributes.has(name)) return { ...object, grad: 'unknown' };
      return unknown;
    case 'object':
      if (object.type === 'argparse.Namespace') return commandLineValue(machine, name);
      return unknown;
    case 'module':
      return name === 'config' || name === 'training'
        ? unknown
        : value('unknown', { device: object.device, assumed: true });
    case 'dict':
      // A mapping whose keys are attributes too, such as a namespace.
      return object.entries?.get(name)?.value ?? unknown;
    case 'loader':
      return name === 'dataset' ? (object.items?.[0] ?? unknown) : unknown;
    case 'unknown':
      // Only tensors have gradients, and where one is nobody says who is handed them.
      if (name === 'grad' && object.device === Device.none && machine.deviceInText)
        return tensor(Device.some, { scalar: 'no', dtype: 'float', assumed: true });
      if (hostAttributes.has(name)) return name === 'shape' ? value('sequence', { element: number }) : number;
      if (object.device !== Device.none && name !== 'config')
        return lossAttributes.has(name)
          ? tensor(object.device, { scalar: 'yes', dtype: 'float', assumed: true })
          : name === 'logits' || name === 'last_hidden_state'
            ? tensor(object.device, { scalar: 'no', dtype: 'float' })
            : value('unknown', { device: object.device, assumed: true });
      return unknown;
    default:
      return unknown;
  }
}

const isOptimizer = (machine: Interpreter, info: ClassInfo): boolean =>
  machine.classes.libraryBases(info).some((base) => optimizerClass.test(base));

/** `self.param_groups` of an optimizer: its parameters are where the model is. */
const parameterGroups = value('sequence', {
  element: value('dict', {
    entries: new Map([
      [
        'params',
        {
          value: value('sequence', { element: tensor(Device.some, { scalar: 'no', dtype: 'float' }) }),
          always: true,
        },
      ],
    ]),
  }),
});

/** What the command line gives: the default, which a user may override. */
export function commandLineValue(machine: Interpreter, name: string): Value {
  const call = machine.scopes.arguments.get(name);
  if (call === undefined) return unknown;
  const keyword = (key: string): Expr | undefined => call.keywords.find((k) => k.name === key)?.value;
  const action = keyword('action');
  const fallback = keyword('default');
  if (action?.kind === 'String' && /^store_(true|false)$/.test(action.value) && fallback === undefined)
    return value('number', { dtype: 'bool', constant: action.value === 'store_false', overridable: true });
  if (fallback === undefined) return { ...none, constant: undefined, overridable: true, kind: 'unknown' };
  const v = machine.recall(fallback) ?? machine.evaluate(fallback, machine.globals);
  return { ...v, overridable: true };
}

/** Without what it holds inside. */
export function shallow(v: Value): Value {
  if (v.entries === undefined && v.items === undefined && v.element === undefined) return v;
  return { ...v, entries: undefined, items: undefined, element: undefined, open: true, sources: [] };
}

function dict(machine: Interpreter, expr: Extract<Expr, { kind: 'Dict' }>, env: Environment): Value {
  const entries = new Map<string, DictItem>();
  let open = false;
  let element: Value | undefined;
  for (const entry of expr.entries) {
    const v = machine.evaluate(entry.value, env);
    element = join(element, v);
    if (entry.key === null) {
      if (v.kind !== 'dict' || v.entries === undefined) open = true;
      else for (const [key, item] of v.entries) entries.set(key, item);
      if (v.open) open = true;
      continue;
    }
    machine.evaluate(entry.key, env);
    if (entry.key.kind === 'String') entries.set(entry.key.value, { value: v, always: true });
    else open = true;
  }
  return value('dict', { entries, open, element, sources: [expr] });
}

function comprehension(machine: Interpreter, expr: Comprehension, env: Environment): Value {
  const inside = env.copy();
  let source = unknown;
  for (const clause of expr.clauses) {
    const iterable = streamOf(machine, machine.evaluate(clause.iterable, inside));
    if (clause === expr.clauses[0]) source = iterable;
    bind(machine, clause.target, iterate(iterable), inside);
    for (const condition of clause.conditions) machine.evaluate(condition, inside);
  }
  if (expr.key !== null) machine.evaluate(expr.key, inside);
  const element = machine.evaluate(expr.element, inside);
  if (expr.form === 'generator' && expr.clauses.length === 1 && source.kind === 'loader')
    return { ...source, element };
  return value(expr.form === 'dict' ? 'dict' : 'sequence', { element, open: true, sources: [expr] });
}

function binary(operator: string, left: Value, right: Value): Value {
  if (left.kind === 'dict' && right.kind === 'dict' && operator === '|') return mergedDict(left, right);
  if (left.kind === 'string' || right.kind === 'string')
    return { ...string, device: operator === '+' && left.kind === 'string' ? left.device : Device.none };
  if (left.kind === 'sequence' && right.kind === 'sequence')
    return value('sequence', { element: join(elementOf(left), elementOf(right)) });
  if (left.kind === 'sequence') return { ...left, items: undefined, element: elementOf(left) };
  return arithmetic([left, right], operator === '/' ? 'float' : undefined);
}

/** Keys of the right win; a key that only may be there stays a may. */
export function mergedDict(left: Value, right: Value): Value {
  const entries = new Map(left.entries ?? []);
  for (const [key, item] of right.entries ?? []) {
    const before = entries.get(key);
    entries.set(
      key,
      item.always || before === undefined
        ? item
        : { value: join(before.value, item.value), always: before.always },
    );
  }
  return value('dict', {
    entries,
    open: left.open || right.open || left.entries === undefined || right.entries === undefined,
    element: join(left.element, right.element),
    sources: [...left.sources, ...right.sources],
  });
}

/** Element-wise work: on the device of the tensor side, without dimensions when all sides have none. */
export function arithmetic(operands: readonly Value[], dtype: Value['dtype'] | undefined): Value {
  const tensors = operands.filter((o) => o.kind === 'tensor');
  if (tensors.length > 0) {
    const device = tensors.reduce((bits, t) => bits | t.device, 0);
    const others = operands.filter((o) => o.kind !== 'tensor' && o.kind !== 'number');
    const types = new Set(tensors.map((t) => t.dtype));
    const only = types.size === 1 ? [...types][0] : undefined;
    const floats = operands.some((o) => o.kind === 'number' && o.dtype === 'float');
    return tensor(device, {
      scalar:
        others.length > 0
          ? 'unknown'
          : tensors.every((t) => t.scalar === 'yes')
            ? 'yes'
            : tensors.some((t) => t.scalar === 'no')
              ? 'no'
              : 'unknown',
      dtype: dtype ?? (floats ? 'float' : (only ?? 'unknown')),
      assumed: tensors.some((t) => t.assumed),
    });
  }
  const placed = operands.find((o) => o.kind === 'unknown' && o.device !== Device.none);
  const arrays = operands.find((o) => o.kind === 'array');
  // A number of NumPy times what lies on a GPU lies there too.
  if (arrays !== undefined && (placed === undefined || onCuda(placed) === 'no')) return arrays;
  if (placed !== undefined) return { ...placed, dtype: dtype ?? placed.dtype, assumed: true };
  if (operands.every((o) => o.kind === 'number')) {
    const float = operands.some((o) => o.dtype === 'float') || dtype === 'float';
    return { ...number, dtype: float ? 'float' : 'int' };
  }
  return unknown;
}

function subscript(object: Value, nodes: readonly Expr[], indices: readonly Value[]): Value {
  const index = indices[0];
  const node = nodes[0];
  if (object.kind === 'dict') {
    if (index?.kind === 'string' && typeof index.constant === 'string') {
      const item = object.entries?.get(index.constant);
      if (item !== undefined) return item.value;
    }
    return object.element ?? unknown;
  }
  if (object.kind === 'sequence') {
    if (node?.kind === 'Slice') return { ...object, items: undefined, element: elementOf(object) };
    if (typeof index?.constant === 'number' && object.items !== undefined)
      return object.items.at(index.constant) ?? unknown;
    return elementOf(object);
  }
  if (object.kind === 'tensor') {
    const byInteger = nodes.length === 1 && index?.kind === 'number' && node?.kind !== 'Slice';
    return {
      ...object,
      scalar: byInteger && object.scalar === 'yes' ? 'yes' : 'unknown',
      assumed: object.assumed,
    };
  }
  if (object.kind === 'unknown' && object.device !== Device.none) return { ...object, assumed: true };
  if (object.type === 'batch') return object;
  if (object.kind === 'library' && networksByName.test(object.type))
    return library(object.type.replace('__dict__', 'named'));
  if (object.kind === 'module' && object.element !== undefined)
    return node?.kind === 'Slice' ? object : withDevice(object.element, object.device);
  if (object.kind === 'dataset') return value('dataset', { assumed: true, type: object.type });
  return unknown;
}
