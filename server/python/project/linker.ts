/** What imports of one file stand for: functions, classes and values of other files of the project. */

import { canonicalName } from '../knowledge/names.ts';
import type { ClassDef } from '../nodes.ts';
import { type ClassInfo, library, unknown, type Value, value } from '../values.ts';
import { isExported, type ModuleSymbol, moduleFile, type OutlineView, symbolIn } from './moduleNames.ts';
import { type FunctionSummary, type Home, type Lookup, type ModuleSummary, revived } from './portable.ts';
import { type SettingsView, settingsPath } from './settingsPath.ts';

export interface ProjectView extends OutlineView, SettingsView {
  /** What a file of settings says; undefined where it cannot be read as one. */
  settings(path: string): Value | undefined;
}

export class Linker implements Lookup {
  readonly path: string;
  private readonly view: ProjectView;
  private readonly summaryOf: (path: string) => ModuleSummary | undefined;
  private readonly names = new Map<string, Value | undefined>();
  private readonly stars = new Map<string, Value | undefined>();
  /** Files that the imports of this one mean: a star asks for each name that is bound anywhere in the file. */
  private readonly files = new Map<string, string | undefined>();
  private readonly classes = new Map<string, ClassInfo>();

  constructor(path: string, view: ProjectView, summaryOf: (path: string) => ModuleSummary | undefined) {
    this.path = path;
    this.view = view;
    this.summaryOf = summaryOf;
  }

  /** The thing of a dotted name as this file imports it; undefined for modules and libraries. */
  lookup(type: string): Value | undefined {
    if (this.names.has(type)) return this.names.get(type);
    // A name that is being looked up by way of itself.
    this.names.set(type, undefined);
    const found = this.find(type);
    this.names.set(type, found);
    return found;
  }

  private find(type: string): Value | undefined {
    const symbol = this.symbolOf(this.path, type);
    if (symbol === undefined || symbol.path === this.path) return undefined;
    if (this.view.outline(symbol.path)?.loggers.has(symbol.name) === true)
      return value('object', { type: 'logging.getLogger' });
    const summary = this.summaryOf(symbol.path);
    if (summary === undefined) return undefined;
    const fn = summary.functions.get(symbol.name);
    if (fn !== undefined) return value('function', { summary: fn });
    if (summary.classes.has(symbol.name)) {
      const classInfo = this.classInfo(symbol);
      return classInfo === undefined ? undefined : value('class', { classInfo });
    }
    const other = summary.values.get(symbol.name);
    return other === undefined ? undefined : revived(other, this, 0);
  }

  /** What a name stands for that came with `from module import *`: a thing of the project, or a library imported there. */
  starred(module: string, name: string): Value | undefined {
    const key = `${module}\n${name}`;
    if (!this.stars.has(key)) this.stars.set(key, this.brought(module, name));
    return this.stars.get(key);
  }

  private brought(module: string, name: string): Value | undefined {
    const file = this.fileOf(this.path, module);
    if (file === undefined || !isExported(this.view, file, name)) return undefined;
    const type = /^\.+$/.test(module) ? module + name : `${module}.${name}`;
    const found = this.lookup(type) ?? this.importedBy(this.path, module, name, 0);
    if (found !== undefined) return found;
    // It is there, and nobody can say what it is.
    const home = symbolIn(this.view, file, name)?.path;
    return home === undefined || home === this.path ? undefined : unknown;
  }

  private importedBy(from: string, module: string, name: string, depth: number): Value | undefined {
    const file = this.fileOf(from, module);
    if (file === undefined || depth > 4 || !isExported(this.view, file, name)) return undefined;
    for (const { module: inner, names, alias } of this.view.outline(file)?.imports ?? []) {
      if (names === null) {
        if (alias === name) return library(canonicalName(inner));
        if (alias === undefined && inner.split('.', 1)[0] === name) return library(canonicalName(name));
        continue;
      }
      for (const found of names) {
        if (found.name === '*') {
          const through = this.importedBy(file, inner, name, depth + 1);
          if (through !== undefined) return through;
        } else if (found.alias === name && moduleFile(this.view, file, inner) === undefined)
          return library(canonicalName(`${inner}.${found.name}`));
      }
    }
    return undefined;
  }

  /** What the file of settings says that the code names by this path. */
  settings(named: string): Value | undefined {
    const path = settingsPath(this.view, this.path, named);
    return path === undefined ? undefined : this.view.settings(path);
  }

  /** Where the thing of a dotted name is defined, as a file imports it. */
  private symbolOf(from: string, type: string): ModuleSymbol | undefined {
    const at = type.lastIndexOf('.');
    const name = type.slice(at + 1);
    let module = type.slice(0, at);
    if (at < 0 || name === '') return undefined;
    // `.f`: from the package itself.
    if (at === 0 || module.endsWith('.')) module += '.';
    const file = this.fileOf(from, module);
    return file === undefined ? undefined : symbolIn(this.view, file, name);
  }

  private fileOf(from: string, module: string): string | undefined {
    if (from !== this.path) return moduleFile(this.view, from, module);
    if (!this.files.has(module)) this.files.set(module, moduleFile(this.view, from, module));
    return this.files.get(module);
  }

  functionSummary(home: Home): FunctionSummary | undefined {
    const summary = home.path === this.path ? undefined : this.summaryOf(home.path);
    const own = summary?.functions.get(home.name);
    if (own !== undefined) return own;
    const dot = home.name.lastIndexOf('.');
    const owner = dot < 0 ? undefined : summary?.classes.get(home.name.slice(0, dot));
    return owner?.methods.find((m) => m.name === home.name);
  }

  classInfo(home: Home): ClassInfo | undefined {
    if (home.path === this.path) return this.ownClass(home.name);
    const key = `${home.path}\n${home.name}`;
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    const summary = this.summaryOf(home.path)?.classes.get(home.name);
    if (summary === undefined) return undefined;
    const info: ClassInfo = {
      node: emptyClass(home.name),
      home: { path: home.path, name: home.name },
      qualifiedName: home.name,
      libraryBases: [],
      bases: [],
      closed: summary.closed,
      methods: new Map(),
      summaries: new Map(summary.methods.map((m) => [m.name.slice(m.name.lastIndexOf('.') + 1), m])),
      fields: new Map(),
      assigned: new Set(summary.assigned),
      attributes: new Map(),
      device: summary.device,
      ...(summary.itemWork === undefined ? {} : { itemWork: summary.itemWork }),
    };
    this.classes.set(key, info);
    // A file of a large package is summed up alone: what its classes inherit is then known by name only.
    for (const name of summary.libraryBases) {
      const symbol = this.symbolOf(home.path, name);
      const found = symbol === undefined ? undefined : this.classInfo(symbol);
      if (found === undefined) info.libraryBases.push(name);
      else if (found !== info) info.bases.push(found);
    }
    for (const base of summary.bases) {
      const found = this.classInfo(base);
      if (found === undefined) info.closed = false;
      else if (found !== info) info.bases.push(found);
    }
    for (const [name, v] of summary.fields)
      info.fields.set(name, v === null ? undefined : revived(v, this, 0));
    for (const [name, v] of summary.attributes)
      (info.attributes as Map<string, Value>).set(name, revived(v, this, 0));
    return info;
  }

  /** Classes of the file itself, once it is analysed: what comes back from another file may be one. */
  ownClass: (name: string) => ClassInfo | undefined = () => undefined;
}

function emptyClass(name: string): ClassDef {
  const nowhere = { start: 0, end: 0 };
  return {
    kind: 'Class',
    name,
    nameSpan: nowhere,
    bases: [],
    keywords: [],
    decorators: [],
    body: { ...nowhere, body: [] },
    ...nowhere,
    order: 0,
  };
}
