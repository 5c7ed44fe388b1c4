/** A process and everything that descends from it, remembered while it lives, whoever its parent is by then. */

import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';

export interface TreeChange {
  readonly joined: readonly ProcessIdentity[];
  readonly left: readonly ProcessIdentity[];
}

export class ProcessTree {
  readonly root: ProcessIdentity;
  readonly #members = new Map<number, ProcessIdentity>();
  /** Pids that were looked at and do not belong here. */
  readonly #refused = new Set<number>();
  /** Members that no living process led to. */
  readonly #adopted = new Set<number>();

  constructor(root: ProcessIdentity) {
    this.root = root;
    this.#members.set(root.pid, root);
  }

  get members(): ReadonlyMap<number, ProcessIdentity> {
    return this.#members;
  }

  get rootAlive(): boolean {
    return this.#members.get(this.root.pid)?.start === this.root.start;
  }

  /** Takes in a process that has left its ancestors; its descendants follow with the next update. */
  adopt(identity: ProcessIdentity): void {
    this.#members.set(identity.pid, identity);
    this.#adopted.add(identity.pid);
  }

  get hasAdopted(): boolean {
    return this.#adopted.size > 0;
  }

  /**
   * Drops who is gone and takes in new descendants. Call after `table.refresh()`.
   * @param others further pids to take in with their descendants, such as those of the same terminal session
   * @param accepts says no to a process that belongs to somebody else
   */
  update(
    table: ProcessTable,
    others: readonly number[] = [],
    accepts: (identity: ProcessIdentity & { readonly ageMs: number }) => boolean = () => true,
  ): TreeChange {
    const joined: ProcessIdentity[] = [];
    const left: ProcessIdentity[] = [];
    // Children first: a parent that has just ended still leads to them.
    const queue = [...this.#members.keys()];
    const take = (pid: number): void => {
      if (this.#members.has(pid) || this.#refused.has(pid)) return;
      const found = table.look(pid);
      if (found === null) return;
      if (!accepts(found)) {
        this.#refused.add(pid);
        return;
      }
      const identity = { pid, start: found.start };
      this.#members.set(pid, identity);
      joined.push(identity);
      queue.push(pid);
    };
    for (const pid of others) take(pid);
    for (let pid = queue.pop(); pid !== undefined; pid = queue.pop())
      for (const child of table.childrenOf(pid)) take(child);
    for (const identity of this.#members.values()) if (!table.isAlive(identity)) left.push(identity);
    for (const { pid } of left) {
      this.#members.delete(pid);
      this.#adopted.delete(pid);
    }
    for (const pid of this.#refused) if (table.look(pid) === null) this.#refused.delete(pid);
    return { joined, left };
  }

  /** Lets go of a process that turned out to belong elsewhere. */
  release(pid: number): void {
    this.#members.delete(pid);
    this.#refused.add(pid);
  }

  /** The root first, then from the oldest known on. */
  pids(): readonly number[] {
    return [...this.#members.keys()];
  }
}
