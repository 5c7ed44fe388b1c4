/** When a run is over, and when a follow has nothing to wait for any more. */

import { isOverCell } from './kernels.ts';
import type { LiveRun } from './liveRun.ts';
import type { RunBook } from './runBook.ts';
import type { ScannerParts } from './runScanner.ts';

/** After the last process the printed rest and the exit code may still come. */
const settleMs = 1_500;
/** Processes that are left when the root has ended get this long, unless they hold a GPU themselves. */
const orphanGraceMs = 10_000;
/** A follow whose client is gone and that has no run is given up after this. */
const orphanedFollowMs = 60_000;

export class RunEnding {
  readonly #parts: Pick<ScannerParts, 'door' | 'table'>;
  readonly #book: RunBook;
  /** Run clock at which the root of a run was first seen to be gone. */
  readonly #rootEndedAt = new Map<string, number>();

  readonly #stir: () => void;

  constructor(parts: Pick<ScannerParts, 'door' | 'table'>, book: RunBook, stir: () => void) {
    this.#parts = parts;
    this.#book = book;
    this.#stir = stir;
  }

  /** Whether the run is over: sets its end and, once that is known or will not come, its exit code. */
  isOver(run: LiveRun, holdsGpu: boolean, runMs: number): boolean {
    const follow = this.#book.followOf(run);
    if (run.endedMs === null && isOverCell(follow)) {
      run.endedMs = runMs;
      run.host.close();
    }
    if (run.endedMs === null) {
      if (run.tree.rootAlive) return false;
      this.#stir();
      if (run.tree.members.size > 0) {
        const since = this.#rootEndedAt.get(run.runId) ?? runMs;
        this.#rootEndedAt.set(run.runId, since);
        if (holdsGpu || runMs - since < orphanGraceMs) return false;
        run.endedMs = since;
      } else run.endedMs = runMs;
      run.host.close();
    }
    const last = follow?.runIds.at(-1) === run.runId;
    const codeMayCome = follow !== undefined && last && follow.ended === null && follow.orphanedMs === null;
    if (codeMayCome && runMs - run.endedMs < settleMs) return false;
    if (last && follow.ended !== null) run.exitCode = follow.ended.exitCode;
    this.#rootEndedAt.delete(run.runId);
    return true;
  }

  /** Ends the run now; its processes go on and are left alone until their end. */
  letGo(run: LiveRun, runMs: number): void {
    run.endedMs = runMs;
    run.host.close();
    run.setNotice('letGo', { message: 'You stopped following this run; its program went on.', remedy: null });
    this.#rootEndedAt.delete(run.runId);
    if (run.tree.members.size > 0) this.#book.letGo.add(run.tree);
  }

  /** Call after the table was read anew. */
  updateLetGo(): void {
    for (const tree of this.#book.letGo) {
      tree.update(this.#parts.table, [], ({ pid }) => this.#book.owner(pid) === undefined);
      if (tree.members.size === 0) this.#book.letGo.delete(tree);
    }
  }

  dropFollows(): void {
    const nowMs = this.#parts.door.nowMs();
    for (const [followId, follow] of this.#book.follows) {
      if (follow.runIds.some((runId) => this.#book.runs.has(runId))) continue;
      const shellGone = this.#parts.table.look(follow.params.pid) === null;
      const empty = follow.tree === null || follow.tree.members.size === 0;
      const given = follow.orphanedMs !== null && nowMs - follow.orphanedMs > orphanedFollowMs;
      // A process that was already gone when it was to be followed has nothing to wait for.
      const over = follow.ended !== null && empty;
      const never = follow.params.anchor === 'process' && shellGone && nowMs - follow.openedMs > settleMs;
      if (over || given || never || (shellGone && empty)) this.#book.follows.delete(followId);
    }
  }
}
