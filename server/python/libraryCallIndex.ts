/** Calls of things of libraries, found by what is called in the end. */

import type { Interpreter } from './interpreter.ts';
import type { Call } from './nodes.ts';
import { syntaxOf } from './syntax.ts';

export class LibraryCallIndex {
  private readonly machine: Interpreter;
  private readonly found = new Map<string, readonly Call[]>();

  constructor(machine: Interpreter) {
    this.machine = machine;
  }

  /** Calls of a qualified name, also through `functools.partial`. */
  callsTo(type: string): readonly Call[] {
    let calls = this.found.get(type);
    if (calls === undefined) {
      calls = syntaxOf(this.machine.module)
        .all('Call')
        .filter((call) => this.reaches(call, type));
      this.found.set(type, calls);
    }
    return calls;
  }

  private reaches(call: Call, type: string): boolean {
    const { values } = this.machine;
    const v = values.get(call);
    const callee = v === undefined ? undefined : values.get(call.callee);
    if (callee?.kind === 'library' && callee.type === type) return true;
    if (callee?.partial === undefined || v?.sources.includes(call) !== true) return false;
    return this.machine.withinPartial(callee).value.type === type;
  }
}
