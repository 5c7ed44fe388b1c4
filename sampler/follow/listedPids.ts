/**
 * Which of the numbers that a driver tells are processes of ours. In a container an older driver tells the numbers of
 * the host, and one of those may be that of some other process in here: one that is nobody's here gives all away.
 */

import { readlinkSync } from 'node:fs';
import type { ProcessTable } from '../processes/processTable.ts';
import type { DeviceProcess } from '../sources/source.ts';

/** What Linux calls the namespace that it starts with (`PROC_PID_INIT_INO`). */
const firstNamespace = 'pid:[4026531836]';

function inOwnNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') !== firstNamespace;
  } catch {
    return false;
  }
}

export class ListedPids {
  readonly #table: Pick<ProcessTable, 'look'>;
  readonly #mayBeForeign: boolean;
  /** Seen alive here while it was listed: it may stay in the list for a moment when it has ended. */
  #known = new Set<number>();

  constructor(table: Pick<ProcessTable, 'look'>, mayBeForeign = inOwnNamespace()) {
    this.#table = table;
    this.#mayBeForeign = mayBeForeign;
  }

  /** Null where the list says nothing about processes here. */
  believed(listed: readonly DeviceProcess[] | null): readonly DeviceProcess[] | null {
    if (listed === null || !this.#mayBeForeign) return listed;
    const known = listed.map(({ pid }) => pid).filter((pid) => this.#known.has(pid) || this.#isHere(pid));
    this.#known = new Set(known);
    return known.length === listed.length ? listed : null;
  }

  #isHere(pid: number): boolean {
    return this.#table.look(pid) !== null;
  }
}
