/** Looks at the processes: new runs, joined GPUs, ended runs. */

import { dirname } from 'node:path';
import type { RunSummary, WallMeter } from '../../contracts/runs.ts';
import type { SamplerClock } from '../clock.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import type { PythonCommand } from '../processes/python.ts';
import type { RecentReadings } from '../recentReadings.ts';
import { runSummary } from '../runSummary.ts';
import type { SourceKeeper } from '../sourceKeeper.ts';
import type { SourceDoor } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import { type AttributionInput, attribute } from './attribution.ts';
import { closeToNew, type Follow, isClosedToNew, isOfNewCommand, scanShell } from './follows.ts';
import { gitState } from './gitState.ts';
import { GpuEvidence } from './gpuEvidence.ts';
import { isCell, isLongCell, kernelOf } from './kernels.ts';
import { ListedPids } from './listedPids.ts';
import { LiveRun } from './liveRun.ts';
import type { RunBook } from './runBook.ts';
import { interpreterOf, newRunIdentity } from './runIdentity.ts';
import { setNotices } from './runNotices.ts';
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
}

export interface ScannerEvents {
  runChanged(run: RunSummary, followId: string | null): void;
  /** A run that is found to have ended takes no more readings: what has arrived is to be given to it now. */
  beforeEnds(): void;
  /** The processes of the run are gone and its exit code is known, or will not come. */
  runOver(run: LiveRun): void;
}

/** After the last process the printed rest and the exit code may still come. */
const settleMs = 1_500;
/** Processes that are left when the root has ended get this long, unless they hold a GPU themselves. */
const orphanGraceMs = 10_000;
/** A follow whose client is gone and that has no run is given up after this. */
const orphanedFollowMs = 60_000;

export class RunScanner {
  readonly #parts: ScannerParts;
  readonly #book: RunBook;
  readonly #simulated: SimulatedGpus;
  readonly #recent: RecentReadings;
  readonly #events: ScannerEvents;
  readonly #evidence: GpuEvidence;
  readonly #pace = new ScanPace();
  readonly #listedPids: ListedPids;
  readonly #strays: Strays;
  /** Run clock at which the root of a run was first seen to be gone. */
  readonly #rootEndedAt = new Map<string, number>();
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
    this.#recent = recent;
    this.#events = events;
    this.#evidence = new GpuEvidence(parts.table);
    this.#listedPids = new ListedPids(parts.table);
    this.#strays = new Strays(book, parts.table);
  }

  changed(run: LiveRun): void {
    this.#events.runChanged(runSummary(run.detail(this.#parts.clock.nowMs())), run.followId);
  }

  /**
   * Opens a run with the process that is to be followed, or takes up the one that it is already. What somebody attaches to
   * counts from then on: nothing is known of the time before.
   */
  openAt(follow: Follow, found: ProcessIdentity | null): void {
    const again = [...this.#book.runs.values()].find((run) => run.identity.root.pid === follow.params.pid);
    if (again !== undefined) this.#adopt(follow, again);
    else if (found !== null)
      this.#open(
        follow,
        found,
        this.#evidence.python(found),
        follow.params.origin === 'attach' ? 0 : undefined,
      );
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
        if (!isOfNewCommand(run.identity.root, this.#parts.table)) continue;
        other.runIds.splice(other.runIds.indexOf(run.runId), 1);
        run.relabel(params);
        this.#adopt(follow, run);
      }
    }
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
    for (const run of runs.values()) {
      const { joined, left } = run.tree.update(table, [], ({ pid }) => !this.#book.owner(pid, run));
      for (const identity of left) this.#evidence.forget(identity);
      if (joined.length > 0 || left.length > 0) this.stir();
    }
    for (const follow of follows.values()) {
      const owned = (pid: number): boolean => this.#book.owner(pid) !== undefined;
      const { candidates, changed } = scanShell(
        follow,
        table,
        this.#evidence,
        listedPids,
        door.nowMs(),
        owned,
      );
      if (changed) this.stir();
      for (const { root, python } of candidates) this.#open(follow, root, python);
      this.#openCell(follow, listedPids, owned);
      this.#linkResumed(follow);
      this.#join(follow);
    }
    if (this.#strays.take(door.nowMs())) this.stir();
    this.#followSimulated();
    const realRuns = [...runs.values()].filter((run) => !run.simulated).length;
    const input: AttributionInput = { table, keeper, simulated: this.#simulated, listed, realRuns };
    for (const run of runs.values()) this.#update(run, input, listedPids);
    this.#dropFollows();
  }

  #openCell(follow: Follow, listed: ReadonlySet<number>, owned: (pid: number) => boolean): void {
    const { table, door } = this.#parts;
    const nowMs = door.nowMs();
    if (follow.runIds.length > 0 || !isLongCell(follow, nowMs)) return;
    const kernel = kernelOf(follow, table, this.#evidence, listed, nowMs, owned);
    if (kernel !== null) this.#open(follow, kernel, null, nowMs - follow.openedMs);
  }

  /** A run that was resumed belongs to the follow whose shell or process it descends from. */
  #linkResumed(follow: Follow): void {
    if (follow.tree === null || isClosedToNew(follow)) return;
    for (const run of this.#book.runs.values())
      if (run.followId === null && this.#startedBy(follow.params.pid, run)) this.#adopt(follow, run);
  }

  #startedBy(ancestor: number, run: LiveRun): boolean {
    const seen = new Set<number>();
    for (
      let pid: number | undefined = run.identity.root.pid;
      pid !== undefined && pid > 1 && !seen.has(pid);
      pid = this.#parts.table.look(pid)?.parentPid
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
  #join(follow: Follow): void {
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
      this.changed(run);
    }
  }

  #adopt(follow: Follow, run: LiveRun): void {
    this.#book.adopt(follow, run);
    this.changed(run);
  }

  /** @param ageMs time since the run began; that of its process where it is not given */
  #open(follow: Follow, root: ProcessIdentity, python: PythonCommand | null, ageMs?: number): void {
    const { table, clock, store } = this.#parts;
    const nowMs = clock.nowMs();
    const age = ageMs ?? table.look(root.pid)?.ageMs ?? 0;
    const number = store.nextRunNumber();
    const identity = newRunIdentity(follow.params, root, python, number, age, table, clock);
    const run = new LiveRun(identity, table, store);
    run.wall = this.#parts.wallMeter();
    this.#book.adopt(follow, run);
    this.#book.runs.set(run.runId, run);
    run.tree.update(table, [], ({ pid }) => this.#book.owner(pid, run) === undefined);
    const missed = this.#recent.since(identity.clockZeroMs);
    this.#recent.record(missed, store, identity.clockZeroMs);
    for (const group of missed) run.addReadings(group);
    takeEarlyOutput(follow, run);
    void this.#noteSetting(run, root);
    run.stage(nowMs);
    store.flush(nowMs);
    this.stir();
    this.changed(run);
  }

  /** Git may take a second in a large repository: the run does not wait for it. */
  async #noteSetting(run: LiveRun, root: ProcessIdentity): Promise<void> {
    const { table, door, clock } = this.#parts;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const interpreter = interpreterOf(root, table);
    run.setting = { interpreter, git: null, timeZone };
    const { script, cwd } = run.identity;
    const git = await gitState(door, script === null ? cwd : dirname(script));
    if (git === null) return;
    run.setting = { interpreter, git, timeZone };
    run.stage(clock.nowMs());
    this.changed(run);
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
    const script = main === undefined ? null : (this.#evidence.python(main)?.script ?? null);
    let changed = run.setScript(script);
    changed = run.setDevices(attribute(run, input, holdsReal, runMs)) || changed;
    changed = setNotices(run, this.#parts) || changed;
    this.#lookAtSharing(run, input, runMs);
    if (changed) {
      this.stir();
      this.changed(run);
      // A sampler that is killed now must not forget whose readings it took.
      run.stage(clock.nowMs());
      store.flush(clock.nowMs());
    }
    this.#endIfOver(run, users.length > 0, runMs);
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

  #endIfOver(run: LiveRun, holdsGpu: boolean, runMs: number): void {
    const follow = this.#book.followOf(run);
    const cellOver = follow !== undefined && isCell(follow) && (follow.ended ?? follow.orphanedMs) !== null;
    if (run.endedMs === null && cellOver) {
      run.endedMs = runMs;
      run.host.close();
    }
    if (run.endedMs === null) {
      if (run.tree.rootAlive) return;
      this.stir();
      if (run.tree.members.size > 0) {
        const since = this.#rootEndedAt.get(run.runId) ?? runMs;
        this.#rootEndedAt.set(run.runId, since);
        if (holdsGpu || runMs - since < orphanGraceMs) return;
        run.endedMs = since;
      } else run.endedMs = runMs;
      run.host.close();
    }
    const last = follow?.runIds.at(-1) === run.runId;
    const codeMayCome = follow !== undefined && last && follow.ended === null && follow.orphanedMs === null;
    if (codeMayCome && runMs - run.endedMs < settleMs) return;
    if (last && follow.ended !== null) run.exitCode = follow.ended.exitCode;
    this.#rootEndedAt.delete(run.runId);
    this.#events.runOver(run);
    this.changed(run);
  }

  #dropFollows(): void {
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

function takeEarlyOutput(follow: Follow, run: LiveRun): void {
  for (const { text, timeMs } of follow.earlyOutput.splice(0)) run.addOutput(text, timeMs);
}
