/** Which follow a run belongs to where several tell of the same processes: it stays one run. */

import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import { closeToNew, type Follow, isClosedToNew, isOfNewCommand, takeEarlyOutput } from './follows.ts';
import type { LiveRun } from './liveRun.ts';
import type { RunBook } from './runBook.ts';

export class RunJoining {
  readonly #book: RunBook;
  readonly #table: ProcessTable;
  readonly #changed: (run: LiveRun) => void;
  readonly #launchers = new WeakSet<ProcessIdentity>();

  constructor(book: RunBook, table: ProcessTable, changed: (run: LiveRun) => void) {
    this.#book = book;
    this.#table = table;
    this.#changed = changed;
  }

  /**
   * A shell runs one command at a time, so what was followed in it before gets no new processes. A follow without a
   * command only looks for what nobody had told of; it may have met the program of this very command before the
   * shell's report came, and gives it back.
   */
  takeShellOver(follow: Follow): void {
    const { params } = follow;
    for (const other of this.#book.follows.values()) {
      if (other.params.anchor !== 'shell' || other.params.pid !== params.pid) continue;
      closeToNew(other);
      if (other.params.command !== '' || other.ended !== null) continue;
      for (const run of this.#book.runs.values()) {
        if (run.followId !== other.params.followId) continue;
        if (!isOfNewCommand(run.identity.root, this.#table)) continue;
        other.runIds.splice(other.runIds.indexOf(run.runId), 1);
        run.relabel(params);
        this.adopt(follow, run);
      }
    }
  }

  /** A run that was resumed belongs to the follow whose shell or process it descends from. */
  linkResumed(follow: Follow): void {
    if (follow.tree === null || isClosedToNew(follow)) return;
    for (const run of this.#book.runs.values())
      if (run.followId === null && this.#startedBy(follow.params.pid, run)) this.adopt(follow, run);
  }

  /**
   * Whether the process only started what a debugger or a task names: the named program is the run already. It still is
   * no run in the moment between the program's end and its own.
   */
  isLauncher(process: ProcessIdentity): boolean {
    for (const run of this.#book.runs.values())
      if (this.#book.followOf(run)?.params.anchor === 'program' && this.#startedBy(process.pid, run))
        this.#launchers.add(process);
    return this.#launchers.has(process);
  }

  #startedBy(ancestor: number, run: LiveRun): boolean {
    const seen = new Set<number>();
    for (
      let pid: number | undefined = run.identity.root.pid;
      pid !== undefined && pid > 1 && !seen.has(pid);
      pid = this.#table.look(pid)?.parentPid
    ) {
      if (pid === ancestor) return true;
      seen.add(pid);
    }
    return false;
  }

  /**
   * A task or a debugger and the terminal it runs in tell of one run, in any order: the first opens it, the other adds
   * what it knows. What the program prints may come through either.
   */
  join(follow: Follow): void {
    const { params, runIds } = follow;
    if (follow.tree === null || isClosedToNew(follow)) return;
    for (const run of this.#book.runs.values()) {
      if (runIds.includes(run.runId)) continue;
      const opener = this.#book.followOf(run);
      if (params.anchor !== 'program' && opener?.params.anchor !== 'program') continue;
      if (!this.#startedBy(params.pid, run) && !run.tree.members.has(params.pid)) continue;
      runIds.push(run.runId);
      if (params.anchor === 'program') run.relabel(params);
      takeEarlyOutput(follow, run);
      this.#changed(run);
    }
  }

  adopt(follow: Follow, run: LiveRun): void {
    this.#book.adopt(follow, run);
    this.#changed(run);
  }
}
