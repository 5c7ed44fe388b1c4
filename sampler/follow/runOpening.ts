/** Opens a run: from what a scan found, from a process that somebody named, from a cell that takes long. */

import { dirname } from 'node:path';
import type { ProcessIdentity } from '../processes/processTable.ts';
import type { PythonCommand } from '../processes/python.ts';
import type { RecentReadings } from '../recentReadings.ts';
import { timeZone } from '../timeZone.ts';
import { type Follow, takeEarlyOutput } from './follows.ts';
import { gitState } from './gitState.ts';
import type { GpuEvidence } from './gpuEvidence.ts';
import { isLongCell, kernelOf } from './kernels.ts';
import { LiveRun } from './liveRun.ts';
import type { RunBook } from './runBook.ts';
import { interpreterOf, newRunIdentity, pythonAmong } from './runIdentity.ts';
import type { RunJoining } from './runJoining.ts';
import type { ScannerParts } from './runScanner.ts';

export interface OpeningDoors {
  changed(run: LiveRun): void;
  stir(): void;
}

export class RunOpening {
  readonly #parts: ScannerParts;
  readonly #book: RunBook;
  readonly #recent: RecentReadings;
  readonly #evidence: GpuEvidence;
  readonly #joining: RunJoining;
  readonly #doors: OpeningDoors;

  constructor(
    parts: ScannerParts,
    book: RunBook,
    recent: RecentReadings,
    evidence: GpuEvidence,
    joining: RunJoining,
    doors: OpeningDoors,
  ) {
    this.#parts = parts;
    this.#book = book;
    this.#recent = recent;
    this.#evidence = evidence;
    this.#joining = joining;
    this.#doors = doors;
  }

  /** Runs whose interpreter is known to be Python. */
  readonly #pythonSeen = new WeakSet<LiveRun>();

  /**
   * Opens a run with the process that is to be followed, or takes up the one that it is already. What somebody attaches to
   * counts from then on: nothing is known of the time before.
   */
  openAt(follow: Follow, found: ProcessIdentity | null): void {
    // Somebody wants this process after all.
    for (const tree of this.#book.letGo)
      if (tree.root.pid === follow.params.pid) this.#book.letGo.delete(tree);
    const again = [...this.#book.runs.values()].find((run) => run.identity.root.pid === follow.params.pid);
    if (again !== undefined) this.#joining.adopt(follow, again);
    else if (found !== null)
      this.open(
        follow,
        found,
        this.#evidence.python(found),
        follow.params.origin === 'attach' ? 0 : undefined,
      );
  }

  /** @param ageMs time since the run began; that of its process where it is not given */
  open(follow: Follow, root: ProcessIdentity, python: PythonCommand | null, ageMs?: number): void {
    const { table, clock, store } = this.#parts;
    const nowMs = clock.nowMs();
    const age = ageMs ?? table.look(root.pid)?.ageMs ?? 0;
    const number = store.nextRunNumber();
    const identity = newRunIdentity(follow.params, root, python, number, age, table, clock);
    const run = new LiveRun(identity, table, store);
    run.wall = this.#parts.wallMeter();
    this.#book.adopt(follow, run);
    this.#book.runs.set(run.runId, run);
    run.tree.update(table, [], ({ pid }) => !this.#book.isTaken(pid, run));
    const missed = this.#recent.since(identity.clockZeroMs);
    this.#recent.record(missed, store, identity.clockZeroMs);
    for (const group of missed) run.addReadings(group);
    takeEarlyOutput(follow, run);
    void this.#noteSetting(run, root);
    run.stage(nowMs);
    store.flush(nowMs);
    this.#doors.stir();
    this.#doors.changed(run);
  }

  /** Git may take a second in a large repository: the run does not wait for it. */
  async #noteSetting(run: LiveRun, root: ProcessIdentity): Promise<void> {
    const { table, door, clock } = this.#parts;
    const interpreter = interpreterOf(pythonAmong(run.tree.pids(), table) ?? root.pid, table);
    const gridZone = this.#parts.gridZone();
    run.setting = {
      interpreter,
      git: null,
      timeZone: timeZone(),
      ...(gridZone === null ? {} : { gridZone }),
    };
    const { script, cwd } = run.identity;
    const git = await gitState(door, script === null ? cwd : dirname(script));
    if (git === null) return;
    run.setting = { ...run.setting, git };
    run.stage(clock.nowMs());
    this.#doors.changed(run);
  }

  /** A shim becomes the program it stands for, or starts it, some time after the run began. */
  noteInterpreter(run: LiveRun): void {
    const { table, clock } = this.#parts;
    if (run.setting === null || this.#pythonSeen.has(run)) return;
    const pid = pythonAmong(run.tree.pids(), table);
    if (pid === undefined) return;
    this.#pythonSeen.add(run);
    run.setting = { ...run.setting, interpreter: interpreterOf(pid, table) };
    run.stage(clock.nowMs());
  }

  openCell(follow: Follow, listed: ReadonlySet<number>, owned: (pid: number) => boolean): void {
    const { table, door } = this.#parts;
    const nowMs = door.nowMs();
    if (follow.runIds.length > 0 || !isLongCell(follow, nowMs)) return;
    const kernel = kernelOf(follow, table, this.#evidence, listed, nowMs, owned);
    if (kernel !== null) this.open(follow, kernel, null, nowMs - follow.openedMs);
  }
}
