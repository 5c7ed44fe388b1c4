/** Values and functions as another file sees them: plain data that holds no syntax tree and can be compared. */

import type { OpenCall } from '../openCalls.ts';
import type { FunctionInfo } from '../values.ts';
import {
  type ClassInfo,
  type Constant,
  type DatasetWork,
  Device,
  type DictItem,
  type Dtype,
  type Kind,
  type Tri,
  unknown,
  type Value,
  value,
} from '../values.ts';
import type { Work } from '../work.ts';

/** A class or function by the file that defines it. */
export interface Home {
  readonly path: string;
  /** Qualified within the file. */
  readonly name: string;
}

export interface Portable {
  readonly kind: Kind;
  readonly device: number;
  readonly dtype: Dtype;
  readonly scalar: Tri;
  readonly grad: Tri;
  readonly assumed: boolean;
  readonly type: string;
  readonly constant: Constant | undefined;
  readonly overridable: boolean;
  readonly classOf?: Home;
  readonly functionOf?: Home;
  readonly items?: readonly Portable[];
  readonly element?: Portable;
  readonly entries?: readonly (readonly [string, Portable, boolean])[];
}

/** Whether a function may wait for something that nobody sees: not at all, only for tensors that it is handed, or for all that is known. */
export type UnseenWaits = 'none' | 'forTensors' | 'perhaps';

export interface FunctionSummary extends Home {
  readonly parameters: readonly { readonly name: string; readonly form: string }[];
  /** The first parameter is the object or class it is called on. */
  readonly method: boolean;
  readonly property: boolean;
  /** What comes back; `Device.given` in it stands for where the arguments are. Null when nothing is known. */
  readonly returns: Portable | null;
  /** It yields; `returns` is then what is iterated over. */
  readonly generator: boolean;
  /** The parameter that it goes over to yield something for each of its items. */
  readonly goesOver: string | null;
  /** The parameter whose value every way through the function hands back. */
  readonly handsBack: string | null;
  /** On which devices the host waits for a value that something needs at once. */
  readonly waits: number;
  /** The same, for what the caller gets: whether it is needed is for the caller to say. */
  readonly returnsRead: number;
  /** Devices whose queue the function leaves empty: nothing follows the wait that would fill it again. */
  readonly endsEmpty: number;
  /** It, or what it calls, reads something, needed or only for a record. */
  readonly reads: boolean;
  readonly unseenWaits: UnseenWaits;
  readonly work: Work;
  readonly shallowWork: Work;
  /** Parameters that go nowhere but to records. */
  readonly recorded: readonly string[];
  /** It, or a function of its file that it calls, asks for gradients in some way. */
  readonly asksGradients: boolean;
  /** It switches gradients off itself, by a decorator or for a part of what it does. */
  readonly gradientsOff: boolean;
  /** What it calls on its own object and leaves to the heirs of its class. */
  readonly asks: readonly OpenCall[];
  /** What comes back is a network that it has put into evaluation mode. */
  readonly evaluating: boolean;
}

export interface ClassSummary extends Home {
  readonly libraryBases: readonly string[];
  readonly bases: readonly Home[];
  readonly closed: boolean;
  readonly device: number;
  readonly methods: readonly FunctionSummary[];
  /** Null: a field without a default. */
  readonly fields: readonly (readonly [string, Portable | null])[];
  readonly assigned: readonly string[];
  readonly attributes: readonly (readonly [string, Portable])[];
  /** Of a class that gives items by their number. */
  readonly itemWork?: DatasetWork;
}

export interface ModuleSummary {
  readonly path: string;
  readonly functions: ReadonlyMap<string, FunctionSummary>;
  readonly classes: ReadonlyMap<string, ClassSummary>;
  /** Other names of the module. */
  readonly values: ReadonlyMap<string, Portable>;
}

const maxDepth = 3;
const maxItems = 12;

/** `homeOf` says which file defines a function; one of a scope we cannot name is left out. */
export function portable(v: Value, homeOf: (info: FunctionInfo) => Home | undefined, depth = 0): Portable {
  const only = v.functions.length === 1 ? v.functions[0] : undefined;
  const functionOf = only === undefined ? v.summary : homeOf(only);
  const inner = (item: Value): Portable => portable(item, homeOf, depth + 1);
  const deep = depth < maxDepth;
  return {
    kind: v.kind,
    device: v.device,
    dtype: v.dtype,
    scalar: v.scalar,
    grad: v.grad,
    assumed: v.assumed,
    type: v.type,
    constant: v.constant,
    overridable: v.overridable,
    ...(v.classInfo?.home === undefined ? {} : { classOf: v.classInfo.home }),
    ...(functionOf === undefined ? {} : { functionOf: { path: functionOf.path, name: functionOf.name } }),
    ...(deep && v.items !== undefined && v.items.length <= maxItems ? { items: v.items.map(inner) } : {}),
    ...(deep && v.element !== undefined ? { element: inner(v.element) } : {}),
    ...(deep && v.entries !== undefined && v.entries.size <= maxItems
      ? { entries: [...v.entries].map(([key, item]) => [key, inner(item.value), item.always] as const) }
      : {}),
  };
}

export interface Lookup {
  classInfo(home: Home): ClassInfo | undefined;
  functionSummary(home: Home): FunctionSummary | undefined;
}

/** The value in another file. `given` takes the place of "where the arguments are". */
export function revived(p: Portable, lookup: Lookup, given: number): Value {
  const classInfo = p.classOf === undefined ? undefined : lookup.classInfo(p.classOf);
  const summary = p.functionOf === undefined ? undefined : lookup.functionSummary(p.functionOf);
  // A class or function that cannot be found again is nothing we know.
  if ((p.kind === 'class' || p.kind === 'instance') && classInfo === undefined) return unknown;
  if (p.kind === 'function' && summary === undefined) return unknown;
  const asked = (p.device & Device.given) !== 0;
  const device = asked ? (p.device & ~Device.given) | given : p.device;
  // What the callee does with its argument is only that where the argument was on a device.
  if (asked && device === Device.none && p.kind === 'tensor') return unknown;
  const entries =
    p.entries === undefined
      ? undefined
      : new Map<string, DictItem>(
          p.entries.map(([key, item, always]) => [key, { value: revived(item, lookup, given), always }]),
        );
  return value(p.kind, {
    device,
    dtype: p.dtype,
    scalar: p.scalar,
    grad: p.grad,
    assumed: p.assumed,
    type: p.type,
    constant: p.constant,
    overridable: p.overridable,
    classInfo,
    summary,
    items: p.items?.map((item) => revived(item, lookup, given)),
    element: p.element === undefined ? undefined : revived(p.element, lookup, given),
    entries,
  });
}
