/** Classes whose `__init__` is made from their fields, such as dataclasses: which there are, and what an object has in them. */

import type { Interpreter } from './interpreter.ts';
import type { Call } from './nodes.ts';
import type { Arguments } from './parameterBinding.ts';
import { type ClassInfo, type DictItem, type Value, value } from './values.ts';

/** Fields in the order in which `__init__` takes them, with their defaults. */
function fieldsOf(info: ClassInfo, depth = 0): Map<string, Value | undefined> {
  const out = new Map<string, Value | undefined>();
  if (depth > 8) return out;
  for (const base of info.bases) for (const [name, v] of fieldsOf(base, depth + 1)) out.set(name, v);
  for (const [name, v] of info.fields) out.set(name, v);
  return out;
}

/** An object of a class with fields, made by a call. */
export function withFields(machine: Interpreter, instance: Value, args: Arguments): Value {
  const info = instance.classInfo;
  const fields = info === undefined ? undefined : fieldsOf(info);
  if (info === undefined || fields === undefined) return instance;
  const names = [...fields.keys()];
  const given = new Map<string, Value>();
  for (const [i, v] of args.values.entries()) {
    const name = names[i];
    if (name !== undefined) given.set(name, v);
  }
  for (const [name, v] of args.keywords) given.set(name, v);
  // What some object has in it, for whoever sees only the class.
  for (const [name, v] of given) machine.classes.setAttribute(info, name, v);
  if (names.length === 0) return instance;
  const entries = new Map<string, DictItem>();
  for (const name of names) {
    const v = args.perhaps.has(name)
      ? undefined
      : (given.get(name) ?? (args.open ? undefined : fields.get(name)));
    entries.set(name, { value: v ?? value('unknown'), always: true });
  }
  return { ...instance, entries };
}

/** An object that is made elsewhere, such as from the command line: the defaults hold unless somebody says otherwise. */
export function madeElsewhere(instance: Value): Value {
  const fields = instance.classInfo === undefined ? undefined : fieldsOf(instance.classInfo);
  if (fields === undefined || fields.size === 0) return instance;
  const entries = [...fields].map(([name, v]): readonly [string, DictItem] => [
    name,
    { value: { ...(v ?? value('unknown')), overridable: true }, always: true },
  ]);
  return { ...instance, entries: new Map(entries) };
}

/** What an object has in a field; undefined where the code assigns to it beside the constructor. */
export function fieldOf(object: Value, name: string): Value | undefined {
  const item = object.kind === 'instance' ? object.entries?.get(name) : undefined;
  return item === undefined || assigned(object.classInfo, name) ? undefined : item.value;
}

/** The default of a field that is declared by a call. */
export function declaredDefault(machine: Interpreter, call: Call, args: Arguments): Value {
  const factory = args.keywords.get('default_factory') ?? args.keywords.get('factory');
  if (factory?.kind === 'class' && factory.classInfo !== undefined)
    return withFields(machine, machine.classes.instanceOf(factory.classInfo, call), none);
  if (factory !== undefined) return value('unknown');
  return args.keywords.get('default') ?? args.values[0] ?? value('unknown');
}

/** Objects of the classes that a parser of the command line was given. */
export function parsedObjects(machine: Interpreter, classes: Value | undefined): Value[] {
  const given = classes?.kind === 'sequence' ? (classes.items ?? []) : classes === undefined ? [] : [classes];
  return given.map((c) =>
    c.kind === 'class' && c.classInfo !== undefined
      ? madeElsewhere(machine.classes.instanceOf(c.classInfo, undefined))
      : value('unknown'),
  );
}

/** `asdict(x)` and `vars(x)` of an object with fields. */
export function fieldsAsDict(object: Value | undefined): Value {
  if (object?.kind !== 'instance' || object.entries === undefined) return value('unknown');
  const entries = [...object.entries].map(
    ([name, item]) => [name, { ...item, value: fieldOf(object, name) ?? value('unknown') }] as const,
  );
  return value('dict', { entries: new Map(entries), open: false });
}

const none: Arguments = { values: [], keywords: new Map(), perhaps: new Set(), open: false };

function assigned(info: ClassInfo | undefined, name: string, depth = 0): boolean {
  if (info === undefined || depth > 8) return false;
  return info.assigned.has(name) || info.bases.some((base) => assigned(base, name, depth + 1));
}
