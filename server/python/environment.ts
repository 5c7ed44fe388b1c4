/** Names and their values at one point of the program; copied where ways part, joined where they meet. */

import { join, unknown, type Value } from './values.ts';

export class Environment {
  readonly variables: Map<string, Value>;

  constructor(variables: Map<string, Value> = new Map()) {
    this.variables = variables;
  }

  copy(): Environment {
    return new Environment(new Map(this.variables));
  }

  get(name: string): Value | undefined {
    return this.variables.get(name);
  }

  set(name: string, value: Value): void {
    this.variables.set(name, value);
  }

  /** Keeps what this one knows, joined with what the others know. A name only one way binds keeps that value. */
  joinWith(other: Environment): void {
    for (const [name, value] of other.variables) {
      const mine = this.variables.get(name);
      if (mine !== value) this.variables.set(name, mine === undefined ? value : join(mine, value));
    }
  }

  replaceWith(other: Environment): void {
    if (other === this) return;
    this.variables.clear();
    for (const [name, value] of other.variables) this.variables.set(name, value);
  }

  read(name: string): Value {
    return this.variables.get(name) ?? unknown;
  }
}
