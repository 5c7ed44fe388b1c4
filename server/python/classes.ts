/** Classes of the file and those it uses of others: what they inherit, their methods, and what their attributes can be. */

import { hookedBy } from './hooks.ts';
import { datasetClass, moduleClass } from './knowledge/constructors.ts';
import type { HookedClass } from './knowledge/hooks.ts';
import type { Call, FunctionDef } from './nodes.ts';
import type { FunctionSummary } from './project/portable.ts';
import { type ClassInfo, Device, type FunctionInfo, join, unlessSame, type Value, value } from './values.ts';

/** With more heirs than these nobody says which one it is. */
const mostHeirs = 6;

export class Classes {
  /** How often what a class inherits or its fields have changed. */
  changes = 0;
  private readonly text: string;
  /** The classes of the file. */
  protected readonly own: readonly ClassInfo[];
  /** Names of fields of the file's classes. */
  private readonly fields = new Set<string>();
  private nextAttributes = new Map<ClassInfo, Map<string, Value>>();
  private readonly hookTables = new Map<
    ClassInfo,
    { readonly bases: readonly string[]; readonly tables: readonly HookedClass[] }
  >();

  constructor(text: string, own: readonly ClassInfo[]) {
    this.text = text;
    this.own = own;
  }

  /** Forgets what the last round collected, not what it settled. */
  startRound(): void {
    this.nextAttributes = new Map();
  }

  /** Takes over what this round collected. */
  settle(all: Iterable<ClassInfo>): void {
    for (const info of all) {
      const next = this.nextAttributes.get(info) ?? new Map<string, Value>();
      for (const [name, v] of next) next.set(name, unlessSame(info.attributes.get(name), v));
      info.attributes.clear();
      for (const [name, v] of next) info.attributes.set(name, v);
    }
  }

  /** An object of a class of this file. */
  instanceOf(info: ClassInfo, call: Call | undefined): Value {
    const bases = this.libraryBases(info);
    const modules = bases.some((b) => moduleClass.test(b));
    const sources = call === undefined ? [] : [call];
    const common = { classInfo: info, type: info.qualifiedName, sources };
    // Its framework moves it to the device.
    if (modules && this.hooked(info).length > 0)
      return value('module', { ...common, device: info.device | Device.some });
    if (modules) return value('module', { ...common, device: info.device });
    if (bases.some((b) => datasetClass.test(b))) return value('dataset', common);
    return value('instance', common);
  }

  /** Library bases of a class, through the classes of this file. */
  libraryBases(info: ClassInfo, depth = 0): readonly string[] {
    if (depth > 8) return [];
    return [...info.libraryBases, ...info.bases.flatMap((b) => this.libraryBases(b, depth + 1))];
  }

  /** The frameworks that call methods of a class by themselves, also through bases in other files of its project. */
  hooked(info: ClassInfo): readonly HookedClass[] {
    const bases = this.libraryBases(info);
    const known = this.hookTables.get(info);
    if (known?.bases.length === bases.length && known.bases.every((b, i) => b === bases[i]))
      return known.tables;
    const tables = hookedBy(bases, this.text);
    this.hookTables.set(info, { bases, tables });
    return tables;
  }

  method(info: ClassInfo, name: string, depth = 0): FunctionInfo | undefined {
    const own = info.methods.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of info.bases) {
      const inherited = this.method(base, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  /** What may run where a method is called on an object of the class: where the class leaves it open, that of its heirs. */
  implementations(info: ClassInfo, name: string): readonly FunctionInfo[] {
    const own = this.method(info, name);
    if (own !== undefined && !isLeftOpen(own.node)) return [own];
    const heirs = this.own.filter((c) => c !== info && c.methods.has(name) && inherits(c, info));
    const found = heirs.flatMap((c) => c.methods.get(name) ?? []).filter(({ node }) => !isLeftOpen(node));
    return found.length > 0 && found.length <= mostHeirs ? found : own === undefined ? [] : [own];
  }

  /** A method that a class of another file has, or a class here inherits from one. */
  foreignMethod(info: ClassInfo, name: string, depth = 0): FunctionSummary | undefined {
    const own = info.summaries.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of info.bases) {
      const inherited = this.foreignMethod(base, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  attribute(info: ClassInfo, name: string, depth = 0): Value | undefined {
    const own = info.attributes.get(name) ?? this.nextAttributes.get(info)?.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of info.bases) {
      const inherited = this.attribute(base, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  setAttribute(info: ClassInfo, name: string, v: Value): void {
    let attributes = this.nextAttributes.get(info);
    if (attributes === undefined) {
      attributes = new Map();
      this.nextAttributes.set(info, attributes);
    }
    attributes.set(name, join(attributes.get(name), v));
  }

  /** What a class statement says of the class. */
  inherit(info: ClassInfo, bases: ClassInfo[], libraryBases: string[], closed: boolean): void {
    if (!sameList(info.bases, bases) || !sameList(info.libraryBases, libraryBases)) this.changes++;
    info.bases = bases;
    info.libraryBases = libraryBases;
    info.closed = closed;
  }

  setField(info: ClassInfo, name: string, v: Value | undefined): void {
    const before = info.fields.get(name);
    const kept = v === undefined ? undefined : unlessSame(before, v);
    if (kept === before && info.fields.has(name)) return;
    this.changes++;
    this.fields.add(name);
    info.fields.set(name, kept);
  }

  /** Code other than a constructor assigns to a name of its objects. */
  assign(info: ClassInfo, name: string): void {
    if (info.assigned.has(name)) return;
    info.assigned.add(name);
    // Asked of objects that are made from fields only.
    if (this.fields.has(name) || hasField(info, name)) this.changes++;
  }
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((thing, i) => thing === b[i]);
}

function hasField(info: ClassInfo, name: string, depth = 0): boolean {
  return depth <= 8 && (info.fields.has(name) || info.bases.some((base) => hasField(base, name, depth + 1)));
}

/** Nothing but a text, `pass`, `...` or a `raise`: somebody else is to write it. */
export function isLeftOpen(node: FunctionDef): boolean {
  return node.body.body.every(
    (s) =>
      s.kind === 'Raise' ||
      s.kind === 'Pass' ||
      (s.kind === 'Expr' && (s.value.kind === 'String' || s.value.kind === 'Literal')),
  );
}

function inherits(info: ClassInfo, from: ClassInfo, depth = 0): boolean {
  return depth <= 8 && info.bases.some((base) => base === from || inherits(base, from, depth + 1));
}
