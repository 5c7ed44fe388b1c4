/** Looks at the processes: new runs, joined GPUs, ended runs. */

import type { RunSummary, WallMeter } from '../../contracts/runs.ts';
import type { SamplerClock } from '../clock.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import type { RecentReadings } from '../recentReadings.ts';
import { runSummary } from '../runSummary.ts';
import type { SourceKeeper } from '../sourceKeeper.ts';
import type { SourceDoor } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import { type AttributionInput, attribute } from './attribution.ts';
import { type Follow, isClosedToNew, scanShell } from './follows.ts';
import { GpuEvidence } from './gpuEvidence.ts';
import { ListedPids } from './listedPids.ts';
import type { LiveRun } from './liveRun.ts';
import type { RunBook } from './runBook.ts';
import { RunEnding } from './runEnding.ts';
import { RunJoining } from './runJoining.ts';
import { setNotices } from './runNotices.ts';
import { RunOpening } from './runOpening.ts';
import { ScanPace } from './scanPace.ts';
import type { SimulatedGpus } from './simulatedGpus.ts';
import { Strays } from './strays.ts';

export interface ScannerParts {
  readonly keeper: SourceKeeper;
  readonly door: SourceDoor;
  readonly table: ProcessTable;
  readonly store: RunStore;
  readonly clock: SamplerClock;
  /** For runs that begin now. */
  wallMeter(): WallMeter | null;
  gridZone(): string | null;
}

export interface ScannerEvents {
  runChanged(run: RunSummary, followId: string | null): void;
  /** A run that is found to have ended takes no more readings: what has arrived is to be given to it now. */
  beforeEnds(): void;
  /** The processes of the run are gone and its exit code is known, or will not come. */
  runOver(run: LiveRun): void;
}

/** So long after its start a process may still turn into another program without a new one. */
const shimMs = 60_000;

export class RunScanner {
  readonly #parts: ScannerParts;
  readonly #book: RunBook;
  readonly #simulated: SimulatedGpus;
  readonly #events: ScannerEvents;
  readonly #evidence: GpuEvidence;
  readonly #pace = new ScanPace();
  readonly #listedPids: ListedPids;
  readonly #strays: Strays;
  readonly #joining: RunJoining;
  readonly #opening: RunOpening;
  readonly #ending: RunEnding;
  #scanning: Promise<void> | null = null;

  constructor(
    parts: ScannerParts,
    book: RunBook,
    simulated: SimulatedGpus,
    recent: RecentReadings,
    events: ScannerEvents,
  ) {
    this.#parts = parts;
    this.#book = book;
    this.#simulated = simulated;
    this.#events = events;
    this.#evidence = new GpuEvidence(parts.table);
    this.#listedPids = new ListedPids(parts.table);
    this.#strays = new Strays(book, parts.table);
    this.#joining = new RunJoining(book, parts.table, (run) => this.changed(run));
    this.#opening = new RunOpening(parts, book, recent, this.#evidence, this.#joining, this);
    this.#ending = new RunEnding(parts, book, () => this.stir());
  }

  changed(run: LiveRun): void {
    this.#events.runChanged(runSummary(run.detail(this.#parts.clock.nowMs())), run.followId);
  }

  /** Opens a run with the process that is to be followed, or takes up the one that it is already. */
  openAt(follow: Follow, found: ProcessIdentity | null): void {
    this.#opening.openAt(follow, found);
  }

  /** Somebody no longer wants this run: it ends here, whatever its program does. */
  async letGo(run: LiveRun): Promise<void> {
    await this.scan();
    if (run.endedMs !== null) return;
    this.#ending.letGo(run, this.#parts.clock.nowMs() - run.identity.clockZeroMs);
    this.#events.runOver(run);
    this.changed(run);
  }

  /** A new command in a shell: what was followed there before gets no new processes. */
  takeShellOver(follow: Follow): void {
    this.#joining.takeShellOver(follow);
  }

  scanWhenDue(nowMs: number): void {
    const mayHaveNew = (): boolean => this.#awaitsRun() && this.#parts.table.mayHaveNew();
    if (this.#book.busy && this.#pace.due(nowMs, mayHaveNew)) void this.scan();
  }

  /** Whether a command has no run yet: a short one must be seen while it lives. What joins a run can wait a second. */
  #awaitsRun(): boolean {
    for (const follow of this.#book.follows.values())
      if (follow.tree !== null && !isClosedToNew(follow) && this.#book.newestRun(follow) === undefined)
        return true;
    return false;
  }

  /** Scans when the first process of a run has ended; that of a watched main thread tells by itself. */
  noticeEnds(): void {
    for (const { endedMs, tree, host } of this.#book.runs.values()) {
      if (endedMs !== null || !tree.rootAlive || host.mainPid === tree.root.pid) continue;
      if (!this.#parts.table.isAlive(tree.root)) void this.scan();
    }
  }

  /** Calls while a scan is under way share it. */
  scan(): Promise<void> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = null;
    });
    return this.#scanning;
  }

  /** Something has begun or ended: for a while the processes are looked at more often. */
  stir(): void {
    this.#pace.stir(this.#parts.clock.nowMs());
  }

  async #scan(): Promise<void> {
    const { table, door, keeper, clock } = this.#parts;
    const { runs, follows } = this.#book;
    this.#pace.scanned(clock.nowMs());
    await table.refresh();
    this.#events.beforeEnds();
    this.#evidence.beginScan();
    const listed = this.#listedPids.believed(keeper.processes());
    const listedPids = new Set((listed ?? []).map(({ pid }) => pid));
    this.#ending.updateLetGo();
    this.#strays.noteOwners(door.nowMs());
    for (const run of runs.values()) {
      const { joined, left } = run.tree.update(table, [], ({ pid }) => !this.#book.isTaken(pid, run));
      for (const identity of left) this.#evidence.forget(identity);
      if (joined.length > 0 || left.length > 0) this.stir();
      if (joined.length > 0 || clock.nowMs() - run.identity.clockZeroMs < shimMs)
        this.#opening.noteInterpreter(run);
    }
    for (const follow of follows.values()) {
      const owned = (pid: number): boolean => this.#book.isTaken(pid);
      const { candidates, changed } = scanShell(
        follow,
        table,
        this.#evidence,
        listedPids,
        door.nowMs(),
        owned,
      );
      if (changed) this.stir();
      for (const { root, python } of candidates)
        if (!this.#joining.isLauncher(root)) this.#opening.open(follow, root, python);
      this.#opening.openCell(follow, listedPids, owned);
      this.#joining.linkResumed(follow);
      this.#joining.join(follow);
    }
    if (this.#strays.take(door.nowMs())) this.stir();
    this.#followSimulated();
    const realRuns = [...runs.values()].filter((run) => !run.simulated).length;
    const input: AttributionInput = { table, keeper, simulated: this.#simulated, listed, realRuns };
    for (const run of runs.values()) this.#update(run, input, listedPids);
    this.#ending.dropFollows();
  }

  #followSimulated(): void {
    const seen = [...this.#book.runs.values()].flatMap(({ tree }) =>
      [...tree.members.values()].flatMap((identity) => {
        const file = this.#evidence.simulatedFile(identity);
        return file === null ? [] : { ...identity, file };
      }),
    );
    this.#simulated.follow(seen, this.#parts.table);
  }

  #update(run: LiveRun, input: AttributionInput, listed: ReadonlySet<number>): void {
    const { door, clock, store } = this.#parts;
    const runMs = clock.nowMs() - run.identity.clockZeroMs;
    const found = new Map(
      [...run.tree.members.values()].map((identity) => [
        identity,
        this.#evidence.look(identity, door.nowMs(), listed.has(identity.pid)),
      ]),
    );
    const users = [...found].flatMap(([identity, sign]) =>
      sign === 'held' || sign === 'simulated' ? identity : [],
    );
    // A process with a simulated GPU is never given a real one by elimination.
    const holdsReal = users.length > 0 && users.every((identity) => found.get(identity) === 'held');
    const main = users[0] ?? run.tree.members.values().next().value;
    const watched = run.host.mainPid;
    if (main !== undefined && !users.some(({ pid }) => pid === watched)) run.host.watch(main.pid);
    const simulating = users.find((identity) => found.get(identity) === 'simulated');
    if (simulating !== undefined) {
      run.simulatedFile = this.#evidence.simulatedFile(simulating);
      run.simulatedPids.add(simulating.pid);
    }
    const script = main === undefined ? null : (this.#evidence.python(main)?.script ?? null);
    let changed = run.setScript(script);
    changed = run.setDevices(attribute(run, input, holdsReal, runMs)) || changed;
    changed = setNotices(run, { ...this.#parts, simulated: this.#simulated }) || changed;
    this.#lookAtSharing(run, input, runMs);
    if (changed) {
      this.stir();
      this.changed(run);
      // A sampler that is killed now must not forget whose readings it took.
      run.stage(clock.nowMs());
      store.flush(clock.nowMs());
    }
    if (!this.#ending.isOver(run, users.length > 0, runMs)) return;
    this.#events.runOver(run);
    this.changed(run);
  }

  #lookAtSharing(run: LiveRun, { keeper, simulated, listed }: AttributionInput, runMs: number): void {
    const processes = run.simulated ? simulated.processes() : listed;
    const argumentsOf = (pid: number): readonly string[] | null => this.#parts.table.argumentsOf(pid);
    run.sharing.look(
      run,
      { listed: processes, activity: (uuid) => keeper.activity(uuid), argumentsOf },
      runMs,
    );
  }
}
