/**
 * Names and their values at one point of the program; copied where ways part, joined where they meet. A copy shares what
 * both hold in layers that never change, so that copying costs nothing and joining looks only at what has changed since.
 */

import { join, saysExactly, unknown, type Value } from './values.ts';

interface Layer {
  readonly below: Layer | undefined;
  readonly values: ReadonlyMap<string, Value>;
  /** Layers below this one. */
  readonly depth: number;
}

/** Deeper piles are laid flat: each look-up may go through all of them. */
const mostLayers = 8;

export class Environment {
  private shared: Layer | undefined;
  private own = new Map<string, Value>();

  copy(): Environment {
    this.share();
    const copy = new Environment();
    copy.shared = this.shared;
    return copy;
  }

  get(name: string): Value | undefined {
    const own = this.own.get(name);
    if (own !== undefined) return own;
    for (let layer = this.shared; layer !== undefined; layer = layer.below) {
      const found = layer.values.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.own.set(name, value);
  }

  /** Keeps what this one knows, joined with what the others know. A name only one way binds keeps that value. */
  joinWith(other: Environment): void {
    for (const name of this.changedNames(other)) {
      const theirs = other.get(name);
      const mine = this.get(name);
      if (theirs === undefined || mine === theirs) continue;
      this.set(name, mine === undefined ? theirs : join(mine, theirs));
    }
  }

  /** Whether every name has a value there that nothing tells apart from the one here. */
  saysSameAs(other: Environment): boolean {
    for (const name of this.changedNames(other))
      if (!saysExactly(this.get(name), other.get(name))) return false;
    return true;
  }

  replaceWith(other: Environment): void {
    if (other === this) return;
    other.share();
    this.shared = other.shared;
    this.own = new Map();
  }

  read(name: string): Value {
    return this.get(name) ?? unknown;
  }

  /** All names. */
  get variables(): ReadonlyMap<string, Value> {
    return this.flat();
  }

  /** Names whose values are others here than there. */
  changesAgainst(other: Environment): [string, Value][] {
    const changes: [string, Value][] = [];
    for (const name of this.changedNames(other)) {
      const value = this.get(name);
      if (value !== undefined && value !== other.get(name)) changes.push([name, value]);
    }
    return changes;
  }

  /** Only what is another value here than there. */
  changesSince(other: Environment): Environment {
    const changes = new Environment();
    changes.own = new Map(this.changesAgainst(other));
    return changes;
  }

  /** Names of the layers that the two do not share: all others have the same values in both. */
  private changedNames(other: Environment): Set<string> {
    let mine = this.shared;
    let theirs = other.shared;
    const apart: ReadonlyMap<string, Value>[] = [other.own, this.own];
    while (mine !== theirs) {
      if (theirs !== undefined && (mine === undefined || theirs.depth >= mine.depth)) {
        apart.push(theirs.values);
        theirs = theirs.below;
      } else if (mine !== undefined) {
        apart.push(mine.values);
        mine = mine.below;
      }
    }
    const names = new Set<string>();
    for (const values of apart) for (const name of values.keys()) names.add(name);
    return names;
  }

  private share(): void {
    if (this.own.size === 0) return;
    let values = this.own;
    let below = this.shared;
    // Small layers go into one; a large one below stays, since copying it at every turn would cost its size each time.
    if (below !== undefined && below.depth + 1 >= mostLayers)
      for (; below !== undefined && below.values.size <= 2 * values.size; below = below.below)
        values = new Map([...below.values, ...values]);
    this.shared = { below, values, depth: below === undefined ? 0 : below.depth + 1 };
    this.own = new Map();
  }

  private flat(): Map<string, Value> {
    const layers: ReadonlyMap<string, Value>[] = [this.own];
    for (let layer = this.shared; layer !== undefined; layer = layer.below) layers.push(layer.values);
    const all = new Map<string, Value>();
    for (const values of layers.reverse()) for (const [name, value] of values) all.set(name, value);
    return all;
  }
}

/**
 * Joins the ends of several ways into the first and returns it. Neighbours first, then pairs of them: with one after the
 * other each would be compared with all that the ways before it changed.
 */
export function joinAll(ends: readonly Environment[]): Environment | undefined {
  for (let apart = 1; apart < ends.length; apart *= 2)
    for (let at = 0; at + apart < ends.length; at += 2 * apart) {
      const other = ends[at + apart];
      if (other !== undefined) ends[at]?.joinWith(other);
    }
  return ends[0];
}
