/** A run while it lives: its processes, its GPUs, what insight makes of them, and the record that is stored. */

import { basename } from 'node:path';
import type { StaticFinding } from '../../contracts/findings.ts';
import { hostMetricIds } from '../../contracts/metrics.ts';
import type {
  CourseMarks,
  Gap,
  KernelHold,
  RunDetail,
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
import { measuredHints } from '../../insight/measuredHints.ts';
import type { ProbeTold } from '../../insight/probeSteps.ts';
import type { InsightSnapshot } from '../../insight/runInsight.ts';
import type { HostTick, RunTick, StepMark } from '../../insight/ticks.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import type { KeptLabels } from '../runLabels.ts';
import type { DeviceReading } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import type { StoredRun } from '../store/runTable.ts';
import { pickValues } from '../store/samples.ts';
import type { TrackKey } from '../store/waiting.ts';
import { type AttributedDevice, recalled, toRunDevice } from './attributedDevice.ts';
import { HostWatch } from './hostWatch.ts';
import type { MachinePower } from './machinePower.ts';
import { ProcessTree } from './processTree.ts';
import { ReadingQueue } from './readingQueue.ts';
import { storedTicks } from './replay.ts';
import { RunExplanation } from './runExplanation.ts';
import { relabelled } from './runIdentity.ts';
import { SharingLooks } from './sharingLooks.ts';
import { shownMarks } from './stepRecord.ts';
import { type News, Untold } from './untold.ts';

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

export class LiveRun {
  #identity: RunIdentity;
  readonly tree: ProcessTree;
  readonly host: HostWatch;
  readonly sharing = new SharingLooks();
  readonly #store: RunStore;
  #explained = new RunExplanation();
  #devices = new Map<string, AttributedDevice>();
  readonly #queue = new ReadingQueue();
  readonly #untold = new Untold();
  #notices = new Map<string, RunNotice>();
  /** Run clock of the newest tick that had a reading of one of the run's GPUs. */
  lastReadingMs = 0;
  /** Power of the machine's processors and memory, as far as it is known now. */
  machinePower: MachinePower = {};
  /** Of this machine, as it was set when the run began. */
  wall: WallMeter | null = null;
  /** Written by a person. */
  notes: Pick<RunSummary, 'note' | 'tags' | 'baseline' | 'pinnedAtMs' | 'pastPins'> = {};
  /** The submission file that one of its processes names, for the simulated GPU. */
  simulatedFile: string | null = null;
  /** Its processes that named that file, also those that are gone. */
  readonly simulatedPids = new Set<number>();
  /** Null until it was looked at. */
  setting: RunSetting | null = null;
  /** Of its kernel, after the cell. */
  heldAfter: KernelHold | null = null;
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
    run.#explained = new RunExplanation({
      gaps: detail.gaps,
      stepMarks: store.stepMarks(detail.runId),
      epochs: detail.course?.epochs ?? [],
      findings: store.findings(detail.runId),
    });
    run.wall = detail.wallMeter ?? null;
    run.setting = detail.setting ?? null;
    run.label(detail);
    for (const device of detail.devices) run.#devices.set(device.uuid, recalled(device));
    run.#replay(Number.POSITIVE_INFINITY);
    run.addGap({ fromMs: run.lastTickMs, toMs: nowMs - clockZeroMs, reason: 'samplerDown' });
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
  label({ name, note, tags, baseline, pinnedAtMs, pastPins }: KeptLabels): void {
    if (name !== undefined) this.#identity = { ...this.#identity, name, named: true };
    this.notes = {
      ...this.notes,
      ...(note === undefined ? {} : { note }),
      ...(tags === undefined ? {} : { tags }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(pinnedAtMs === undefined ? {} : { pinnedAtMs }),
      ...(pastPins === undefined ? {} : { pastPins }),
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
    return this.#queue.newestMs ?? this.#explained.lastTickMs;
  }

  /** Who else holds the GPUs of the run now. */
  addSharing(uuid: string, look: SharingLook): void {
    this.#explained.addSharing(uuid, look);
  }

  #keys(): readonly TrackKey[] {
    return [...[...this.#devices.keys()].map((uuid): TrackKey => `gpu/${uuid}`), `host/${this.runId}`];
  }

  /** Reads what is stored again, up to this time on the run's clock. */
  #replay(untilMs: number): void {
    const { clockZeroMs } = this.identity;
    const stored = { runId: this.runId, clockZeroMs, keys: this.#keys() };
    const ticks = storedTicks(this.#store, stored, 0, untilMs);
    this.#explained.renew([...this.#devices.values()], this.wall, ticks);
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
    if (!same || otherPace) this.#replay(this.#explained.lastTickMs);
    return true;
  }

  /** Readings of the machine; those of other GPUs are left out when the tick is used. */
  addReadings(group: ReadingGroup): void {
    const { clockZeroMs } = this.identity;
    const timeMs = group.timeMs - clockZeroMs;
    if (timeMs < 0 || timeMs <= this.lastTickMs || this.endedMs !== null) return;
    this.#queue.add({ timeMs, readings: group.readings });
  }

  /** Gives insight the ticks whose host side is known by now. */
  drain(nowMs: number, all = false): void {
    const { clockZeroMs } = this.identity;
    const runMs = nowMs - clockZeroMs;
    if (all) this.#explained.refresh();
    for (;;) {
      const next = this.#queue.take(runMs, this.host.settledMs, all);
      if (next === undefined) return;
      const shares = this.host.shares(this.#explained.lastTickMs, next.timeMs);
      const host: HostTick = { ...this.host.usage(), ...shares, ...this.machinePower };
      const tick: RunTick = {
        timeMs: next.timeMs,
        gpus: next.readings
          .filter((reading) => reading.timeMs >= clockZeroMs && this.#devices.has(reading.uuid))
          .map((reading) => ({ ...reading, timeMs: reading.timeMs - clockZeroMs })),
        host,
      };
      if (tick.gpus.length > 0) this.lastReadingMs = next.timeMs;
      this.#explained.addTick(tick);
      this.#untold.add(tick);
      this.#store.addSample(`host/${this.runId}`, {
        timeMs: clockZeroMs + next.timeMs,
        values: pickValues(host, hostMetricIds),
      });
    }
  }

  addOutput(text: string, timeMs: number): void {
    this.#explained.addOutput(text, Math.max(0, timeMs - this.identity.clockZeroMs));
  }

  /** A probe has told of it since it is followed. */
  probed = false;

  /** What the probe of one of the run's processes told; times on the sampler's clock. */
  addProbe({ window, stepAtMs, ...rest }: ProbeTold): void {
    const { clockZeroMs } = this.identity;
    const told = {
      ...rest,
      window: { ...window, fromMs: window.fromMs - clockZeroMs, toMs: window.toMs - clockZeroMs },
      stepAtMs: stepAtMs === null ? null : stepAtMs - clockZeroMs,
    };
    if (told.window.toMs <= 0) return;
    this.#explained.addProbe(told);
    this.probed = true;
  }

  addGap(gap: Gap): void {
    if (gap.toMs <= gap.fromMs) return;
    this.drain(this.identity.clockZeroMs + gap.toMs, true);
    this.#explained.addGap(gap);
  }

  setFindings(findings: readonly StaticFinding[]): void {
    this.#explained.setFindings(findings);
  }

  /** With null, takes the notice away; true when that changed anything. */
  setNotice(id: string, notice: Omit<RunNotice, 'id'> | null): boolean {
    if (notice === null) return this.#notices.delete(id);
    const before = JSON.stringify(this.#notices.get(id));
    this.#notices.set(id, { id, ...notice });
    return before !== JSON.stringify(this.#notices.get(id));
  }

  snapshot(): InsightSnapshot {
    return this.#explained.snapshot(this.endedMs !== null);
  }

  stepMarks(): readonly StepMark[] {
    return this.#explained.stepMarks();
  }

  course(): CourseMarks | null {
    return this.#explained.course();
  }

  steps(): StepFigures | null {
    return this.#explained.stepFigures(this.endedMs !== null);
  }

  durationMs(nowMs: number): number {
    return this.endedMs ?? Math.max(0, nowMs - this.identity.clockZeroMs);
  }

  detail(nowMs: number): RunDetail {
    const { root, named: _named, clockZeroMs: _zero, ...identity } = this.identity;
    const { totals, waste, memoryHeadroom } = this.snapshot();
    const steps = this.steps();
    const devices = [...this.#devices.values()].map((entry) =>
      toRunDevice(
        entry,
        this.#explained.sharingState(entry.device.uuid),
        this.#explained.idlePower(entry.device.uuid),
      ),
    );
    const { simulated } = this;
    const measured = { runId: this.runId, name: identity.name, simulated, totals, steps, waste };
    const marks = this.stepMarks();
    const course = this.course();
    const lines = this.#explained.lines();
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
      ...(memoryHeadroom === null ? {} : { memoryHeadroom }),
      gaps: this.#explained.gaps,
      ...(marks.length === 0 ? {} : { stepMarks: shownMarks(marks) }),
      ...(course === null ? {} : { course }),
      ...(lines === null ? {} : { lines }),
      notices: [...this.#notices.values()],
      ...(this.wall === null ? {} : { wallMeter: this.wall }),
      ...(this.heldAfter === null ? {} : { heldAfter: this.heldAfter }),
      hints: measuredHints(measured, this.#explained.findings),
    };
  }

  /** Hands the record and new step marks to the store. */
  stage(nowMs: number, final = false): void {
    const { root, clockZeroMs } = this.identity;
    this.#store.stageRun({ detail: this.detail(nowMs), clockZeroMs, processStart: root.start });
    this.#explained.steps.stage(this.#store, this.runId, this.stepMarks(), final);
  }

  /** Nobody is to be told of the ticks since the last call. */
  dropLive(): void {
    this.#untold.drop();
  }

  /** What is new since the last call. */
  takeLive(): News {
    return this.#untold.take(this.snapshot().waste, this.stepMarks(), this.course());
  }
}

/** How often its values are made and read: where a source changes that, what was read is added up anew. */
const paceOf = ({ device: { sensing, readEveryMs } }: AttributedDevice): string =>
  [sensing?.updatePeriodMs, sensing?.windowMs, readEveryMs].join('/');
