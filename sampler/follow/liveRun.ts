/** A run while it lives: its processes, its GPUs, what insight makes of them, and the record that is stored. */

import { basename } from 'node:path';
import type { StaticFinding } from '../../contracts/findings.ts';
import { hostMetricIds } from '../../contracts/metrics.ts';
import type {
  Gap,
  RunDetail,
  RunLabels,
  RunNotice,
  RunOrigin,
  RunSetting,
  RunState,
  RunSummary,
  StepFigures,
  WallMeter,
} from '../../contracts/runs.ts';
import type { FollowParams } from '../../contracts/samplerProtocol.ts';
import type { SharingLook } from '../../contracts/sharing.ts';
import type { WasteItem } from '../../contracts/waste.ts';
import { measuredHints } from '../../insight/measuredHints.ts';
import type { ProbeTold } from '../../insight/probeSteps.ts';
import { createRunInsight, type InsightSnapshot, type RunInsight } from '../../insight/runInsight.ts';
import { stepFigures } from '../../insight/steps.ts';
import type { HostTick, RunTick, StepMark } from '../../insight/ticks.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import type { DeviceReading } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import type { StoredRun } from '../store/runTable.ts';
import { pickValues } from '../store/samples.ts';
import type { TrackKey } from '../store/waiting.ts';
import { type AttributedDevice, recalled, toRunDevice } from './attributedDevice.ts';
import { HostWatch } from './hostWatch.ts';
import type { MachinePower } from './machinePower.ts';
import { ProbedWindows } from './probedWindows.ts';
import { ProcessTree } from './processTree.ts';
import { storedTicks } from './replay.ts';
import { relabelled } from './runIdentity.ts';
import { SharingLooks } from './sharingLooks.ts';

export interface RunIdentity {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
  /** Whether a person chose the name. */
  readonly named: boolean;
  readonly command: string;
  readonly cwd: string;
  readonly script: string | null;
  readonly origin: RunOrigin;
  readonly startedAtMs: number;
  /** Sampler time of the run clock's zero. */
  readonly clockZeroMs: number;
  readonly root: ProcessIdentity;
}

/** Readings of one moment; sampler time. */
export interface ReadingGroup {
  readonly timeMs: number;
  readonly readings: readonly DeviceReading[];
}

/** A tick waits so long at most for the host shares of its interval. */
const longestShareWaitMs = 700;
/** Output kept for a new reading of the whole run, when a GPU joins. */
const mostOutputCharacters = 2 ** 20;
const shownStepMarks = 300;
/** The waste list of a run that lives is worked out anew so often: nobody reads it faster. */
const wasteEveryMs = 1_000;

export class LiveRun {
  #identity: RunIdentity;
  readonly tree: ProcessTree;
  readonly host: HostWatch;
  readonly sharing = new SharingLooks();
  readonly #store: RunStore;
  #insight: RunInsight;
  #devices = new Map<string, AttributedDevice>();
  /** Groups of readings that wait for the host side of their interval; the time is the run's. */
  #queue: { readonly timeMs: number; readonly readings: readonly DeviceReading[] }[] = [];
  #lastTickMs = 0;
  #outputs: { readonly text: string; readonly timeMs: number }[] = [];
  #outputCharacters = 0;
  /** What the probe told, for the same. */
  readonly #probed = new ProbedWindows();
  #gaps: Gap[] = [];
  #notices = new Map<string, RunNotice>();
  #findings: readonly StaticFinding[] = [];
  /** Marks of the time before a sampler restart, whose output is gone. */
  #earlierMarks: readonly StepMark[] = [];
  #savedMarks = 0;
  #snapshot: InsightSnapshot | null = null;
  #live: RunTick[] = [];
  /** Run clock of the newest tick that had a reading of one of the run's GPUs. */
  lastReadingMs = 0;
  #waste: readonly WasteItem[] = [];
  #wasteAtMs = Number.NEGATIVE_INFINITY;
  #toldWaste = { items: this.#waste, text: '[]' };
  /** Power of the machine's processors and memory, as far as it is known now. */
  machinePower: MachinePower = {};
  /** Of this machine, as it was set when the run began. */
  wall: WallMeter | null = null;
  /** Written by a person. */
  notes: Pick<RunSummary, 'note' | 'tags'> = {};
  /** Null until it was looked at. */
  setting: RunSetting | null = null;
  followId: string | null = null;
  state: RunState = 'live';
  exitCode: number | null = null;
  /** Run clock at which the last process was seen to be gone. */
  endedMs: number | null = null;

  constructor(identity: RunIdentity, table: ProcessTable, store: RunStore) {
    this.#identity = identity;
    this.tree = new ProcessTree(identity.root);
    this.host = new HostWatch(table);
    this.#store = store;
    this.#insight = this.#newInsight();
  }

  /** A run that an earlier sampler left live goes on, with a gap since its last sample. */
  static resume(stored: StoredRun, table: ProcessTable, store: RunStore, nowMs: number): LiveRun {
    const { detail, clockZeroMs, processStart } = stored;
    const { runId, number, name, command, cwd, script, origin, startedAtMs } = detail;
    const root = { pid: detail.pid, start: processStart };
    const named = true;
    const identity = {
      runId,
      number,
      name,
      named,
      command,
      cwd,
      script,
      origin,
      startedAtMs,
      clockZeroMs,
      root,
    };
    const run = new LiveRun(identity, table, store);
    run.#earlierMarks = store.stepMarks(detail.runId);
    run.#findings = store.findings(detail.runId);
    run.#gaps = [...detail.gaps];
    run.wall = detail.wallMeter ?? null;
    run.setting = detail.setting ?? null;
    run.label(detail);
    for (const device of detail.devices) run.#devices.set(device.uuid, recalled(device));
    const lastMs = run.#replay(Number.POSITIVE_INFINITY);
    run.#lastTickMs = lastMs;
    run.addGap({ fromMs: lastMs, toMs: nowMs - clockZeroMs, reason: 'samplerDown' });
    return run;
  }

  get identity(): RunIdentity {
    return this.#identity;
  }

  /** A wrapper (`bash train.sh`, a version manager) shows the script only later; true when it was new. */
  setScript(script: string | null): boolean {
    const { named } = this.#identity;
    if (script === null || this.#identity.script !== null) return false;
    this.#identity = { ...this.#identity, script, ...(named ? {} : { name: basename(script) }) };
    return true;
  }

  /** A name that a person gives is never replaced by what is seen later. */
  label({ name, note, tags }: Partial<RunLabels>): void {
    if (name !== undefined) this.#identity = { ...this.#identity, name, named: true };
    this.notes = {
      ...this.notes,
      ...(note === undefined ? {} : { note }),
      ...(tags === undefined ? {} : { tags }),
    };
  }

  relabel(params: FollowParams): void {
    this.#identity = relabelled(this.#identity, params);
  }

  get runId(): string {
    return this.identity.runId;
  }

  get devices(): ReadonlyMap<string, AttributedDevice> {
    return this.#devices;
  }

  get simulated(): boolean {
    return [...this.#devices.values()].some((device) => device.simulated);
  }

  /** Run clock of the newest tick. */
  get lastTickMs(): number {
    return this.#queue.at(-1)?.timeMs ?? this.#lastTickMs;
  }

  /** @param before the same run's, which knows how its GPUs were shared */
  #newInsight(before?: RunInsight): RunInsight {
    const entries = [...this.#devices.values()];
    const first = entries[0];
    const insight = createRunInsight(
      entries.map(({ device, sharingState }) => ({
        ...device,
        sharingState: before?.sharingState(device.uuid) ?? sharingState ?? null,
      })),
      {
        sourceId: first?.sourceId ?? 'none',
        simulated: this.simulated,
        wall: entries.some(({ device }) => device.kind === 'remote') ? null : this.wall,
      },
    );
    insight.setFindings(this.#findings);
    return insight;
  }

  /** Who else holds the GPUs of the run now. */
  addSharing(uuid: string, look: SharingLook): void {
    this.#insight.addSharing(uuid, look);
    this.#snapshot = null;
  }

  #keys(): readonly TrackKey[] {
    return [...[...this.#devices.keys()].map((uuid): TrackKey => `gpu/${uuid}`), `host/${this.runId}`];
  }

  /** Reads what is stored again, up to this time on the run's clock. Returns the time of the last tick. */
  #replay(untilMs: number): number {
    const { clockZeroMs } = this.identity;
    this.#insight = this.#newInsight(this.#insight);
    this.#snapshot = null;
    this.#wasteAtMs = Number.NEGATIVE_INFINITY;
    const stored = { runId: this.runId, clockZeroMs, keys: this.#keys() };
    let output = 0;
    let gap = 0;
    let lastMs = 0;
    const probed = this.#probed.inOrder();
    let window = 0;
    for (const tick of storedTicks(this.#store, stored, 0, untilMs)) {
      for (
        let next = this.#gaps[gap];
        next !== undefined && next.toMs <= tick.timeMs;
        next = this.#gaps[gap]
      ) {
        this.#insight.addGap(next);
        gap += 1;
      }
      for (
        let next = this.#outputs[output];
        next !== undefined && next.timeMs <= tick.timeMs;
        next = this.#outputs[output]
      ) {
        this.#insight.addOutput(next.text, next.timeMs);
        output += 1;
      }
      this.#insight.addTick(tick);
      lastMs = tick.timeMs;
      for (
        let next = probed[window];
        next !== undefined && next.window.toMs <= lastMs;
        next = probed[window]
      ) {
        this.#insight.addProbe(next);
        window += 1;
      }
    }
    for (const next of this.#gaps.slice(gap)) this.#insight.addGap(next);
    for (const next of this.#outputs.slice(output)) this.#insight.addOutput(next.text, next.timeMs);
    for (const told of probed.slice(window)) this.#insight.addProbe(told);
    this.#insight.missSamples(this.#probed.unkeptSamples);
    return lastMs;
  }

  /** Sets the GPUs of the run; true when that changed anything. New ones count from the start as far as read. */
  setDevices(devices: readonly AttributedDevice[]): boolean {
    const before = [...this.#devices.values()].map((entry) => entry.device.uuid + entry.attribution).join();
    const after = devices.map((entry) => entry.device.uuid + entry.attribution).join();
    const otherPace = devices.some((entry) => {
      const known = this.#devices.get(entry.device.uuid);
      return known?.sourceId === entry.sourceId && paceOf(known) !== paceOf(entry);
    });
    if (before === after && !otherPace) return false;
    const uuids = new Set(devices.map((entry) => entry.device.uuid));
    const same = uuids.size === this.#devices.size && [...uuids].every((uuid) => this.#devices.has(uuid));
    this.#devices = new Map(devices.map((entry) => [entry.device.uuid, entry]));
    if (!same || otherPace) this.#replay(this.#lastTickMs);
    return true;
  }

  /** Readings of the machine; those of other GPUs are left out when the tick is used. */
  addReadings(group: ReadingGroup): void {
    const { clockZeroMs } = this.identity;
    const timeMs = group.timeMs - clockZeroMs;
    if (timeMs < 0 || timeMs <= this.lastTickMs || this.endedMs !== null) return;
    this.#queue.push({ timeMs, readings: group.readings });
  }

  /** Gives insight the ticks whose host side is known by now. */
  drain(nowMs: number, all = false): void {
    const { clockZeroMs } = this.identity;
    const runMs = nowMs - clockZeroMs;
    if (all) this.#snapshot = null;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waiting = next.timeMs > this.host.settledMs && runMs - next.timeMs < longestShareWaitMs;
      if (waiting && !all) return;
      this.#queue.shift();
      const shares = this.host.shares(this.#lastTickMs, next.timeMs);
      const host: HostTick = { ...this.host.usage(), ...shares, ...this.machinePower };
      const tick: RunTick = {
        timeMs: next.timeMs,
        gpus: next.readings
          .filter((reading) => reading.timeMs >= clockZeroMs && this.#devices.has(reading.uuid))
          .map((reading) => ({ ...reading, timeMs: reading.timeMs - clockZeroMs })),
        host,
      };
      this.#lastTickMs = next.timeMs;
      if (tick.gpus.length > 0) this.lastReadingMs = next.timeMs;
      this.#insight.addTick(tick);
      this.#snapshot = null;
      this.#live.push(tick);
      this.#store.addSample(`host/${this.runId}`, {
        timeMs: clockZeroMs + next.timeMs,
        values: pickValues(host, hostMetricIds),
      });
    }
  }

  addOutput(text: string, timeMs: number): void {
    const runMs = Math.max(0, timeMs - this.identity.clockZeroMs);
    this.#insight.addOutput(text, runMs);
    this.#snapshot = null;
    if (this.#outputCharacters > mostOutputCharacters) return;
    this.#outputCharacters += text.length;
    this.#outputs.push({ text, timeMs: runMs });
  }

  /** What the probe of one of the run's processes told; times on the sampler's clock. */
  addProbe({ window, stepAtMs, ...rest }: ProbeTold): void {
    const { clockZeroMs } = this.identity;
    const told = {
      ...rest,
      window: { ...window, fromMs: window.fromMs - clockZeroMs, toMs: window.toMs - clockZeroMs },
      stepAtMs: stepAtMs === null ? null : stepAtMs - clockZeroMs,
    };
    if (told.window.toMs <= 0) return;
    this.#insight.addProbe(told);
    this.#probed.add(told);
    this.#snapshot = null;
  }

  addGap(gap: Gap): void {
    if (gap.toMs <= gap.fromMs) return;
    this.drain(this.identity.clockZeroMs + gap.toMs, true);
    this.#gaps.push(gap);
    this.#insight.addGap(gap);
    this.#snapshot = null;
  }

  setFindings(findings: readonly StaticFinding[]): void {
    this.#findings = findings;
    this.#insight.setFindings(findings);
    this.#snapshot = null;
    this.#wasteAtMs = Number.NEGATIVE_INFINITY;
  }

  /** With null, takes the notice away; true when that changed anything. */
  setNotice(id: string, notice: Omit<RunNotice, 'id'> | null): boolean {
    if (notice === null) return this.#notices.delete(id);
    const before = JSON.stringify(this.#notices.get(id));
    this.#notices.set(id, { id, ...notice });
    return before !== JSON.stringify(this.#notices.get(id));
  }

  snapshot(): InsightSnapshot {
    if (this.#snapshot !== null) return this.#snapshot;
    const due = this.endedMs !== null || this.#lastTickMs - this.#wasteAtMs >= wasteEveryMs;
    const snapshot = this.#insight.snapshot(due ? null : this.#waste);
    if (due) {
      this.#waste = snapshot.waste;
      this.#wasteAtMs = this.#lastTickMs;
    }
    this.#snapshot = snapshot;
    return snapshot;
  }

  stepMarks(): readonly StepMark[] {
    const lastEarlier = this.#earlierMarks.at(-1);
    const all = this.#insight.stepMarks();
    // Probe files are read from their start again: what they tell of the time before is marked already.
    const marks = lastEarlier === undefined ? all : all.filter(({ timeMs }) => timeMs > lastEarlier.timeMs);
    const first = marks[0];
    if (lastEarlier === undefined || first === undefined)
      return marks.length > 0 ? marks : this.#earlierMarks;
    // A new reader of the progress line may have started to count anew.
    const shift = Math.max(0, lastEarlier.count - first.count);
    return [...this.#earlierMarks, ...marks.map((mark) => ({ ...mark, count: mark.count + shift }))];
  }

  #steps(): StepFigures | null {
    const { steps } = this.snapshot();
    if (this.#earlierMarks.length === 0) return steps;
    return stepFigures(this.stepMarks(), steps?.total ?? null, steps?.unit);
  }

  durationMs(nowMs: number): number {
    return this.endedMs ?? Math.max(0, nowMs - this.identity.clockZeroMs);
  }

  detail(nowMs: number): RunDetail {
    const { root, named: _named, clockZeroMs: _zero, ...identity } = this.identity;
    const { totals, waste } = this.snapshot();
    const steps = this.#steps();
    const devices = [...this.#devices.values()].map((entry) =>
      toRunDevice(
        entry,
        this.#insight.sharingState(entry.device.uuid),
        this.#insight.idlePower(entry.device.uuid),
      ),
    );
    const { simulated } = this;
    const measured = { runId: this.runId, name: identity.name, simulated, totals, steps, waste };
    const marks = this.stepMarks();
    const lines = this.#insight.lines();
    return {
      ...identity,
      pid: root.pid,
      ...this.notes,
      ...(this.setting === null ? {} : { setting: this.setting }),
      state: this.state,
      durationMs: this.durationMs(nowMs),
      exitCode: this.exitCode,
      devices,
      simulated,
      totals,
      steps,
      waste,
      gaps: this.#gaps,
      ...(marks.length === 0 ? {} : { stepMarks: thin(marks) }),
      ...(lines === null ? {} : { lines }),
      notices: [...this.#notices.values()],
      ...(this.wall === null ? {} : { wallMeter: this.wall }),
      hints: measuredHints(measured, this.#findings),
    };
  }

  /** Hands the record and new step marks to the store. */
  stage(nowMs: number, final = false): void {
    const { root, clockZeroMs } = this.identity;
    this.#store.stageRun({ detail: this.detail(nowMs), clockZeroMs, processStart: root.start });
    const marks = this.stepMarks();
    const replace = final || marks.length < this.#savedMarks;
    if (replace || marks.length > this.#savedMarks)
      this.#store.stageStepMarks(this.runId, replace ? marks : marks.slice(this.#savedMarks), replace);
    this.#savedMarks = marks.length;
  }

  /** Nobody is to be told of the ticks since the last call. */
  dropLive(): void {
    this.#live = [];
  }

  /** Ticks since the last call, and the waste list when it has changed. */
  takeLive(): { readonly ticks: readonly RunTick[]; readonly wasteChanged: boolean } {
    const ticks = this.#live;
    this.#live = [];
    const items = this.snapshot().waste;
    const { items: before, text: beforeText } = this.#toldWaste;
    if (items === before) return { ticks, wasteChanged: false };
    const text = JSON.stringify(items);
    this.#toldWaste = { items, text };
    return { ticks, wasteChanged: text !== beforeText };
  }

  steps(): StepFigures | null {
    return this.#steps();
  }
}

/** How often its values are made and read: where a source changes that, what was read is added up anew. */
const paceOf = ({ device: { sensing, readEveryMs } }: AttributedDevice): string =>
  [sensing?.updatePeriodMs, sensing?.windowMs, readEveryMs].join('/');

function thin(marks: readonly StepMark[]): readonly { timeMs: number; count: number }[] {
  const every = Math.ceil(marks.length / shownStepMarks);
  return marks
    .filter((_, index) => index % every === 0 || index === marks.length - 1)
    .map(({ timeMs, count }) => ({ timeMs, count }));
}
