import type * as vscode from 'vscode';
import {
  type Dismissal,
  type DismissalKind,
  type DismissalTarget,
  dismissalKey,
} from '../../contracts/opportunities.ts';

const memoryKey = 'perjoule.dismissals';
/** The oldest go first: who has dismissed so many wants the rule off. */
const mostDismissals = 500;

/** An argument of a command comes from outside: a key binding may name anything. */
export function isDismissalTarget(value: unknown): value is DismissalTarget {
  if (typeof value !== 'object' || value === null) return false;
  const { uri, rule, functionName, print } = value as Readonly<Record<string, unknown>>;
  return (
    [uri, rule, functionName].every((text) => typeof text === 'string') &&
    Array.isArray(print) &&
    print.every((line) => typeof line === 'string')
  );
}

/** The hints that somebody does not want to see, in the workspace's memory: a file never says what its reader thinks. */
export class Dismissals {
  readonly #memory: vscode.Memento;
  readonly #changed: (all: readonly Dismissal[]) => void;
  #all: readonly Dismissal[];

  constructor(memory: vscode.Memento, changed: (all: readonly Dismissal[]) => void) {
    this.#memory = memory;
    this.#changed = changed;
    this.#all = memory.get<readonly Dismissal[]>(memoryKey, []);
  }

  /** The newest first. */
  get all(): readonly Dismissal[] {
    return this.#all;
  }

  add(target: DismissalTarget, kind: DismissalKind, now: number): Dismissal {
    const { uri, rule, functionName, print } = target;
    const added: Dismissal = { kind, uri, rule, functionName, print, dismissedAtMs: now };
    const key = dismissalKey(added);
    const others = this.#all.filter((known) => dismissalKey(known) !== key);
    this.#set([added, ...others].slice(0, mostDismissals));
    return added;
  }

  remove(keys: ReadonlySet<string>): void {
    const left = this.#all.filter((known) => !keys.has(dismissalKey(known)));
    if (left.length < this.#all.length) this.#set(left);
  }

  /** A file keeps what was said of it under its new name; `from` and `to` may be folders. */
  renamed(from: string, to: string): void {
    const moved = this.#all.map((known) => {
      const inside = known.uri === from || known.uri.startsWith(`${from}/`);
      return inside ? { ...known, uri: to + known.uri.slice(from.length) } : known;
    });
    if (moved.some((known, at) => known !== this.#all[at])) this.#set(moved);
  }

  #set(all: readonly Dismissal[]): void {
    this.#all = all;
    void this.#memory.update(memoryKey, all);
    this.#changed(all);
  }
}
