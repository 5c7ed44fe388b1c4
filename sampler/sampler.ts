/** The sampler itself: follows, runs and readings in one tick. Knows no socket and no timer. */

import type { StaticFinding } from '../contracts/findings.ts';
import type { Gap, RunDetail, RunSummary } from '../contracts/runs.ts';
import type { FollowParams, GpuHolder, SourceStatus } from '../contracts/samplerProtocol.ts';
import { closeToNew, keepEarlyOutput, openFollow } from './follow/follows.ts';
import { gpuHolders } from './follow/gpuHolders.ts';
import { IdleHolds } from './follow/idleHolds.ts';
import { IdleMeters } from './follow/idleMeters.ts';
import { KernelHolds } from './follow/kernelHolds.ts';
import { ListedPids } from './follow/listedPids.ts';
import { LiveFeed, type LiveListeners } from './follow/liveFeed.ts';
import { LiveRun, type ReadingGroup } from './follow/liveRun.ts';
import { MachineMeters } from './follow/machinePower.ts';
import { onSamplerClock, ProbeFiles } from './follow/probeFiles.ts';
import { isRemote, takeRemote } from './follow/remoteReadings.ts';
import { RunBook } from './follow/runBook.ts';
import { RunScanner, type ScannerParts } from './follow/runScanner.ts';
import { SimulatedGpus } from './follow/simulatedGpus.ts';
import { SourceSilence } from './follow/sourceSilence.ts';
import { RecentReadings } from './recentReadings.ts';
import type { KeptLabels } from './runLabels.ts';
import type { DeviceProcess, DeviceReading } from './sources/source.ts';

export interface SamplerEvents extends LiveListeners {
  runChanged(run: RunSummary, followId: string | null): void;
}

export interface SamplerParts extends ScannerParts {
  readonly rateHz: number;
  /** Where the probes of programs write; null where there is no such place. */
  readonly probeFolder: string | null;
}

/**
 * Readings are taken at the wanted rate and worked up together a few times a second: most of what a round costs is
 * that the processor has to fetch the code again.
 */
const advanceEveryMs = 380;
/** Each second advance: less than a second is lost when the sampler is killed, the readings under way among it. */
const storeEveryMs = 750;
/** A main thread that reads nothing: the kernel counts what it does, and each look costs the kernel a text. */
const seldomLookMs = 180;
/** A host-only tick where no GPU says anything. */
const hostTickEveryMs = 300;

export class Sampler {
  readonly #parts: SamplerParts;
  readonly #book = new RunBook();
  readonly #simulated: SimulatedGpus;
  readonly #recent = new RecentReadings();
  readonly #silence = new SourceSilence();
  readonly #meters = new IdleMeters();
  readonly #idle = new IdleHolds(this.#meters);
  readonly #kernels: KernelHolds;
  readonly #listedPids: ListedPids;
  readonly #machine = new MachineMeters();
  readonly #scanner: RunScanner;
  readonly #feed: LiveFeed;
  readonly #probes: ProbeFiles;
  /** Readings since the last advance, sampler time. */
  #arrived: DeviceReading[] = [];
  #advancedAtMs = 0;
  #storedAtMs = 0;
  #lookedAtMs = 0;

  constructor(parts: SamplerParts, events: SamplerEvents) {
    this.#parts = parts;
    this.#listedPids = new ListedPids(parts.table);
    this.#simulated = new SimulatedGpus(parts.door, parts.rateHz);
    this.#feed = new LiveFeed(events);
    this.#kernels = new KernelHolds({
      table: parts.table,
      store: parts.store,
      book: this.#book,
      meters: this.#meters,
      holdersOf: (uuid) => this.#holdersOf(uuid),
      changed: (run, followId) => events.runChanged(run, followId),
    });
    this.#probes = new ProbeFiles(parts.probeFolder);
    this.#scanner = new RunScanner(parts, this.#book, this.#simulated, this.#recent, {
      runChanged: (run, followId) => events.runChanged(run, followId),
      beforeEnds: () => this.#takeIn(parts.clock.nowMs()),
      runOver: (run) => this.#finish(run),
    });
  }

  /** Whether anything is followed: a sampler without work or clients may end. */
  get busy(): boolean {
    return this.#book.busy;
  }

  get liveRuns(): ReadonlyMap<string, LiveRun> {
    return this.#book.runs;
  }

  get simulatedGpus(): SimulatedGpus {
    return this.#simulated;
  }

  setRate(rateHz: number): void {
    this.#simulated.setRate(rateHz);
  }

  /** Takes up the runs that the sampler before this one left live. */
  async resume(): Promise<void> {
    const { store, table, clock } = this.#parts;
    await table.refresh();
    for (const stored of store.leftLive()) {
      const { detail, processStart } = stored;
      if (table.isAlive({ pid: detail.pid, start: processStart })) {
        const run = LiveRun.resume(stored, table, store, clock.nowMs());
        this.#book.runs.set(run.runId, run);
        run.stage(clock.nowMs());
      } else store.stageRun({ ...stored, detail: { ...detail, state: 'interrupted' } });
    }
    store.flush(clock.nowMs());
    if (this.#book.runs.size > 0) await this.#scanner.scan();
  }

  async follow(params: FollowParams): Promise<string | null> {
    const known = this.#book.follows.get(params.followId);
    if (known !== undefined) {
      known.orphanedMs = null;
      return known.runIds.at(-1) ?? null;
    }
    const { table, door, clock } = this.#parts;
    if (params.start !== undefined && table.look(params.pid)?.start !== params.start) return null;
    // Known at once: output may follow in the same breath.
    const follow = openFollow(params, table, door.nowMs());
    if (params.anchor === 'shell' && params.command !== '') this.#scanner.takeShellOver(follow);
    this.#book.follows.set(params.followId, follow);
    this.#scanner.stir();
    await table.refresh();
    if (params.anchor === 'process') {
      const unseen = table.supported ? null : { pid: params.pid, start: String(clock.wallMs()) };
      this.#scanner.openAt(follow, table.look(params.pid) ?? unseen);
    }
    await this.#scanner.scan();
    return follow.runIds.at(-1) ?? null;
  }

  async followEnd(followId: string, exitCode: number | null): Promise<void> {
    const follow = this.#book.follows.get(followId);
    if (follow === undefined) return;
    this.#scanner.stir();
    // What the command started in the background has to be seen before the shell is let go.
    await this.#scanner.scan();
    // The code of a command whose process still lives in the background is not that process's.
    const last = this.#book.newestRun(follow);
    const lives =
      follow.tree?.hasAdopted === true ||
      (follow.tree !== null &&
        last !== undefined &&
        last.endedMs === null &&
        (last.tree.rootAlive || last.tree.hasAdopted));
    follow.ended = { exitCode: lives ? null : exitCode };
    closeToNew(follow);
    await this.#scanner.scan();
  }

  /** Ends a run without touching its program. */
  async stopFollowing(runId: string): Promise<void> {
    const run = this.#book.runs.get(runId);
    if (run !== undefined) await this.#scanner.letGo(run);
  }

  /** The client that owns these follows is gone; runs go on. */
  clientGone(followIds: Iterable<string>): void {
    for (const followId of followIds) {
      const follow = this.#book.follows.get(followId);
      if (follow !== undefined) follow.orphanedMs = this.#parts.door.nowMs();
    }
  }

  output(followId: string, text: string): void {
    const follow = this.#book.follows.get(followId);
    if (follow === undefined) return;
    const nowMs = this.#parts.clock.nowMs();
    const run = this.#book.newestRun(follow);
    if (run === undefined) keepEarlyOutput(follow, text, nowMs);
    else run.addOutput(text, nowMs);
  }

  setFindings(runId: string, findings: readonly StaticFinding[]): void {
    const run = this.#book.known(runId);
    if (run === undefined) return;
    run.setFindings(findings);
    run.stage(this.#parts.clock.nowMs());
    this.#scanner.changed(run);
  }

  /** What a person wrote of a run that lives or has just ended, so that it is not written over. */
  label(runId: string, labels: KeptLabels): void {
    this.#book.known(runId)?.label(labels);
  }

  /** The newest state of a live run. */
  detail(runId: string): RunDetail | null {
    return this.#book.runs.get(runId)?.detail(this.#parts.clock.nowMs()) ?? null;
  }

  /** Gives a live run up, for deletion. */
  drop(runId: string): void {
    this.#book.drop(runId);
  }

  /** Looks at the main threads of the runs. */
  sampleHosts(): void {
    if (this.#book.runs.size === 0) return;
    const nowMs = this.#parts.clock.nowMs();
    this.#lookedAtMs = nowMs;
    let gone = false;
    for (const run of this.#book.runs.values())
      if (run.endedMs === null) gone = !run.host.sample(nowMs - run.identity.clockZeroMs) || gone;
    // The end of a run is known to the hundredth of a second when its main thread ends with it.
    if (gone) void this.#scanner.scan();
  }

  /** Whether the main threads are worth looks in between the rounds. */
  get wantsCloseLooks(): boolean {
    for (const { host, endedMs } of this.#book.runs.values())
      if (endedMs === null && host.wantsCloseLooks) return true;
    return false;
  }

  get hasRuns(): boolean {
    return this.#book.runs.size > 0;
  }

  /** One round: readings in; a few times a second runs on, store and clients told. */
  tick(): void {
    const { clock, keeper } = this.#parts;
    const sleptMs = clock.noticeSleep();
    const nowMs = clock.nowMs();
    if (sleptMs > 0) this.#passSleep(sleptMs, nowMs);
    // The order is for the driver's library: it works on its own thread meanwhile.
    const gpus = this.#machine.take(keeper.read(), keeper.devices(), nowMs);
    if (this.wantsCloseLooks || nowMs - this.#lookedAtMs >= seldomLookMs) this.sampleHosts();
    this.#scanner.noticeEnds();
    for (const readings of [gpus, this.#simulated.read()])
      for (const reading of readings)
        this.#arrived.push({ ...reading, timeMs: Math.min(nowMs, clock.fromMonotonic(reading.timeMs)) });
    if (nowMs - this.#advancedAtMs >= advanceEveryMs) this.#advance(nowMs);
    this.#scanner.scanWhenDue(nowMs);
  }

  /** What came before the sleep lies before the gap. */
  #passSleep(sleptMs: number, nowMs: number): void {
    this.#advance(nowMs - sleptMs);
    for (const run of this.#book.runs.values()) run.addGap(suspended(run, nowMs - sleptMs, nowMs));
  }

  #advance(nowMs: number): void {
    const { store } = this.#parts;
    const { runs } = this.#book;
    this.#advancedAtMs = nowMs;
    this.#takeIn(nowMs);
    this.#feed.send(runs.values(), nowMs);
    if (nowMs - this.#storedAtMs < storeEveryMs) return;
    this.#storedAtMs = nowMs;
    this.#readProbes();
    for (const run of runs.values()) run.stage(nowMs);
    store.flush(nowMs);
  }

  /** Gives the runs what has arrived. */
  #takeIn(nowMs: number): void {
    const { store } = this.#parts;
    const { runs } = this.#book;
    const readings = this.#arrived;
    this.#arrived = [];
    const local = this.#recent.add(readings.filter((reading) => !isRemote(reading)));
    this.#meters.take(local);
    this.#idle.take(this.#holders(), nowMs);
    if (runs.size > 0) this.#recent.record(local, store, Number.NEGATIVE_INFINITY);
    const groups = [...local, ...takeRemote(readings.filter(isRemote), runs, store, nowMs)];
    for (const run of runs.values()) this.#advanceRun(run, groups, nowMs);
    this.#kernels.take(nowMs);
  }

  #advanceRun(run: LiveRun, groups: readonly ReadingGroup[], nowMs: number): void {
    const { keeper } = this.#parts;
    const runMs = nowMs - run.identity.clockZeroMs;
    const lost = this.#silence.isLost(run, groups, keeper);
    if (run.endedMs === null) {
      run.machinePower = this.#machine.power(nowMs);
      this.#silence.notice(run, groups, runMs, lost);
      for (const group of groups) run.addReadings(group);
      if (runMs - run.lastTickMs >= hostTickEveryMs) run.addReadings({ timeMs: nowMs, readings: [] });
      run.host.measure(run.tree.pids(), runMs);
    }
    run.drain(nowMs);
    if (this.#silence.note(run, lost)) this.#scanner.changed(run);
  }

  /** Gives the runs what their programs' probes have told since the last look. */
  #readProbes(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [runId, told] of this.#probes.read((pid) => this.#runOf(pid), nowMs))
      this.#book.known(runId)?.addProbe(onSamplerClock(told, this.#parts.clock));
  }

  /** Also of a process that has just ended. */
  #runOf(pid: number): string | undefined {
    const owner = this.#book.owner(pid);
    if (owner !== undefined) return owner.runId;
    for (const run of this.#book.runs.values()) if (run.identity.root.pid === pid) return run.runId;
    return undefined;
  }

  #finish(run: LiveRun): void {
    const { store, clock } = this.#parts;
    const nowMs = clock.nowMs();
    run.drain(nowMs, true);
    this.#readProbes();
    for (const told of this.#probes.forget(run.runId, clock.monotonicMs()))
      run.addProbe(onSamplerClock(told, clock));
    this.#silence.end(run, run.durationMs(nowMs));
    this.#feed.sendOne(run, nowMs);
    run.state = 'ended';
    run.stage(nowMs, true);
    store.flush(nowMs);
    this.#kernels.ended(run, nowMs);
    this.#book.finish(run);
  }

  /** Who holds the real GPUs; null where nothing says so about processes here. */
  listedProcesses(): readonly DeviceProcess[] | null {
    return this.#listedPids.believed(this.#parts.keeper.processes());
  }

  /** Whether `listedProcesses` speaks for this GPU. */
  knowsHolders(uuid: string): boolean {
    return this.#parts.keeper.knowsHolders(uuid);
  }

  #holders(): readonly DeviceProcess[] {
    return [...(this.listedProcesses() ?? []), ...this.#simulated.processes()];
  }

  /** Null where nothing tells. */
  #holdersOf(uuid: string): readonly DeviceProcess[] | null {
    const simulated = this.#simulated.devices().some((device) => device.uuid === uuid);
    const told = simulated || (this.knowsHolders(uuid) && this.listedProcesses() !== null);
    return told ? this.#holders().filter((holder) => holder.uuid === uuid) : null;
  }

  /** The user's processes that hold a GPU now. */
  gpuHolders(): readonly GpuHolder[] {
    return gpuHolders({
      ...this.#parts,
      simulated: this.#simulated,
      holders: this.#holders(),
      book: this.#book,
      idle: this.#idle,
      meters: this.#meters,
    });
  }

  statuses(): readonly SourceStatus[] {
    return [...this.#parts.keeper.statuses(), ...this.#simulated.statuses()];
  }

  /** Writes what is known, for the end of the sampler; live runs stay live for the next one. */
  close(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const run of this.#book.runs.values()) {
      run.drain(nowMs, true);
      run.stage(nowMs);
      run.host.close();
    }
    this.#kernels.close(nowMs);
    this.#parts.store.flushAll(nowMs);
    this.#simulated.closeAll();
    this.#parts.keeper.close();
  }
}

/** The time that the machine slept, on the run's clock. */
function suspended({ identity: { clockZeroMs } }: LiveRun, fromMs: number, toMs: number): Gap {
  return { fromMs: Math.max(0, fromMs - clockZeroMs), toMs: toMs - clockZeroMs, reason: 'suspended' };
}
