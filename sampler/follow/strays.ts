/**
 * Processes that have left all their ancestors, as a daemon does by forking twice: nothing leads to them but the tag that
 * the environment of their terminal gave to everything that was started there.
 */

import type { ProcessInfo, ProcessTable } from '../processes/processTable.ts';
import { type Follow, isClosedToNew, mayBeOf, startedBeforeMs } from './follows.ts';
import type { RunBook } from './runBook.ts';

interface Tagged extends ProcessInfo {
  readonly tag: string;
}

/** What leaves its ancestors forks on while its command is over already, and its shell may be gone. */
const lateMs = 1_000;

export class Strays {
  readonly #book: RunBook;
  readonly #table: ProcessTable;
  /** Follows that a stray may belong to, and when each was last open to new processes: monotonic clock, milliseconds. */
  readonly #owners = new Map<Follow, number>();
  /** Tagged processes that nobody claims yet: the report of their command may come late. */
  #unclaimed: readonly number[] = [];

  constructor(book: RunBook, table: ProcessTable) {
    this.#book = book;
    this.#table = table;
  }

  /** Call before the trees are brought up to date: a shell that has ended since the last look still owns what it started. */
  noteOwners(nowMs: number): void {
    for (const follow of this.#book.follows.values())
      if (follow.params.tag !== undefined && follow.tree !== null && !isClosedToNew(follow))
        this.#owners.set(follow, nowMs);
    for (const [follow, openMs] of this.#owners) if (nowMs - openMs > lateMs) this.#owners.delete(follow);
  }

  /**
   * Gives each stray to the run, or else to the follow, that it was started in. The tag is the same for all terminals of a
   * window: the newest of the commands that it is young enough for has it. Call after the trees were brought up to date.
   * @returns whether any was found
   */
  take(nowMs: number): boolean {
    const unclaimed: number[] = [];
    let found = false;
    for (const pid of [...this.#unclaimed, ...this.#table.takeNewcomers()]) {
      const process = this.#tagged(pid);
      if (process === null) continue;
      const { tag, ageMs, parentPid } = process;
      const follow = [...this.#owners.keys()].findLast(
        // Anything else that the editor starts there, as the shell of a new terminal, has a living parent.
        (it) => it.params.tag === tag && it.reapers.has(parentPid) && mayBeOf(it, ageMs, nowMs),
      );
      const tree = follow && (this.#book.newestRun(follow)?.tree ?? follow.tree);
      if (!tree) {
        if (ageMs < startedBeforeMs) unclaimed.push(pid);
        continue;
      }
      tree.adopt({ pid, start: process.start });
      this.#book.follows.set(follow.params.followId, follow);
      // The code of the process that the shell waited for says nothing of the one that went on.
      if (follow.ended !== null) follow.ended = { exitCode: null };
      found = true;
    }
    this.#unclaimed = unclaimed;
    return found;
  }

  /** Null for a process without the tag, and for one that something known leads to. */
  #tagged(pid: number): Tagged | null {
    if (this.#book.isTaken(pid)) return null;
    for (const { tree } of this.#book.follows.values()) if (tree?.members.has(pid)) return null;
    const tag = this.#table.variablesOf(pid).PERJOULE_TAG;
    const found = tag === undefined ? null : this.#table.look(pid);
    return tag === undefined || found === null ? null : { ...found, tag };
  }
}
