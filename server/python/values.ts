/** What we know of a value: kind, device, dtype, shape, gradient and where it came from. Immutable; unknown is a value too. */

import type { Call, ClassDef, Expr, FunctionDef } from './nodes.ts';
import type { FunctionSummary, Home } from './project/portable.ts';

export type Kind =
  | 'unknown'
  | 'none'
  | 'number'
  | 'string'
  | 'tensor'
  | 'array'
  | 'module'
  | 'loader'
  | 'dataset'
  | 'optimizer'
  | 'device'
  | 'dtype'
  | 'dict'
  | 'sequence'
  | 'function'
  | 'class'
  | 'instance'
  | 'library'
  | 'object';

export type Tri = 'yes' | 'no' | 'unknown';
export type Dtype = 'bool' | 'int' | 'float' | 'unknown';
export type Constant = string | number | boolean | null;

/** Bits: a value may be on several devices, one for each way through the program. None set: nothing is known. */
export const Device = {
  none: 0,
  cpu: 1,
  cuda: 2,
  /** MPS, XLA and others whose queues we do not judge. */
  other: 4,
  /** Some device of the program that we could not resolve, such as a parameter named `device`. */
  some: 8,
  /** Wherever the arguments of the function are: only while a function is summed up for other files. */
  given: 16,
} as const;

export interface DictItem {
  readonly value: Value;
  /** False when only some ways through the program set it. */
  readonly always: boolean;
}

/** What reading one item of a data set costs the host. */
export interface DatasetWork {
  /** 'yes': reads or decodes; 'unknown': transforms something already in memory; 'no': cheap, or we cannot tell. */
  readonly costly: Tri;
  /** Something in it forbids workers, or might. */
  readonly blocked: boolean;
  /** Whether each item is put on a CUDA device, by whoever reads it: 'unknown' where nobody says which device. */
  readonly onDevice: Tri;
}

export interface FunctionInfo {
  readonly node: FunctionDef;
  /** `f`, `C.m`, `f.inner`. */
  readonly qualifiedName: string;
  readonly owner: ClassInfo | undefined;
  readonly outer: FunctionInfo | undefined;
}

export interface ClassInfo {
  /** Of a class of another file: an empty one. */
  readonly node: ClassDef;
  /** The file that defines it; undefined where files are analysed alone. */
  readonly home: Home | undefined;
  /** Methods of a class of another file. */
  readonly summaries: ReadonlyMap<string, FunctionSummary>;
  readonly qualifiedName: string;
  /** Of a class of another file with items. */
  readonly itemWork?: DatasetWork;
  /** Qualified names of library bases, own file's classes resolved through. */
  libraryBases: string[];
  bases: ClassInfo[];
  /** Whether each base is either a known library or a class of the project. */
  closed: boolean;
  readonly methods: Map<string, FunctionInfo>;
  /** Fields with an annotation, in order, with their defaults: of these an `__init__` is made where there is none. */
  readonly fields: Map<string, Value | undefined>;
  /** Names that code other than a constructor assigns to on objects of the class. */
  readonly assigned: Set<string>;
  /** Joined over every assignment to `self.name`, and class-level ones. */
  readonly attributes: Map<string, Value>;
  /** Devices that instances were moved to. */
  device: number;
}

export interface Value {
  readonly kind: Kind;
  readonly device: number;
  readonly dtype: Dtype;
  /** Whether a tensor has no dimensions. */
  readonly scalar: Tri;
  /** Module: has trainable parameters. */
  readonly grad: Tri;
  /** The kind is a guess from how the value is used or named. */
  readonly assumed: boolean;
  /** Qualified library name: of the thing itself, or of the class of an object. */
  readonly type: string;
  readonly constant: Constant | undefined;
  /** The constant is a default that a user may override, as an argparse default. */
  readonly overridable: boolean;
  /** Where it was created: constructor calls, literals. */
  readonly sources: readonly Expr[];
  readonly items: readonly Value[] | undefined;
  readonly element: Value | undefined;
  readonly entries: ReadonlyMap<string, DictItem> | undefined;
  /** Keys may exist that we do not see. */
  readonly open: boolean;
  readonly functions: readonly FunctionInfo[];
  /** A function of another file. */
  readonly summary: FunctionSummary | undefined;
  readonly classInfo: ClassInfo | undefined;
  /** Bound receiver of a method, and arguments that `functools.partial` fixed. */
  readonly receiver: Value | undefined;
  readonly partial: Call | undefined;
}

const blank: Value = {
  kind: 'unknown',
  device: Device.none,
  dtype: 'unknown',
  scalar: 'unknown',
  grad: 'unknown',
  assumed: false,
  type: '',
  constant: undefined,
  overridable: false,
  sources: [],
  items: undefined,
  element: undefined,
  entries: undefined,
  open: true,
  functions: [],
  summary: undefined,
  classInfo: undefined,
  receiver: undefined,
  partial: undefined,
};

export const unknown = blank;
export const none: Value = { ...blank, kind: 'none', constant: null };
export const number: Value = { ...blank, kind: 'number' };
export const string: Value = { ...blank, kind: 'string' };

export function value(kind: Kind, rest: Partial<Value> = {}): Value {
  return { ...blank, kind, ...rest };
}

export function tensor(device: number, rest: Partial<Value> = {}): Value {
  return { ...blank, kind: 'tensor', device, ...rest };
}

export function library(type: string): Value {
  return { ...blank, kind: 'library', type };
}

function joinTri(a: Tri, b: Tri): Tri {
  return a === b ? a : 'unknown';
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const added = b.filter((x) => !a.includes(x));
  // A long union says nothing any more; keep it bounded.
  return added.length === 0 || a.length > 24 ? a : [...a, ...added];
}

/** What holds whichever of the two happened; the first itself where the second adds nothing. `undefined`: not reached yet. */
export function join(a: Value | undefined, b: Value | undefined, depth = 0): Value {
  if (a === undefined) return b ?? unknown;
  if (b === undefined || a === b) return a;
  if (depth > 3) return unknown;
  if (a.kind !== b.kind) return joinKinds(a, b);
  const sameItems = a.items !== undefined && b.items !== undefined && a.items.length === b.items.length;
  return unlessSame(a, {
    kind: a.kind,
    device: a.device | b.device,
    dtype: a.dtype === b.dtype ? a.dtype : 'unknown',
    scalar: joinTri(a.scalar, b.scalar),
    grad: joinTri(a.grad, b.grad),
    assumed: a.assumed || b.assumed,
    type: a.type === b.type ? a.type : '',
    constant: a.constant === b.constant ? a.constant : undefined,
    overridable: a.overridable || b.overridable,
    sources: union(a.sources, b.sources),
    items: sameItems ? a.items?.map((item, i) => join(item, b.items?.[i], depth + 1)) : undefined,
    element:
      a.element === undefined && b.element === undefined
        ? sameItems || a.items === undefined
          ? undefined
          : elementOf(a, depth + 1)
        : join(elementOf(a, depth + 1), elementOf(b, depth + 1), depth + 1),
    entries: joinEntries(a, b, depth),
    open: a.open || b.open,
    functions: union(a.functions, b.functions),
    summary: a.summary === b.summary ? a.summary : undefined,
    classInfo: a.classInfo === b.classInfo ? a.classInfo : undefined,
    receiver: a.receiver === b.receiver ? a.receiver : undefined,
    partial: a.partial === b.partial ? a.partial : undefined,
  });
}

/**
 * The value made before where a new one says exactly the same: what is found again is then the same object, so that joining
 * it with itself costs nothing and space is taken once.
 */
export function unlessSame(before: Value | undefined, made: Value): Value {
  return before !== undefined && saysExactly(before, made, 0) ? before : made;
}

/** Deeper inside only the same object counts as the same. */
const comparedDepth = 4;

/** Whether nothing tells two values apart. */
export function saysExactly(a: Value | undefined, b: Value | undefined, depth = 0): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || depth > comparedDepth) return false;
  return (
    a.kind === b.kind &&
    a.device === b.device &&
    a.type === b.type &&
    a.constant === b.constant &&
    a.dtype === b.dtype &&
    a.scalar === b.scalar &&
    a.grad === b.grad &&
    a.assumed === b.assumed &&
    a.overridable === b.overridable &&
    a.open === b.open &&
    a.summary === b.summary &&
    a.classInfo === b.classInfo &&
    a.partial === b.partial &&
    sameList(a.sources, b.sources) &&
    sameList(a.functions, b.functions) &&
    saysExactly(a.element, b.element, depth + 1) &&
    saysExactly(a.receiver, b.receiver, depth + 1) &&
    sameItems(a.items, b.items, depth + 1) &&
    sameEntries(a.entries, b.entries, depth + 1)
  );
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((thing, i) => thing === b[i]));
}

function sameItems(a: Value['items'], b: Value['items'], depth: number): boolean {
  if (a === b) return true;
  return a?.length === b?.length && a?.every((item, i) => saysExactly(item, b?.[i], depth)) === true;
}

function sameEntries(a: Value['entries'], b: Value['entries'], depth: number): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.size !== b.size) return false;
  for (const [key, item] of a) {
    const other = b.get(key);
    if (other === undefined || other.always !== item.always || !saysExactly(item.value, other.value, depth))
      return false;
  }
  return true;
}

/** Where one of them is known to be on the host and nothing is known of the other, nothing is known. */
function joinDevices(a: number, b: number): number {
  const open = a === Device.none || b === Device.none;
  return open && (a | b) === Device.cpu ? Device.none : a | b;
}

function joinKinds(a: Value, b: Value): Value {
  // "Not there yet" and a thing: the thing, when it is used at all.
  if (a.kind === 'none') return withoutConstant(b);
  if (b.kind === 'none') return withoutConstant(a);
  const tensorSide = a.kind === 'tensor' ? a : b.kind === 'tensor' ? b : undefined;
  const other = tensorSide === a ? b : a;
  // A sum that starts as 0 and has a tensor added.
  if (tensorSide !== undefined && other.kind === 'number')
    return tensorSide.dtype === 'unknown' && tensorSide.assumed
      ? tensorSide
      : { ...tensorSide, dtype: 'unknown', assumed: true };
  if ((a.kind === 'module' && b.kind === 'object') || (a.kind === 'object' && b.kind === 'module'))
    return a.kind === 'module' ? a : b;
  // Device strings and device objects are the same thing to us.
  if ((a.kind === 'device' && b.kind === 'string') || (a.kind === 'string' && b.kind === 'device'))
    return unlessSame(a, { ...blank, kind: 'device', device: a.device | b.device });
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    const known = a.kind === 'unknown' ? b : a;
    if (known.kind === 'tensor' || known.kind === 'module')
      return unlessSame(a, { ...blank, device: joinDevices(a.device, b.device), assumed: true });
  }
  const device = a.device & b.device;
  return device === Device.none ? unknown : unlessSame(a, { ...blank, device });
}

function withoutConstant(v: Value): Value {
  return v.constant === undefined ? v : { ...v, constant: undefined };
}

function joinEntries(a: Value, b: Value, depth: number): ReadonlyMap<string, DictItem> | undefined {
  if (a.entries === b.entries) return a.entries;
  if (a.entries === undefined || b.entries === undefined) return undefined;
  const out = new Map<string, DictItem>();
  for (const [key, item] of a.entries) {
    const other = b.entries.get(key);
    const joined = other === undefined ? item.value : join(item.value, other.value, depth + 1);
    const always = other !== undefined && item.always && other.always;
    out.set(key, joined === item.value && always === item.always ? item : { value: joined, always });
  }
  for (const [key, item] of b.entries) if (!out.has(key)) out.set(key, { value: item.value, always: false });
  return out;
}

/** One item of a sequence, whichever. */
export function elementOf(v: Value, depth = 0): Value {
  if (v.element !== undefined) return v.element;
  if (v.items === undefined || v.items.length === 0) return unknown;
  return v.items.reduce((all, item) => join(all, item, depth + 1));
}

/** Whether a value lives on a CUDA device: for certain, perhaps, or not that we know. */
export function onCuda(v: Value): Tri {
  if ((v.device & Device.cuda) !== 0) return 'yes';
  if ((v.device & (Device.some | Device.given)) !== 0) return 'unknown';
  return 'no';
}

/** A submodule or a buffer lives where its module was moved to. */
export function withDevice(v: Value, device: number): Value {
  if ((v.kind === 'module' || v.kind === 'tensor') && v.device === Device.none && device !== Device.none)
    return { ...v, device };
  return v;
}
