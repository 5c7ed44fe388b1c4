/**
 * Tries power limits on a live run, one after the other, while its own steps are counted. One sweep at a time; it ends
 * with the client that asked for it, with the run, with a GPU that somebody else takes, and always in the old limits.
 */

import type { LimitRefusal, PowerLimitState, PowerSweep, SweepOptions } from '../../contracts/powerPlan.ts';
import { type LimitStretch, limitPoints } from '../../insight/plan/power/limitPoints.ts';
import { SweepSchedule, sweptLimits } from '../../insight/plan/power/sweepSchedule.ts';
import type { LiveRun } from '../follow/liveRun.ts';
import { LimitError, type LimitedDevice } from './limitControl.ts';
import type { ControlledDevice, LimitKeeper } from './limitKeeper.ts';
import {
  busy,
  givenUp,
  leftOver,
  noSteps,
  notLive,
  othersHold,
  otherUnit,
  outOfRange,
  scheduled,
  stalled,
  unknownHolders,
  unreachable,
} from './refusals.ts';

export interface SweepParts {
  readonly keeper: LimitKeeper;
  runOf(runId: string): LiveRun | undefined;
  /** Milliseconds, the clock of the runs. */
  nowMs(): number;
  /** Processes that hold one of the GPUs and are not the run's; null when nothing tells. */
  others(run: LiveRun): readonly number[] | null;
  /** Whether a scheduler has given the run its GPUs. */
  isScheduled(run: LiveRun): boolean;
  /** Whether a GPU of the run was held by its limit in this time; null when nothing tells. */
  wasHeld(run: LiveRun, fromMs: number, toMs: number): boolean | null;
  changed(sweep: PowerSweep): void;
}

type Device = ControlledDevice & LimitedDevice;

interface Sweep {
  readonly run: LiveRun;
  readonly options: SweepOptions;
  readonly devices: readonly Device[];
  readonly limitsW: readonly number[];
  readonly schedule: SweepSchedule;
  readonly stretches: LimitStretch[];
  readonly started: { readonly timeMs: number; readonly count: number };
  /** When the limit that is tried now was seen to stand, run clock; null before. */
  sinceMs: number | null;
  /** Resolves when the limits that are being set are set, or were refused. */
  setting: Promise<void> | null;
  ending: boolean;
}

/** One sweep at a time: the place is taken before the GPUs are asked, which takes a while. */
interface Place {
  readonly owner: object;
  readonly runId: string;
  /** Null while the GPUs are asked. */
  sweep: Sweep | null;
  givenUp: boolean;
}

/** Marks get their energy a moment late. */
const settleMs = 1_500;
const lookEveryMs = 500;
const longestRestoreWaitMs = 60_000;

export class PowerSweeps {
  readonly #parts: SweepParts;
  #place: Place | null = null;
  #lookedAtMs = 0;
  #restoring = false;
  #restoreAtMs = 0;
  #restoreWaitMs = settleMs;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** What a sweep over this run would set, and why it cannot or may not begin now: nobody is asked for a yes in vain. */
  async states(runId: string): Promise<readonly PowerLimitState[]> {
    const run = this.#parts.runOf(runId);
    const barred = this.#refusalToBegin(runId);
    const devices = run === undefined ? [] : [...run.devices.values()].map(({ device }) => device);
    return Promise.all(
      devices.map(async ({ uuid, index, name }): Promise<PowerLimitState> => {
        const found = await this.#parts.keeper.find({ uuid, index, name }).catch(refusalOf);
        if (found === null)
          return { uuid, index, name, range: null, command: null, refusal: unreachable(name) };
        if (!('control' in found)) return { uuid, index, name, range: null, command: null, refusal: found };
        const { control, range } = found;
        const command = control.command({ uuid, index, name });
        return { uuid, index, name, range, command, refusal: barred };
      }),
    );
  }

  #refusalToBegin(runId: string): LimitRefusal | null {
    try {
      this.#mayBegin(runId);
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** @throws LimitError when it may not or cannot begin */
  async start(runId: string, options: SweepOptions, owner: object): Promise<PowerSweep> {
    const run = this.#mayBegin(runId);
    const place: Place = { owner, runId, sweep: null, givenUp: false };
    this.#place = place;
    try {
      // What an earlier sweep left would be taken for the limit that stood before.
      if (this.#parts.keeper.hasChanged && !(await this.#parts.keeper.restore()))
        throw new LimitError(leftOver);
      const sweep = await this.#prepare(run, options);
      if (place.givenUp) throw new LimitError(givenUp);
      place.sweep = sweep;
      return this.#picture(sweep, 'running', null, false);
    } catch (error) {
      this.#place = null;
      throw error;
    }
  }

  /** @throws LimitError */
  async #prepare(run: LiveRun, options: SweepOptions): Promise<Sweep> {
    const devices = await this.#devicesOf(run);
    const leastW = Math.max(...devices.map(({ range }) => range.leastW));
    const mostW = Math.min(...devices.map(({ range }) => range.mostW));
    const limitsW =
      options.limitsW.length > 0 ? options.limitsW : sweptLimits(leastW, mostW, Math.max(1, options.strideW));
    const wrong = limitsW.find((limitW) => !(limitW >= leastW && limitW <= mostW));
    if (wrong !== undefined) throw new LimitError(outOfRange(wrong, leastW, mostW));
    const { warmUpSteps, measuredSteps } = options;
    return {
      run,
      options,
      devices,
      limitsW,
      schedule: new SweepSchedule({ limitsW, warmUpSteps, measuredSteps }),
      stretches: [],
      started: newest(run),
      sinceMs: null,
      setting: null,
      ending: false,
    };
  }

  /** @throws LimitError */
  #mayBegin(runId: string): LiveRun {
    const run = this.#parts.runOf(runId);
    if (this.#place !== null) throw new LimitError(busy);
    if (run === undefined || run.endedMs !== null) throw new LimitError(notLive);
    const steps = run.steps();
    if (steps === null) throw new LimitError(noSteps);
    if (steps.unit !== undefined) throw new LimitError(otherUnit);
    if (this.#parts.isScheduled(run)) throw new LimitError(scheduled);
    const refusal = this.#heldByOthers(run);
    if (refusal !== null) throw new LimitError(refusal);
    return run;
  }

  #heldByOthers(run: LiveRun): LimitRefusal | null {
    const others = this.#parts.others(run);
    if (others === null) return unknownHolders;
    return others.length > 0 ? othersHold(others) : null;
  }

  /** @throws LimitError */
  async #devicesOf(run: LiveRun): Promise<readonly Device[]> {
    const found: Device[] = [];
    for (const { device } of run.devices.values()) {
      const { uuid, index, name } = device;
      const one = await this.#parts.keeper.find({ uuid, index, name });
      if (one === null) throw new LimitError(unreachable(name));
      found.push({ ...one, uuid, index, name });
    }
    if (found.length === 0) throw new LimitError(unreachable('this run'));
    return found;
  }

  async stop(runId: string): Promise<void> {
    if (this.#place?.runId === runId) await this.#giveUp(this.#place);
  }

  /** The client that asked for a sweep is gone, and with it who would see that limits are changed. */
  ownerGone(owner: object): void {
    if (this.#place?.owner === owner) void this.#giveUp(this.#place);
  }

  async #giveUp(place: Place): Promise<void> {
    place.givenUp = true;
    if (place.sweep !== null) await this.#end(place.sweep, 'stopped', null);
  }

  /** To be called with each round; returns at once. */
  tick(): void {
    const nowMs = this.#parts.nowMs();
    if (this.#place === null) {
      this.#restoreLeft(nowMs);
      return;
    }
    const { sweep } = this.#place;
    if (sweep === null || sweep.setting !== null || sweep.ending) return;
    const { run } = sweep;
    if (run.endedMs !== null) {
      void this.#end(sweep, 'stopped', notLive);
      return;
    }
    const lookDue = nowMs - this.#lookedAtMs >= lookEveryMs;
    if (lookDue) {
      this.#lookedAtMs = nowMs;
      const refusal = this.#heldByOthers(run);
      if (refusal !== null) {
        void this.#end(sweep, 'refused', refusal);
        return;
      }
    }
    const mark = newest(run);
    const move = sweep.schedule.next(mark.count, mark.timeMs, runMs(run, nowMs));
    if (move.kind === 'wait') {
      if (lookDue) this.#parts.changed(this.#picture(sweep, 'running', null, false));
      return;
    }
    this.#closeStretch(sweep, mark.timeMs);
    if (move.kind === 'set') this.#set(sweep, move.limitW);
    else if (move.kind === 'done') void this.#end(sweep, 'done', null);
    else void this.#end(sweep, 'stopped', stalled);
  }

  /** What a sampler before this one, or a driver that was gone, has left to be put back; ever more seldom. */
  #restoreLeft(nowMs: number): void {
    const { keeper } = this.#parts;
    if (!keeper.hasChanged) this.#restoreWaitMs = settleMs;
    if (!keeper.hasChanged || this.#restoring || nowMs < this.#restoreAtMs) return;
    this.#restoring = true;
    void keeper
      .restore()
      .catch(() => false)
      .then(() => {
        this.#restoring = false;
        this.#restoreAtMs = this.#parts.nowMs() + this.#restoreWaitMs;
        this.#restoreWaitMs = Math.min(longestRestoreWaitMs, this.#restoreWaitMs * 2);
      });
  }

  #set(sweep: Sweep, limitW: number): void {
    sweep.setting = this.#setAll(sweep, limitW).then((refusal) => {
      sweep.setting = null;
      if (refusal !== null) void this.#end(sweep, 'refused', refusal);
    });
  }

  async #setAll(sweep: Sweep, limitW: number): Promise<LimitRefusal | null> {
    try {
      for (const device of sweep.devices) {
        if (sweep.ending) return null;
        await this.#parts.keeper.set(device, device.control, limitW);
      }
      sweep.sinceMs = runMs(sweep.run, this.#parts.nowMs());
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }

  #closeStretch(sweep: Sweep, toMs: number): void {
    const limitW = sweep.limitsW[sweep.stretches.length];
    if (sweep.sinceMs === null || limitW === undefined) return;
    const fromMs = sweep.sinceMs;
    sweep.stretches.push({ limitW, fromMs, toMs, reached: this.#parts.wasHeld(sweep.run, fromMs, toMs) });
    sweep.sinceMs = null;
  }

  async #end(sweep: Sweep, state: PowerSweep['state'], refusal: LimitRefusal | null): Promise<void> {
    if (sweep.ending) return;
    sweep.ending = true;
    await sweep.setting;
    const uuids = new Set(sweep.devices.map(({ uuid }) => uuid));
    const restored = await this.#parts.keeper.restore(uuids);
    await new Promise((resolve) => setTimeout(resolve, settleMs).unref());
    this.#place = null;
    this.#parts.changed(this.#picture(sweep, state, refusal, restored));
  }

  #picture(
    sweep: Sweep,
    state: PowerSweep['state'],
    refusal: LimitRefusal | null,
    restored: boolean,
  ): PowerSweep {
    const { run, schedule, limitsW, options, started } = sweep;
    const marks = run.stepMarks();
    const first = marks.find(({ count }) => count >= started.count);
    const last = marks.at(-1);
    return {
      runId: run.runId,
      state,
      limitsW,
      done: Math.min(schedule.done, limitsW.length),
      limitW: state === 'running' ? schedule.limitW : null,
      steps: schedule.steps,
      stepsWanted: schedule.stepsWanted,
      costSteps: (last?.count ?? started.count) - started.count,
      costJ: (last?.energyJ ?? 0) - (first?.energyJ ?? 0),
      costMs: (last?.timeMs ?? started.timeMs) - started.timeMs,
      points: limitPoints([{ stretches: sweep.stretches, marks }], options.warmUpSteps),
      refusal,
      restored,
    };
  }
}

const runMs = (run: LiveRun, nowMs: number): number => nowMs - run.identity.clockZeroMs;

function newest(run: LiveRun): { readonly timeMs: number; readonly count: number } {
  const mark = run.stepMarks().at(-1);
  return { timeMs: mark?.timeMs ?? 0, count: mark?.count ?? 0 };
}

function refusalOf(error: unknown): LimitRefusal {
  if (error instanceof LimitError) return error.refusal;
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'badOutput', message: `The power limit was not set: ${message}.`, remedy: null };
}
