/** The sampler itself: follows, runs and readings in one tick. Knows no socket and no timer. */

import type { StaticFinding } from '../contracts/findings.ts';
import type { RunDetail, RunSummary } from '../contracts/runs.ts';
import type { FollowParams, LiveUpdate, SourceStatus } from '../contracts/samplerProtocol.ts';
import type { SamplerClock } from './clock.ts';
import { type AttributionInput, attribute } from './follow/attribution.ts';
import {
  closeToNew,
  type Follow,
  isClosedToNew,
  isOfNewCommand,
  keepEarlyOutput,
  openFollow,
  scanShell,
} from './follow/follows.ts';
import { GpuEvidence } from './follow/gpuEvidence.ts';
import { LiveRun, type ReadingGroup } from './follow/liveRun.ts';
import { MachineMeters } from './follow/machinePower.ts';
import { isRemote, takeRemote } from './follow/remoteReadings.ts';
import { newRunIdentity } from './follow/runIdentity.ts';
import { setNotices } from './follow/runNotices.ts';
import { SimulatedGpus } from './follow/simulatedGpus.ts';
import { SourceSilence } from './follow/sourceSilence.ts';
import type { ProcessIdentity, ProcessTable } from './processes/processTable.ts';
import type { PythonCommand } from './processes/python.ts';
import { RecentReadings } from './recentReadings.ts';
import { tickSeries } from './runSeries.ts';
import type { SourceKeeper } from './sourceKeeper.ts';
import type { SourceDoor } from './sources/source.ts';
import type { RunStore } from './store/runStore.ts';

export interface SamplerEvents {
  runChanged(run: RunSummary, followId: string | null): void;
  live(update: LiveUpdate): void;
}

export interface SamplerParts {
  readonly keeper: SourceKeeper;
  readonly door: SourceDoor;
  readonly table: ProcessTable;
  readonly store: RunStore;
  readonly clock: SamplerClock;
  readonly rateHz: number;
}

const scanEveryMs = 250;
const liveEveryMs = 250;
const stageEveryMs = 1_000;
/** After the last process the printed rest and the exit code may still come. */
const settleMs = 1_500;
/** Processes that are left when the root has ended get this long, unless they hold a GPU themselves. */
const orphanGraceMs = 10_000;
/** A follow whose client is gone and that has no run is given up after this. */
const orphanedFollowMs = 60_000;
const firstLiveMs = 4_000;
const mostFinished = 4;
/** A host-only tick where no GPU says anything. */
const hostTickEveryMs = 300;

export class Sampler {
  readonly #parts: SamplerParts;
  readonly #events: SamplerEvents;
  readonly #evidence: GpuEvidence;
  readonly #simulated: SimulatedGpus;
  readonly #recent = new RecentReadings();
  readonly #follows = new Map<string, Follow>();
  readonly #runs = new Map<string, LiveRun>();
  /** Runs that ended a moment ago: findings for a short run may come late. */
  readonly #finished = new Map<string, LiveRun>();
  readonly #silence = new SourceSilence();
  readonly #machine = new MachineMeters();
  readonly #rootEndedAt = new Map<string, number>();
  #scanning: Promise<void> | null = null;
  #scannedAtMs = 0;
  #sentLiveAtMs = 0;
  #stagedAtMs = 0;
  /** What the process scans have cost so far, milliseconds. */
  scanCost = { scans: 0, totalMs: 0 };

  constructor(parts: SamplerParts, events: SamplerEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#evidence = new GpuEvidence(parts.table);
    this.#simulated = new SimulatedGpus(parts.door, parts.rateHz);
  }

  /** Whether anything is followed: a sampler without work or clients may end. */
  get busy(): boolean {
    return this.#runs.size > 0 || this.#follows.size > 0;
  }

  get liveRuns(): ReadonlyMap<string, LiveRun> {
    return this.#runs;
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
        this.#runs.set(run.runId, run);
        run.stage(clock.nowMs());
      } else store.stageRun({ ...stored, detail: { ...detail, state: 'interrupted' } });
    }
    store.flush(clock.nowMs());
    if (this.#runs.size > 0) await this.scan();
  }

  async follow(params: FollowParams): Promise<string | null> {
    const known = this.#follows.get(params.followId);
    if (known !== undefined) {
      known.orphanedMs = null;
      return known.runIds.at(-1) ?? null;
    }
    const { table, door, clock } = this.#parts;
    // Known at once: output may follow in the same breath.
    const follow = openFollow(params, table, door.nowMs());
    if (params.anchor === 'shell' && params.command !== '') this.#takeShellOver(follow);
    this.#follows.set(params.followId, follow);
    await table.refresh();
    if (params.anchor === 'process') {
      const found = table.look(params.pid);
      const again = [...this.#runs.values()].find((run) => run.identity.root.pid === params.pid);
      if (again !== undefined) this.#adopt(follow, again);
      else if (found !== null) this.#open(follow, found, this.#evidence.python(found));
      else if (!table.supported) this.#open(follow, { pid: params.pid, start: String(clock.wallMs()) }, null);
    }
    await this.scan();
    return follow.runIds.at(-1) ?? null;
  }

  /**
   * A shell runs one command at a time, so what was followed in it before gets no new processes. A follow without a
   * command only looks for what nobody had told of; it may have met the program of this very command before the
   * shell's report came, and gives it back.
   */
  #takeShellOver(follow: Follow): void {
    const { params } = follow;
    for (const other of this.#follows.values()) {
      if (other.params.anchor !== 'shell' || other.params.pid !== params.pid) continue;
      closeToNew(other);
      if (other.params.command !== '' || other.ended !== null) continue;
      for (const run of this.#runs.values()) {
        if (run.followId !== other.params.followId) continue;
        if (!isOfNewCommand(run.identity.root, this.#parts.table)) continue;
        other.runIds.splice(other.runIds.indexOf(run.runId), 1);
        run.relabel(params);
        this.#adopt(follow, run);
      }
    }
  }

  async followEnd(followId: string, exitCode: number | null): Promise<void> {
    const follow = this.#follows.get(followId);
    if (follow === undefined) return;
    // What the command started in the background has to be seen before the shell is let go.
    await this.scan();
    // The code of a command whose process still lives in the background is not that process's.
    const last = this.#runs.get(follow.runIds.at(-1) ?? '');
    const lives =
      follow.params.anchor === 'shell' && last !== undefined && last.endedMs === null && last.tree.rootAlive;
    follow.ended = { exitCode: lives ? null : exitCode };
    closeToNew(follow);
    await this.scan();
  }

  /** The client that owns these follows is gone; runs go on. */
  clientGone(followIds: Iterable<string>): void {
    for (const followId of followIds) {
      const follow = this.#follows.get(followId);
      if (follow !== undefined) follow.orphanedMs = this.#parts.door.nowMs();
    }
  }

  output(followId: string, text: string): void {
    const follow = this.#follows.get(followId);
    if (follow === undefined) return;
    const nowMs = this.#parts.clock.nowMs();
    const run = this.#runs.get(follow.runIds.at(-1) ?? '');
    if (run === undefined) keepEarlyOutput(follow, text, nowMs);
    else run.addOutput(text, nowMs);
  }

  setFindings(runId: string, findings: readonly StaticFinding[]): void {
    const run = this.#runs.get(runId) ?? this.#finished.get(runId);
    if (run === undefined) return;
    run.setFindings(findings);
    run.stage(this.#parts.clock.nowMs());
    this.#changed(run);
  }

  /** The newest state of a live run. */
  detail(runId: string): RunDetail | null {
    return this.#runs.get(runId)?.detail(this.#parts.clock.nowMs()) ?? null;
  }

  /** Gives a live run up, for deletion. */
  drop(runId: string): void {
    const run = this.#runs.get(runId);
    run?.host.close();
    this.#runs.delete(runId);
    this.#finished.delete(runId);
  }

  /** Looks at the main threads of the runs. */
  sampleHosts(): void {
    if (this.#runs.size === 0) return;
    const nowMs = this.#parts.clock.nowMs();
    for (const run of this.#runs.values())
      if (run.endedMs === null) run.host.sample(nowMs - run.identity.clockZeroMs);
  }

  get hasRuns(): boolean {
    return this.#runs.size > 0;
  }

  /** One round: readings in, runs on, store and clients told. */
  tick(): void {
    const { clock, keeper, store } = this.#parts;
    const sleptMs = clock.noticeSleep();
    const nowMs = clock.nowMs();
    if (sleptMs > 0)
      for (const run of this.#runs.values()) run.addGap(gap(run, nowMs - sleptMs, nowMs, 'suspended'));
    const gpus = this.#machine.take(keeper.read(), keeper.devices(), nowMs);
    const readings = [...gpus, ...this.#simulated.read()].map((reading) => ({
      ...reading,
      timeMs: Math.min(nowMs, clock.fromMonotonic(reading.timeMs)),
    }));
    const groups = [
      ...this.#recent.add(readings.filter((reading) => !isRemote(reading))),
      ...takeRemote(readings.filter(isRemote), this.#runs, store, nowMs),
    ];
    if (this.#runs.size > 0) this.#recent.record(store, nowMs);
    for (const run of this.#runs.values()) this.#tickRun(run, groups, nowMs);
    if (this.busy && nowMs - this.#scannedAtMs >= scanEveryMs) void this.scan();
    if (nowMs - this.#sentLiveAtMs >= liveEveryMs) {
      this.#sentLiveAtMs = nowMs;
      for (const run of this.#runs.values()) this.#sendLive(run, nowMs);
    }
    if (nowMs - this.#stagedAtMs >= stageEveryMs) {
      this.#stagedAtMs = nowMs;
      for (const run of this.#runs.values()) run.stage(nowMs);
    }
    store.flush(nowMs);
  }

  #tickRun(run: LiveRun, groups: readonly ReadingGroup[], nowMs: number): void {
    const { keeper, table } = this.#parts;
    const runMs = nowMs - run.identity.clockZeroMs;
    if (run.endedMs === null) {
      run.machinePower = this.#machine.power(nowMs);
      this.#silence.notice(run, groups, runMs, keeper);
      for (const group of groups) run.addReadings(group);
      if (runMs - run.lastTickMs >= hostTickEveryMs) run.addReadings({ timeMs: nowMs, readings: [] });
      run.host.measure(run.tree.pids(), runMs);
      if (run.tree.rootAlive && !table.isAlive(run.tree.root)) void this.scan();
    }
    run.drain(nowMs);
    if (this.#silence.note(run, keeper)) this.#changed(run);
  }

  #sendLive(run: LiveRun, nowMs: number): void {
    // The first update holds everything, so it waits until the GPUs are known, or are not to be expected.
    if (run.devices.size === 0 && run.durationMs(nowMs) < firstLiveMs && run.endedMs === null) return;
    const { ticks, wasteChanged } = run.takeLive();
    if (ticks.length === 0 && !wasteChanged) return;
    const { totals, waste } = run.snapshot();
    this.#events.live({
      runId: run.runId,
      durationMs: run.durationMs(nowMs),
      block: tickSeries(ticks),
      totals,
      steps: run.steps(),
      waste: wasteChanged ? waste : null,
    });
  }

  /** Looks at the processes: new runs, joined GPUs, ended runs. Calls while one is under way share it. */
  scan(): Promise<void> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = null;
    });
    return this.#scanning;
  }

  async #scan(): Promise<void> {
    const { table, door, keeper, clock } = this.#parts;
    const fromMs = door.nowMs();
    this.#scannedAtMs = clock.nowMs();
    await table.refresh();
    const listed = keeper.processes();
    const listedPids = new Set((listed ?? []).map(({ pid }) => pid));
    for (const run of this.#runs.values()) {
      const { left } = run.tree.update(table, [], ({ pid }) => !this.#owner(pid, run));
      for (const identity of left) this.#evidence.forget(identity);
    }
    for (const follow of this.#follows.values()) {
      const found = scanShell(
        follow,
        table,
        this.#evidence,
        listedPids,
        door.nowMs(),
        (pid) => this.#owner(pid) !== undefined,
      );
      for (const { root, python } of found) this.#open(follow, root, python);
      this.#linkResumed(follow);
    }
    this.#followSimulated();
    const realRuns = [...this.#runs.values()].filter((run) => !run.simulated).length;
    const input: AttributionInput = { table, keeper, simulated: this.#simulated, listed, realRuns };
    for (const run of this.#runs.values()) this.#updateRun(run, input, listedPids);
    this.#dropFollows();
    this.scanCost = {
      scans: this.scanCost.scans + 1,
      totalMs: this.scanCost.totalMs + door.nowMs() - fromMs,
    };
  }

  #owner(pid: number, except?: LiveRun): LiveRun | undefined {
    for (const run of this.#runs.values()) if (run !== except && run.tree.members.has(pid)) return run;
    return undefined;
  }

  /** A run that was resumed belongs to the follow whose shell or process it descends from. */
  #linkResumed(follow: Follow): void {
    if (follow.params.anchor !== 'shell' || isClosedToNew(follow)) return;
    for (const run of this.#runs.values()) {
      if (run.followId !== null) continue;
      const parents = new Set<number>();
      for (
        let pid: number | undefined = run.identity.root.pid;
        pid !== undefined && pid > 1 && !parents.has(pid);
      ) {
        parents.add(pid);
        pid = this.#parts.table.look(pid)?.parentPid;
      }
      if (parents.has(follow.params.pid)) this.#adopt(follow, run);
    }
  }

  #adopt(follow: Follow, run: LiveRun): void {
    run.followId = follow.params.followId;
    follow.runIds.push(run.runId);
    this.#changed(run);
  }

  #open(follow: Follow, root: ProcessIdentity, python: PythonCommand | null): void {
    const { table, clock, store } = this.#parts;
    const nowMs = clock.nowMs();
    const identity = newRunIdentity(follow.params, root, python, store.nextRunNumber(), table, clock);
    const run = new LiveRun(identity, table, store);
    run.followId = follow.params.followId;
    follow.runIds.push(run.runId);
    this.#runs.set(run.runId, run);
    run.tree.update(table, [], ({ pid }) => this.#owner(pid, run) === undefined);
    this.#recent.recordSince(store, identity.clockZeroMs);
    for (const group of this.#recent.since(identity.clockZeroMs)) run.addReadings(group);
    for (const output of follow.earlyOutput.splice(0)) run.addOutput(output.text, output.timeMs);
    run.stage(nowMs);
    store.flush(nowMs);
    this.#changed(run);
  }

  #followSimulated(): void {
    const byFile = new Map<string, Set<number>>();
    for (const run of this.#runs.values()) {
      for (const identity of run.tree.members.values()) {
        const file = this.#evidence.simulatedFile(identity);
        if (file === null) continue;
        const pids = byFile.get(file) ?? new Set<number>();
        byFile.set(file, pids.add(identity.pid));
      }
    }
    this.#simulated.follow(byFile);
  }

  #updateRun(run: LiveRun, input: AttributionInput, listed: ReadonlySet<number>): void {
    const { door, clock } = this.#parts;
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
    if (changed) this.#changed(run);
    this.#endIfOver(run, users.length > 0, runMs);
  }

  #endIfOver(run: LiveRun, holdsGpu: boolean, runMs: number): void {
    const follow = run.followId === null ? undefined : this.#follows.get(run.followId);
    if (run.endedMs === null) {
      if (run.tree.rootAlive) return;
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
    this.#finish(run);
  }

  #finish(run: LiveRun): void {
    const nowMs = this.#parts.clock.nowMs();
    run.drain(nowMs, true);
    this.#silence.end(run, run.durationMs(nowMs));
    this.#sendLive(run, nowMs);
    run.state = 'ended';
    run.stage(nowMs, true);
    this.#parts.store.flush(nowMs);
    this.#runs.delete(run.runId);
    this.#finished.set(run.runId, run);
    for (const old of [...this.#finished.keys()].slice(0, -mostFinished)) this.#finished.delete(old);
    this.#rootEndedAt.delete(run.runId);
    this.#changed(run);
  }

  #dropFollows(): void {
    const nowMs = this.#parts.door.nowMs();
    for (const [followId, follow] of this.#follows) {
      if (follow.runIds.some((runId) => this.#runs.has(runId))) continue;
      const shellGone = this.#parts.table.look(follow.params.pid) === null;
      const empty = follow.tree === null || follow.tree.members.size === 0;
      const given = follow.orphanedMs !== null && nowMs - follow.orphanedMs > orphanedFollowMs;
      // A process that was already gone when it was to be followed has nothing to wait for.
      const over = follow.ended !== null && empty;
      const never = follow.params.anchor === 'process' && shellGone && nowMs - follow.openedMs > settleMs;
      if (over || given || never || (shellGone && empty)) this.#follows.delete(followId);
    }
  }

  #changed(run: LiveRun): void {
    this.#events.runChanged(summaryOf(run.detail(this.#parts.clock.nowMs())), run.followId);
  }

  statuses(): readonly SourceStatus[] {
    const devices = this.#simulated.devices();
    if (devices.length === 0) return this.#parts.keeper.statuses();
    const detail = `${devices.length} simulated GPU${devices.length === 1 ? '' : 's'}: ${devices[0]?.name ?? ''}.`;
    return [
      ...this.#parts.keeper.statuses(),
      {
        id: 'simulated',
        label: 'Simulated GPU',
        state: 'found',
        reason: null,
        detail,
        remedy: null,
        deviceCount: devices.length,
      },
    ];
  }

  /** Writes what is known, for the end of the sampler; live runs stay live for the next one. */
  close(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const run of this.#runs.values()) {
      run.drain(nowMs, true);
      run.stage(nowMs);
      run.host.close();
    }
    this.#parts.store.flushAll(nowMs);
    this.#simulated.closeAll();
    this.#parts.keeper.close();
  }
}

function gap(
  run: LiveRun,
  fromMs: number,
  toMs: number,
  reason: 'suspended',
): Parameters<LiveRun['addGap']>[0] {
  const { clockZeroMs } = run.identity;
  return { fromMs: Math.max(0, fromMs - clockZeroMs), toMs: toMs - clockZeroMs, reason };
}

export function summaryOf(detail: RunDetail): RunSummary {
  const {
    waste: _waste,
    gaps: _gaps,
    stepMarks: _marks,
    notices: _notices,
    hints: _hints,
    ...summary
  } = detail;
  return summary;
}
