/** What a call returns, and what it does to the values it touches. */

import { bind } from './binding.ts';
import { moveOf, rebindMoved } from './devices.ts';
import type { Environment } from './environment.ts';
import { mergedDict, shallow } from './evaluate.ts';
import { parsedObjects, withFields } from './fields.ts';
import type { Interpreter } from './interpreter.ts';
import { classParser, classParserMethod } from './knowledge/configurations.ts';
import { wrapperNames } from './knowledge/constructors.ts';
import { libraryCall } from './libraryCalls.ts';
import type { Call, Expr } from './nodes.ts';
import { type Arguments, argumentsOf, bindArguments, isStatic, withPartial } from './parameterBinding.ts';
import { type FunctionSummary, revived } from './project/portable.ts';
import { tensorMethod } from './tensorMethods.ts';
import {
  Device,
  elementOf,
  join,
  none,
  number,
  string,
  tensor,
  unknown,
  type Value,
  value,
} from './values.ts';

/** The value of a call expression. */
export function evaluateCall(machine: Interpreter, call: Call, env: Environment): Value {
  const callee = machine.evaluate(call.callee, env);
  for (const part of call.args) machine.evaluate(part, env);
  for (const { value: part } of call.keywords) machine.evaluate(part, env);
  const args = argumentsOf(machine, call);
  // What `partial` is given escapes where the partial does.
  const kept = callee.type === 'functools.partial' ? 1 : 0;
  for (let i = kept; i < args.values.length; i++) machine.escape(args.values[i] ?? unknown);
  for (const v of args.keywords.values()) machine.escape(v);

  if (call.callee.kind === 'Attribute') {
    const object = machine.values.get(call.callee.object) ?? unknown;
    const result = methodCall(machine, call, call.callee.object, object, call.callee.name, callee, args, env);
    if (result !== undefined) return result;
  }
  return callValue(machine, call, callee, args, env);
}

/** Calls a value: function, class, module or library name. */
export function callValue(
  machine: Interpreter,
  call: Call,
  callee: Value,
  args: Arguments,
  env: Environment,
): Value {
  switch (callee.kind) {
    case 'function': {
      if (callee.summary !== undefined) {
        const bound = callee.receiver !== undefined && callee.summary.method;
        return foreignCall(machine, call, callee.summary, args, bound, callee.receiver?.device ?? 0);
      }
      let result: Value | undefined;
      for (const info of callee.functions) {
        const bound = bindArguments(
          info.node.parameters,
          args,
          callee.receiver !== undefined && !isStatic(info.node),
        );
        result = join(result, machine.callFunction(info, call, bound));
      }
      if (result === undefined || (result.kind === 'unknown' && result.device === Device.none))
        return fromArguments(args);
      return result;
    }
    case 'class': {
      const info = callee.classInfo;
      if (info === undefined) return unknown;
      const init = machine.classes.method(info, '__init__');
      const foreign = init === undefined ? machine.classes.foreignMethod(info, '__init__') : undefined;
      if (init !== undefined)
        machine.callFunction(init, call, bindArguments(init.node.parameters, args, true));
      else if (foreign !== undefined) foreignCall(machine, call, foreign, args, true, Device.none);
      const instance = machine.classes.instanceOf(info, call);
      return init === undefined && foreign === undefined ? withFields(machine, instance, args) : instance;
    }
    case 'module':
      return moduleCall(machine, call, callee, args);
    case 'instance': {
      const info = callee.classInfo;
      const dunder = info === undefined ? undefined : machine.classes.method(info, '__call__');
      if (dunder !== undefined)
        return machine.callFunction(dunder, call, bindArguments(dunder.node.parameters, args, true));
      const foreign = info === undefined ? undefined : machine.classes.foreignMethod(info, '__call__');
      if (foreign !== undefined) return foreignCall(machine, call, foreign, args, true, Device.none);
      return fromArguments(args);
    }
    case 'library':
      return libraryCall(machine, call, callee.type, args, env);
    case 'object':
      if (callee.partial !== undefined) {
        const { value: inner, partials } = machine.withinPartial(callee);
        const all = partials.reduce((given, partial) => withPartial(machine, partial, given), args);
        return callValue(machine, call, inner, all, env);
      }
      return fromArguments(args);
    default:
      if (callee.device !== Device.none) {
        const known = fromArguments(args);
        return value('unknown', { device: callee.device | known.device, assumed: true });
      }
      return fromArguments(args);
  }
}

/** An unknown function of device values most often returns device values; only a use such as `.item()` makes it one. */
export function fromArguments(args: Arguments): Value {
  let device = 0;
  for (const v of args.values) device |= deviceHeld(v);
  for (const v of args.keywords.values()) device |= deviceHeld(v);
  return device === Device.none ? unknown : value('unknown', { device, assumed: true });
}

function deviceHeld(v: Value): number {
  if (v.kind === 'dict' || v.kind === 'sequence') return elementOf(v).device;
  return v.kind === 'tensor' || v.kind === 'unknown' || v.kind === 'module' ? v.device : Device.none;
}

function moduleCall(machine: Interpreter, call: Call, callee: Value, args: Arguments): Value {
  const inputs = fromArguments(args).device;
  const device =
    callee.device !== Device.none && callee.device !== Device.cpu ? callee.device : inputs | callee.device;
  const forward =
    callee.classInfo === undefined ? undefined : machine.classes.method(callee.classInfo, 'forward');
  if (forward !== undefined) {
    const passed = bindArguments(forward.node.parameters, args, true);
    const result = machine.callFunction(forward, call, passed);
    if (result.kind !== 'unknown' && result.kind !== 'none') return onDevice(result, device);
    return value('unknown', { device: device | result.device, assumed: true });
  }
  const foreign =
    callee.classInfo === undefined ? undefined : machine.classes.foreignMethod(callee.classInfo, 'forward');
  if (foreign !== undefined) {
    const result = foreignCall(machine, call, foreign, args, true, device);
    if (result.kind !== 'unknown' && result.kind !== 'none') return onDevice(result, device);
    return value('unknown', { device: device | result.device, assumed: true });
  }
  if (/^torch\.nn\.\w*Loss\d?d?$/.test(callee.type)) {
    const given = lossConstructor(callee)?.keywords.find((k) => k.name === 'reduction')?.value;
    const reduction = given === undefined ? 'mean' : machine.recall(given)?.constant;
    const scalar = reduction === 'none' ? 'no' : reduction === undefined ? 'unknown' : 'yes';
    return tensor(device, { scalar, dtype: 'float', grad: 'yes' });
  }
  if (callee.type === 'loss') return tensor(device, { scalar: 'unknown', dtype: 'float', grad: 'yes' });
  if (
    callee.type.startsWith('torch.nn.') ||
    callee.type.startsWith('torchvision.') ||
    callee.type.startsWith('timm.')
  )
    return tensor(device, { scalar: 'no', dtype: 'float', grad: 'yes' });
  return value('unknown', { device, assumed: true });
}

function lossConstructor(callee: Value): Call | undefined {
  const source = callee.sources[0];
  return source?.kind === 'Call' ? source : undefined;
}

function onDevice(v: Value, device: number): Value {
  if (v.kind === 'tensor' || v.kind === 'unknown') return v.device === Device.none ? { ...v, device } : v;
  if (v.items !== undefined) return { ...v, items: v.items.map((item) => onDevice(item, device)) };
  return v;
}

function methodCall(
  machine: Interpreter,
  call: Call,
  objectNode: Expr,
  object: Value,
  name: string,
  callee: Value,
  args: Arguments,
  env: Environment,
): Value | undefined {
  if (callee.kind === 'function' && (callee.functions.length > 0 || callee.summary !== undefined))
    return undefined;
  // `metric_logger.log_every(loader, …)`: a wrapper of the project yields what it is given.
  const first = args.values[0];
  if (first?.kind === 'loader' && wrapperNames.test(name)) return first;
  // What an attribute holds is called, such as a layer: no method of the object.
  if (/^(module|class|instance)$/.test(callee.kind) || callee.partial !== undefined) return undefined;
  if (callee.kind === 'library' && object.kind !== 'library') return undefined;
  const move = moveOf(machine, call, name);
  switch (object.kind) {
    case 'tensor':
      return tensorMethod(call, object, name, args, move);
    case 'module': {
      if (move !== undefined) {
        const moved = move.device === Device.none ? object : { ...object, device: move.device };
        if (object.classInfo !== undefined) object.classInfo.device |= move.device;
        rebindMoved(machine, objectNode, moved, env);
        return moved;
      }
      if (/^(eval|train|float|half|double|bfloat16|share_memory|compile|apply)$/.test(name)) return object;
      if (name === 'requires_grad_') {
        const frozen = args.values[0]?.constant === false;
        const next: Value = { ...object, grad: frozen ? 'no' : 'yes' };
        rebindMoved(machine, objectNode, next, env);
        return next;
      }
      if (name === 'add_module' && object.classInfo !== undefined) {
        const [named, part] = args.values;
        if (typeof named?.constant === 'string' && part !== undefined)
          machine.classes.setAttribute(object.classInfo, named.constant, part);
        return none;
      }
      if (name === 'register_buffer' && object.classInfo !== undefined) {
        const [buffer, held] = args.values;
        // A buffer goes where its module goes.
        if (typeof buffer?.constant === 'string' && held?.kind === 'tensor')
          machine.classes.setAttribute(object.classInfo, buffer.constant, { ...held, device: Device.none });
        return none;
      }
      if (name === 'generate') return tensor(object.device, { scalar: 'no', dtype: 'int' });
      if (name === 'forward') return moduleCall(machine, call, object, args);
      if (name === 'parameters' || name === 'buffers')
        return value('sequence', {
          element: tensor(object.device === 0 ? Device.some : object.device, { scalar: 'no' }),
        });
      if (name === 'named_parameters' || name === 'named_buffers')
        return value('sequence', {
          element: value('sequence', {
            items: [string, tensor(object.device === 0 ? Device.some : object.device, { scalar: 'no' })],
          }),
        });
      if (/state_dict$/.test(name)) return unknown;
      if (/^(log|log_dict|print|save_hyperparameters)$/.test(name)) return none;
      return value('unknown', { device: object.device | fromArguments(args).device, assumed: true });
    }
    case 'library':
      return undefined;
    case 'dict':
      return dictMethod(machine, objectNode, object, name, args, env);
    case 'sequence':
      if ((name === 'append' || name === 'extend' || name === 'add') && objectNode.kind === 'Name') {
        const added = name === 'extend' ? elementOf(args.values[0] ?? unknown) : (args.values[0] ?? unknown);
        const before =
          object.items === undefined || object.items.length > 0 || object.element
            ? elementOf(object)
            : undefined;
        env.set(objectNode.id, { ...object, items: undefined, element: join(before, shallow(added)) });
        return none;
      }
      if (name === 'pop') return elementOf(object);
      return unknown;
    case 'string':
      return name === 'split' ? value('sequence', { element: string }) : string;
    case 'array':
      return name === 'item' || name === 'tolist' ? number : object;
    case 'number':
      return number;
    case 'object':
      return objectMethod(machine, object, name, args);
    case 'instance':
    case 'dataset':
      if (
        /^(map|with_format|shuffle|select|filter|train_test_split|cast|remove_columns|rename_column|set_format)$/.test(
          name,
        )
      )
        return object;
      if (move !== undefined) return object;
      return object.kind === 'instance' ? fromArguments(args) : unknown;
    case 'loader':
    case 'optimizer':
      return name === 'step' ? none : unknown;
    default:
      return unknownMethod(machine, call, objectNode, object, name, args, move, env);
  }
}

function unknownMethod(
  machine: Interpreter,
  call: Call,
  objectNode: Expr,
  object: Value,
  name: string,
  args: Arguments,
  move: ReturnType<typeof moveOf>,
  env: Environment,
): Value | undefined {
  if (object.kind === 'unknown' && name === 'eval' && call.args.length + call.keywords.length === 0) {
    // What can be put into evaluation mode is a network, whoever made or wrapped it.
    const network = value('module', { device: object.device, assumed: true });
    rebindMoved(machine, objectNode, network, env);
    return network;
  }
  if (move !== undefined) {
    if (name === 'cpu' && object.device === Device.none) return unknown;
    if (move.device === Device.none) return object;
    // Moved things are tensors or modules; which of the two shows in how they are used.
    const moved = value('unknown', {
      device: move.device,
      assumed: true,
      type: object.type,
      sources: object.sources,
    });
    if (call === undefined || objectNode.kind !== 'Name') return moved;
    const refined = machine.lookup(objectNode.id, env);
    if (refined?.kind === 'module') return { ...refined, device: move.device };
    return moved;
  }
  if (object.device === Device.none) {
    if (name === 'item') return number;
    return name === 'backward' || name === 'step' ? none : fromArguments(args);
  }
  if (/^(items|values|keys|get|pop)$/.test(name)) {
    const v = value('unknown', { device: object.device, assumed: true });
    if (name === 'items') return value('sequence', { element: value('sequence', { items: [string, v] }) });
    if (name === 'keys') return value('sequence', { element: string });
    return name === 'values' ? value('sequence', { element: v }) : v;
  }
  return tensorMethod(call, { ...object, kind: 'tensor', assumed: true }, name, args, move);
}

function dictMethod(
  machine: Interpreter,
  objectNode: Expr,
  object: Value,
  name: string,
  args: Arguments,
  env: Environment,
): Value {
  const first = args.values[0];
  switch (name) {
    case 'update': {
      const extra =
        first ??
        value('dict', {
          open: false,
          entries: new Map([...args.keywords].map(([k, v]) => [k, { value: v, always: true }] as const)),
        });
      if (objectNode.kind === 'Name')
        env.set(objectNode.id, mergedDict(object, extra.kind === 'dict' ? extra : value('dict')));
      else if (objectNode.kind === 'Attribute') bind(machine, objectNode, value('dict'), env);
      return none;
    }
    case 'setdefault':
    case 'get':
    case 'pop': {
      const key = first?.constant;
      const item = typeof key === 'string' ? object.entries?.get(key) : undefined;
      if (name !== 'get' && objectNode.kind === 'Name')
        env.set(objectNode.id, { ...object, entries: undefined, open: true });
      // The key is always there, or never.
      if (item?.always === true) return item.value;
      const closed = typeof key === 'string' && object.entries !== undefined && !object.open;
      if (closed && item === undefined) return args.values[1] ?? none;
      return join(item?.value ?? object.element, args.values[1]);
    }
    case 'items': {
      const v = object.element ?? unknown;
      return value('sequence', { element: value('sequence', { items: [string, v] }) });
    }
    case 'values':
      return value('sequence', { element: object.element ?? unknown });
    case 'keys':
      return value('sequence', { element: string });
    case 'copy':
      return object;
    default:
      return unknown;
  }
}

/** Objects of libraries that own devices or loops. */
function objectMethod(machine: Interpreter, object: Value, name: string, args: Arguments): Value {
  const owner = object.type;
  if (classParser.test(owner) && classParserMethod.test(name)) {
    const [made] = object.sources;
    const given = made?.kind === 'Call' ? (made.args[0] ?? made.keywords[0]?.value) : undefined;
    const items = parsedObjects(machine, given === undefined ? undefined : machine.recall(given));
    return value('sequence', { items });
  }
  if (/argparse\.ArgumentParser$|HfArgumentParser$/.test(owner) && /^parse_(args|known_args)$/.test(name)) {
    const namespace = value('object', { type: 'argparse.Namespace' });
    return name === 'parse_args' ? namespace : value('sequence', { items: [namespace, unknown] });
  }
  if (/^accelerate\.Accelerator$|^lightning\.Fabric$/.test(owner)) {
    if (/^(prepare\w*|setup\w*)$/.test(name)) {
      const prepared = args.values.map((v) => ({
        ...v,
        device: Device.cuda,
        ...(v.kind === 'loader' ? { type: 'managed', element: undefined } : {}),
      }));
      const only = prepared[0];
      return prepared.length === 1 && only !== undefined ? only : value('sequence', { items: prepared });
    }
    if (/^(gather\w*|reduce|all_gather|all_reduce|pad_across_processes|broadcast)$/.test(name))
      return args.values[0] ?? unknown;
    if (name === 'device') return value('device', { device: Device.cuda });
    return unknown;
  }
  if (/GradScaler$/.test(owner)) return name === 'scale' ? (args.values[0] ?? unknown) : number;
  if (/^tqdm\.|SummaryWriter$|^builtins\.open$/.test(owner)) return none;
  return machine.deviceInText ? fromArguments(args) : unknown;
}

/** What a function of another file gives for these arguments. */
function foreignCall(
  machine: Interpreter,
  call: Call,
  summary: FunctionSummary,
  args: Arguments,
  bound: boolean,
  receiver: number,
): Value {
  const parameters = bindArguments(summary.parameters, args, bound);
  const assumed = fromArguments(args);
  const given = assumed.device | receiver;
  machine.foreignCalls.set(call, { summary, parameters, given });
  const handed = summary.handsBack === null ? undefined : parameters.get(summary.handsBack);
  if (handed !== undefined && (summary.generator || summary.returns?.kind === 'unknown')) return handed;
  if (summary.returns === null || machine.linker === undefined) return assumed;
  const result = revived(summary.returns, machine.linker, given);
  if (result.kind === 'unknown' && result.device === Device.none) return assumed;
  const over = summary.goesOver === null ? undefined : parameters.get(summary.goesOver);
  if (over?.kind === 'loader') return { ...over, element: result.element };
  return result;
}
