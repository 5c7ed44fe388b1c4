/** What library functions and classes return when called. */

import { iterate } from './binding.ts';
import { fromArguments } from './calls.ts';
import { deviceBits, deviceKeyword } from './devices.ts';
import type { Environment } from './environment.ts';
import { arithmetic } from './evaluate.ts';
import { declaredDefault, fieldsAsDict, parsedObjects } from './fields.ts';
import type { Interpreter } from './interpreter.ts';
import {
  attributeMapping,
  classKeyword,
  fieldDeclaration,
  filledFromCommandLine,
} from './knowledge/configurations.ts';
import {
  constructors,
  hostLibraries,
  iterableWrappers,
  networkList,
  passThrough,
  wrapperNames,
} from './knowledge/constructors.ts';
import {
  booleanMethods,
  factories,
  functionalLosses,
  hostFunctions,
  integerMethods,
  likeFactories,
  reductions,
  tensorTuples,
} from './knowledge/tensors.ts';
import type { Call } from './nodes.ts';
import type { Arguments } from './parameterBinding.ts';
import { pathOf, settingsRead } from './settingsReads.ts';
import { streamOf } from './streams.ts';
import { reduction } from './tensorMethods.ts';
import {
  Device,
  type DictItem,
  elementOf,
  join,
  type Kind,
  none,
  number,
  string,
  type Tri,
  tensor,
  unknown,
  type Value,
  value,
} from './values.ts';

/** The value of calling the library thing of this qualified name. */
export function libraryCall(
  machine: Interpreter,
  call: Call,
  type: string,
  args: Arguments,
  env: Environment,
): Value {
  const first = args.values[0] ?? args.keywords.values().next().value;
  if (type.startsWith('builtins.')) return builtinCall(machine, call, type.slice(9), args, env);
  if (type === 'torch.device') return deviceCall(machine, call, args);
  const wrapped = iterableWrappers[type];
  if (wrapped !== undefined && wrapped >= 0 && args.values[wrapped] !== undefined)
    return args.values[wrapped] ?? unknown;
  const last = type.slice(type.lastIndexOf('.') + 1);
  if (first?.kind === 'loader' && (wrapperNames.test(last) || wrapped === -1)) return first;
  if (type === 'tqdm.tqdm' && args.keywords.get('iterable') !== undefined)
    return args.keywords.get('iterable') ?? unknown;
  if (passThrough.test(type) && first !== undefined)
    return first.kind === 'unknown' || first.kind === 'module'
      ? { ...first, kind: 'module' }
      : { ...first, sources: [call, ...first.sources] };
  if (type === 'torch.utils.data.random_split')
    return value('sequence', { element: value('dataset', { sources: [call], type }) });
  if (type === 'functools.partial') return value('object', { type, partial: call });
  const settings = settingsCall(machine, call, type, args);
  if (settings !== undefined) return settings;
  if (type.startsWith('torch.optim.lr_scheduler.')) return value('object', { type });
  const made = constructedKind(type);
  if (made !== undefined) {
    const device = deviceKeyword(machine, call) | (args.keywords.has('device_map') ? Device.cuda : 0);
    const element = type === networkList ? heldNetwork(first) : undefined;
    return value(made, { type, sources: [call], device, element });
  }
  if (type === 'torch.from_numpy') return tensor(Device.cpu);
  if (/^torch\.cuda\.\w*Tensor$/.test(type)) return tensor(Device.cuda, { scalar: 'no' });
  if (type.startsWith('torch.cuda.')) return unknown;
  if (/^torch\.nn\.functional\./.test(type)) return functionalCall(call, last, args);
  if (/^torch\.(linalg|fft|special|sparse|functional|ops\.\w+)\.\w+$/.test(type))
    return onArguments(args, {});
  if (/^torch\.[a-zA-Z_]\w*$/.test(type)) return torchCall(machine, call, last, args);
  if (type === 'torch.autograd.Variable') return first ?? unknown;
  if (type === 'torch.autograd.grad') return value('sequence', { element: fromArguments(args) });
  if (/^torch\.nn\.utils\.clip_grad_norm_$/.test(type)) {
    const params = first === undefined ? Device.none : elementOf(first).device;
    return tensor(params === Device.none ? (machine.deviceInText ? Device.some : 0) : params, {
      scalar: 'yes',
      dtype: 'float',
    });
  }
  if (/^torch\.distributed\.(all_reduce|barrier|broadcast|reduce|init_process_group)$/.test(type))
    return none;
  if (hostLibraries.test(type)) return hostCall(type);
  if (/^(torchmetrics|ignite)\./.test(type)) return value('object', { type });
  if (/^[A-Z]/.test(last)) return value('object', { type, sources: [call] });
  if (/\.from_pretrained$/.test(type)) return value('object', { type, sources: [call] });
  // Loaders built by a module of the project that we do not see.
  if (/(data_?)?loader$/i.test(last) && !/^torch\./.test(type))
    return value('loader', { assumed: true, type: 'project' });
  return fromArguments(args);
}

/** Objects of settings, however they are made. */
function settingsCall(machine: Interpreter, call: Call, type: string, args: Arguments): Value | undefined {
  const read = settingsRead(machine, type, args);
  if (read !== undefined) return read;
  if (fieldDeclaration.test(type)) return declaredDefault(machine, call, args);
  if (type === 'dataclasses.asdict') return fieldsAsDict(args.values[0]);
  if (filledFromCommandLine.test(type)) {
    const named = [...args.keywords].find(([name]) => classKeyword.test(name))?.[1];
    return parsedObjects(machine, args.values[0] ?? named)[0];
  }
  if (!attributeMapping.test(type)) return undefined;
  const [first] = args.values;
  const given = first === undefined && !args.open;
  if (!given && (first?.kind !== 'dict' || args.keywords.size > 0)) return unknown;
  // Such objects are handed around and changed: what they start with is a default.
  const entries = [...(first?.entries ?? [])]
    .map(([name, item]) => [name, item.value] as const)
    .concat([...args.keywords])
    .map(([name, v]) => [name, { value: { ...v, overridable: true }, always: true }] as const);
  return value('dict', { entries: new Map(entries), open: first?.open === true, type });
}

/** What a list of networks yields. Of a list that is filled later, or of several kinds, nobody says which one runs. */
function heldNetwork(networks: Value | undefined): Value {
  const one = networks === undefined ? unknown : elementOf(networks);
  const others = networks?.items?.some((v) => v.kind !== 'module') === true;
  return one.kind === 'module' && one.type !== '' && !others ? one : value('module', { assumed: true });
}

/** By qualified name: the same few thousand are asked for again and again. */
const kinds = new Map<string, Kind | undefined>();
const mostKinds = 20_000;

/** What calling the name makes, when it is known to construct something. */
function constructedKind(type: string): Kind | undefined {
  if (kinds.has(type)) return kinds.get(type);
  const kind = constructors.find((c) => c.pattern.test(type))?.kind;
  if (kinds.size < mostKinds) kinds.set(type, kind);
  return kind;
}

function hostCall(type: string): Value {
  if (/^numpy\./.test(type)) return value('array', { device: Device.cpu });
  if (/^(math|random|time|statistics)\./.test(type)) return number;
  if (type === 'argparse.ArgumentParser') return value('object', { type });
  return value('object', { type });
}

function deviceCall(machine: Interpreter, call: Call, args: Arguments): Value {
  const node = call.args[0] ?? call.keywords[0]?.value;
  const v = args.values[0] ?? args.keywords.values().next().value;
  if (node === undefined || v === undefined) return value('device', { device: Device.some });
  const bits = deviceBits(machine, node, v);
  return value('device', { device: bits === Device.none ? Device.some : bits });
}

function onArguments(args: Arguments, rest: Partial<Value>): Value {
  const known = fromArguments(args);
  return tensor(known.device, { scalar: 'unknown', ...rest });
}

function functionalCall(call: Call, name: string, args: Arguments): Value {
  if (!functionalLosses.has(name)) return onArguments(args, { scalar: 'no', dtype: 'float' });
  const reductionArg = args.keywords.get('reduction');
  const open = call.keywords.some((k) => k.name === null);
  const scalar =
    reductionArg?.constant === 'none'
      ? 'no'
      : open || (reductionArg !== undefined && reductionArg.constant === undefined)
        ? 'unknown'
        : 'yes';
  return onArguments(args, { scalar, dtype: 'float', grad: 'yes' });
}

function torchCall(machine: Interpreter, call: Call, name: string, args: Arguments): Value {
  const first = args.values[0];
  if (factories.has(name)) {
    const device = deviceKeyword(machine, call);
    const scalar = factoryScalar(call, name, first);
    const kept = name === 'as_tensor' && first?.kind === 'tensor' ? first.device : Device.cpu;
    return tensor(device === Device.none ? kept : device, {
      scalar,
      dtype: first?.kind === 'number' ? first.dtype : 'unknown',
    });
  }
  if (likeFactories.has(name)) return { ...(first ?? unknown), kind: 'tensor', constant: undefined };
  if (name === 'load') return unknown;
  if (hostFunctions.has(name))
    return name === 'no_grad' || name === 'set_grad_enabled'
      ? value('object', { type: `torch.${name}` })
      : number;
  const flat = first?.kind === 'sequence' ? elementOf(first) : first;
  if (flat === undefined) return unknown;
  const base = tensor(fromArguments(args).device, {
    scalar: flat.scalar,
    dtype: booleanMethods.has(name) ? 'bool' : integerMethods.has(name) ? 'int' : flat.dtype,
    assumed: flat.kind !== 'tensor',
  });
  if (reductions.has(name)) {
    const rest: Arguments = { ...args, values: args.values.slice(1) };
    return reduction(call, base, name, rest, name === 'sum' && flat.dtype === 'bool' ? 'int' : base.dtype);
  }
  if (tensorTuples.has(name)) return value('sequence', { element: { ...base, scalar: 'no' } });
  if (name === 'is_tensor') return number;
  if (/^(cat|stack|concat|hstack|vstack)$/.test(name)) return { ...base, scalar: 'no' };
  return base;
}

/** `zeros(1)` holds one number, which `int()` takes like one without dimensions. */
function factoryScalar(call: Call, name: string, first: Value | undefined): Tri {
  if (name === 'tensor') return first?.kind === 'number' ? 'yes' : 'no';
  return call.args.length === 1 && first?.constant === 1 ? 'unknown' : 'no';
}

function builtinCall(
  machine: Interpreter,
  call: Call,
  name: string,
  args: Arguments,
  env: Environment,
): Value {
  const first = args.values[0];
  switch (name) {
    case 'len':
    case 'int':
    case 'float':
    case 'bool':
    case 'hash':
    case 'id':
    case 'ord':
    case 'isinstance':
    case 'hasattr':
    case 'callable':
      return {
        ...number,
        dtype: name === 'float' ? 'float' : name === 'isinstance' || name === 'bool' ? 'bool' : 'int',
      };
    case 'str':
    case 'repr':
    case 'format':
    case 'input':
      return { ...string, device: name === 'str' ? (first?.device ?? 0) : 0 };
    case 'abs':
    case 'round':
      return first ?? unknown;
    case 'sum':
      return first === undefined ? unknown : elementOf(first);
    case 'max':
    case 'min':
      return args.values.length === 1 && first !== undefined
        ? elementOf(first)
        : arithmetic(args.values, undefined);
    case 'enumerate':
    case 'zip':
      return wrappedIterable(
        name,
        args.values.map((v) => streamOf(machine, v)),
      );
    case 'list':
    case 'tuple':
    case 'sorted':
    case 'reversed':
    case 'set':
      return first === undefined ? value('sequence', { items: [] }) : first;
    case 'iter':
      return first === undefined ? unknown : streamOf(machine, first);
    case 'next':
      if (first?.kind === 'loader') machine.yields.take(first);
      return first?.kind === 'sequence' || first?.kind === 'loader' ? iterate(first) : unknown;
    case 'range':
      return value('sequence', { element: { ...number, dtype: 'int' } });
    case 'dict': {
      const entries = new Map<string, DictItem>(
        [...args.keywords].map(([k, v]) => [k, { value: v, always: true }]),
      );
      const open = call.keywords.some((k) => k.name === null && machine.values.get(k.value)?.kind !== 'dict');
      const base = first?.kind === 'dict' ? first : undefined;
      for (const [k, item] of base?.entries ?? []) if (!entries.has(k)) entries.set(k, item);
      return value('dict', {
        entries,
        open: open || (first !== undefined && (base === undefined || base.open)),
        sources: [call],
      });
    }
    case 'vars':
      return fieldsAsDict(first);
    case 'print':
    case 'setattr':
      return none;
    case 'getattr': {
      const attr = args.values[1]?.constant;
      return typeof attr === 'string' && args.values[2] === undefined ? unknown : unknown;
    }
    case 'open':
      return value('object', { type: 'builtins.open', ...pathOf(first) });
    case 'super':
      return unknown;
    default:
      if (first?.kind === 'loader' && wrapperNames.test(name)) return first;
      return env.get(name) === undefined ? fromArguments(args) : unknown;
  }
}

/** `enumerate(x)` yields pairs, `zip(x, y)` yields tuples; a loader inside keeps the whole a loader. */
function wrappedIterable(name: string, iterables: readonly Value[]): Value {
  const inner = iterables.map((v) => iterate(v));
  const items = name === 'enumerate' ? [{ ...number, dtype: 'int' as const }, inner[0] ?? unknown] : inner;
  const element = value('sequence', { items });
  const loaders = iterables.filter((v) => v.kind === 'loader');
  if (loaders.length > 0) {
    return { ...loaders.reduce((a, b) => join(a, b)), kind: 'loader', element };
  }
  return value('sequence', { element });
}
