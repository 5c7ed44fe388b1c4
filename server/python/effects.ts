/** What running the module or a function leaves behind for the others, so that it can be done again without running. */

import { Classes } from './classes.ts';
import type { ClassInfo, FunctionInfo, Value } from './values.ts';

/** What a function was passed, by parameter. */
export type Passed = readonly [FunctionInfo, ReadonlyMap<string, Value>];

/** What running the module or a function has left behind for the others, in order: enough to do it again without running. */
export interface Effects {
  readonly passes: Passed[];
  readonly attributes: (readonly [ClassInfo, string, Value])[];
  readonly globals: (readonly [string, Value])[];
  /** It holds a loop: what that carries back changes with every round. */
  readonly loops: boolean;
}

export function noEffects(): Effects {
  return { passes: [], attributes: [], globals: [], loops: false };
}

/** Classes that say what was set in them. */
export class NotedClasses extends Classes {
  private readonly note: (info: ClassInfo, name: string, v: Value) => void;

  constructor(
    text: string,
    own: readonly ClassInfo[],
    note: (info: ClassInfo, name: string, v: Value) => void,
  ) {
    super(text, own);
    this.note = note;
  }

  override setAttribute(info: ClassInfo, name: string, v: Value): void {
    this.note(info, name, v);
    super.setAttribute(info, name, v);
  }
}
