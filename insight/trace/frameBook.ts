/** Each frame once, by a number. -1 stands for none. */

import type { TraceFrame } from '../../contracts/trace.ts';

export class FrameBook {
  readonly #frames: TraceFrame[] = [];
  readonly #ids = new Map<string, number>();
  readonly #stacks = new Map<string, number>();

  id(frame: TraceFrame | null): number {
    if (frame === null) return -1;
    const key = `${frame.path}(${frame.line}): ${frame.name}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#frames.length;
      this.#frames.push(frame);
      this.#ids.set(key, id);
    }
    return id;
  }

  /** A stack of text comes again with each step. */
  ofStack(stack: string, innermost: (stack: string) => TraceFrame | null): number {
    let id = this.#stacks.get(stack);
    if (id === undefined) {
      id = this.id(innermost(stack));
      this.#stacks.set(stack, id);
    }
    return id;
  }

  get(id: number): TraceFrame | null {
    return this.#frames[id] ?? null;
  }

  *all(): Iterable<readonly [id: number, frame: TraceFrame]> {
    yield* this.#frames.entries();
  }
}
