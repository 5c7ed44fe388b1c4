/** Names that a file takes over with `from module import *`. */

import { definedAnew } from './definedAnew.ts';
import type { Environment } from './environment.ts';
import type { ImportFrom, Module } from './nodes.ts';
import type { Linker } from './project/linker.ts';
import type { Value } from './values.ts';

export class StarImports {
  private readonly module: Module;
  private readonly linker: Linker | undefined;
  /** What the module binds itself. */
  private readonly bound: ReadonlySet<string> | undefined;
  private readonly modules: string[] = [];
  private readonly found = new Map<string, Value | undefined>();
  /** By star: names that what it brings is never seen under. */
  private readonly unseen = new Map<ImportFrom, ReadonlySet<string>>();

  constructor(module: Module, linker: Linker | undefined, bound: ReadonlySet<string> | undefined) {
    this.module = module;
    this.linker = linker;
    this.bound = bound;
  }

  /** What a star brings takes the place of what was bound before it. */
  take(star: ImportFrom, env: Environment): void {
    const { module } = star;
    if (!this.modules.includes(module)) {
      this.modules.push(module);
      this.found.clear();
    }
    const unseen = this.unseenOf(star);
    for (const name of env.variables.keys()) {
      // The other file is summed up to answer.
      if (name.startsWith('_') || unseen.has(name)) continue;
      const brought = this.linker?.starred(module, name);
      if (brought !== undefined) env.set(name, brought);
    }
  }

  private unseenOf(star: ImportFrom): ReadonlySet<string> {
    let unseen = this.unseen.get(star);
    if (unseen === undefined) {
      unseen = definedAnew(this.module, star.end);
      this.unseen.set(star, unseen);
    }
    return unseen;
  }

  find(name: string): Value | undefined {
    if (this.linker === undefined || this.modules.length === 0 || name.startsWith('_')) return undefined;
    // Not bound yet, as in a first round: what it will be is said here, and the other file need not be asked.
    if (this.bound?.has(name) === true) return undefined;
    if (this.found.has(name)) return this.found.get(name);
    let found: Value | undefined;
    for (const module of this.modules) found = this.linker.starred(module, name) ?? found;
    this.found.set(name, found);
    return found;
  }
}
