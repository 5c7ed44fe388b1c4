/**
 * One turn of the module or of a function: what it read of what others leave behind, and what it left behind itself. A turn
 * that would read the same again need not be taken: what it left behind is done again without it.
 */

import type { Environment } from './environment.ts';
import type { FunctionState } from './functionState.ts';
import type { Expr, For, While } from './nodes.ts';
import type { ClassInfo, FunctionInfo, Value } from './values.ts';

/** What a function was passed, by parameter. */
export type Passed = readonly [FunctionInfo, ReadonlyMap<string, Value>];

/** What each loop carries back. */
export type BackEdges = Map<For | While, Environment>;

/** What there is to read now. */
export interface Readable {
  nameOutside(name: string): Value | undefined;
  attribute(info: ClassInfo, name: string): Value | undefined;
  valueOf(expr: Expr): Value | undefined;
}

export class Turn {
  /** Left behind for others, in order. */
  readonly passes: Passed[] = [];
  readonly attributes: (readonly [ClassInfo, string, Value])[] = [];
  readonly globals: (readonly [string, Value])[] = [];
  /** It holds a loop. */
  loops = false;
  /** What its loops carried back to where they begin. */
  backEdges: BackEdges = new Map();
  /** That is something else than in the turn before: the next one starts from it. */
  carried = false;
  private readonly names = new Map<string, Value | undefined>();
  private readonly attributesRead = new Map<ClassInfo, Map<string, Value | undefined>>();
  private readonly devices = new Map<ClassInfo, number>();
  private readonly returned = new Map<FunctionState, Value | undefined>();
  private readonly recalled = new Map<Expr, Value | undefined>();
  /** Changes of classes when it began. */
  private readonly changes: number;

  constructor(changes: number) {
    this.changes = changes;
  }

  readName(name: string, v: Value | undefined): void {
    this.note(this.names, name, v);
  }

  readAttribute(info: ClassInfo, name: string, v: Value | undefined): void {
    let read = this.attributesRead.get(info);
    if (read === undefined) {
      read = new Map();
      this.attributesRead.set(info, read);
    }
    this.note(read, name, v);
  }

  readDevice(info: ClassInfo): void {
    this.note(this.devices, info, info.device);
  }

  readReturn(state: FunctionState): Value | undefined {
    this.note(this.returned, state, state.returns);
    return state.returns;
  }

  readValue(expr: Expr, v: Value | undefined): void {
    this.note(this.recalled, expr, v);
  }

  /** Whether what it read is as it was. */
  readsTheSame(now: Readable, changes: number): boolean {
    if (changes !== this.changes) return false;
    for (const [name, v] of this.names) if (now.nameOutside(name) !== v) return false;
    for (const [info, read] of this.attributesRead)
      for (const [name, v] of read) if (now.attribute(info, name) !== v) return false;
    for (const [info, device] of this.devices) if (info.device !== device) return false;
    for (const [state, v] of this.returned) if (state.returns !== v) return false;
    for (const [expr, v] of this.recalled) if (now.valueOf(expr) !== v) return false;
    return true;
  }

  /** The first time only: what is another thing later is so because of what the turn has done itself. */
  private note<K, V>(read: Map<K, V>, key: K, v: V): void {
    if (!read.has(key)) read.set(key, v);
  }
}
