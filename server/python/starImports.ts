/** Names that a file takes over with `from module import *`. */

import type { Environment } from './environment.ts';
import type { Linker } from './project/linker.ts';
import type { Value } from './values.ts';

export class StarImports {
  private readonly linker: Linker | undefined;
  /** What the module binds itself. */
  private readonly bound: ReadonlySet<string> | undefined;
  private readonly modules: string[] = [];
  private readonly found = new Map<string, Value | undefined>();

  constructor(linker: Linker | undefined, bound: ReadonlySet<string> | undefined) {
    this.linker = linker;
    this.bound = bound;
  }

  /** What a star brings takes the place of what was bound before it. */
  take(module: string, env: Environment): void {
    if (!this.modules.includes(module)) {
      this.modules.push(module);
      this.found.clear();
    }
    for (const name of env.variables.keys()) {
      const brought = name.startsWith('_') ? undefined : this.linker?.starred(module, name);
      if (brought !== undefined) env.set(name, brought);
    }
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
