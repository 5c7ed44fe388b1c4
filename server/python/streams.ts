/** Generators and objects that are iterated over: a loader inside keeps what comes out of them a stream of batches. */

import { iterate } from './binding.ts';
import type { Interpreter } from './interpreter.ts';
import type { FunctionDef } from './nodes.ts';
import { revived } from './project/portable.ts';
import { join, type Value, value } from './values.ts';
import { dottedName } from './walk.ts';

/** What the function run so far yields, and the loader that it yields for each batch of. */
export class Yields {
  private item: Value | undefined;
  private loader: Value | undefined;
  /** The innermost last; undefined for a loop over something else. */
  private readonly loops: (Value | undefined)[] = [];
  /** A loader that `next` took a batch from. */
  private taken: Value | undefined;

  enterLoop(iterable: Value): void {
    this.loops.push(iterable.kind === 'loader' ? iterable : undefined);
  }

  leaveLoop(): void {
    this.loops.pop();
  }

  take(loader: Value): void {
    this.taken = loader;
  }

  one(v: Value): void {
    this.item = join(this.item, v);
    // A turn of an inner loop is no batch.
    const around = this.loops.length > 0 ? this.loops.at(-1) : this.taken;
    if (around !== undefined) this.loader = join(this.loader, around);
  }

  /** `yield from` */
  all(v: Value): void {
    this.item = join(this.item, iterate(v));
    if (v.kind === 'loader') this.loader = join(this.loader, v);
  }

  /** What calling the function gives; undefined when it is no generator. */
  result(node: FunctionDef): Value | undefined {
    if (this.item === undefined) return undefined;
    // `with f() as x`: what it yields once.
    if (node.decorators.some((d) => /contextmanager$/i.test(dottedName(d) ?? ''))) return this.item;
    if (this.loader?.kind === 'loader') return { ...this.loader, element: this.item };
    return value('sequence', { element: this.item });
  }
}

/** `yield from x` rather than `yield x`. */
export function yieldsFrom(text: string, node: { readonly start: number }): boolean {
  return /^yield\s+from\b/.test(text.slice(node.start, node.start + 20));
}

/** What a `for` goes over: an object with `__iter__` stands for what that gives. */
export function streamOf(machine: Interpreter, v: Value): Value {
  if (v.kind !== 'instance' || v.classInfo === undefined) return v;
  const own = machine.classes.method(v.classInfo, '__iter__');
  if (own !== undefined) return machine.returnsOf(own) ?? v;
  const foreign = machine.classes.foreignMethod(v.classInfo, '__iter__');
  if (foreign?.returns == null || machine.linker === undefined) return v;
  return revived(foreign.returns, machine.linker, v.device);
}
