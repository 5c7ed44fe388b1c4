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
  noSteps,
  notLive,
  othersHold,
  outOfRange,
  scheduled,
  stalled,
  unreachable,
} from './refusals.ts';

export interface SweepParts {
  readonly keeper: LimitKeeper;
  runOf(runId: string): LiveRun | undefined;
  /** Milliseconds, the clock of the runs. */
  nowMs(): number;
  /** Processes that hold one of the GPUs and are not the run's. */
  others(run: LiveRun): readonly number[];
  /** Whether a scheduler has given the run its GPUs. */
  isScheduled(run: LiveRun): boolean;
  /** Whether a GPU of the run was held by its limit in this time; null when nothing tells. */
  wasHeld(run: LiveRun, fromMs: number, toMs: number): boolean | null;
  changed(sweep: PowerSweep): void;
}

type Device = ControlledDevice & LimitedDevice;

interface Sweep {
  readonly owner: object;
  readonly run: LiveRun;
  readonly options: SweepOptions;
  readonly devices: readonly Device[];
  readonly limitsW: readonly number[];
  readonly schedule: SweepSchedule;
  readonly stretches: LimitStretch[];
  /** When the limit that is tried now was seen to stand, run clock; null before. */
  sinceMs: number | null;
  readonly started: { readonly timeMs: number; readonly count: number };
  setting: boolean;
}

/** Marks get their energy a moment late. */
const settleMs = 1_500;
const lookEveryMs = 500;

export class PowerSweeps {
  readonly #parts: SweepParts;
  #sweep: Sweep | null = null;
  #lookedAtMs = 0;
  #restoredAtMs = 0;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** What a sweep over this run would set, and why it cannot where it cannot. */
  async states(runId: string): Promise<readonly PowerLimitState[]> {
    const run = this.#parts.runOf(runId);
    const devices = run === undefined ? [] : [...run.devices.values()].map(({ device }) => device);
    return Promise.all(
      devices.map(async ({ uuid, index, name }): Promise<PowerLimitState> => {
        const found = await this.#parts.keeper.find({ uuid, index, name }).catch(refusalOf);
        if (found === null)
          return { uuid, index, name, range: null, command: null, refusal: unreachable(name) };
        if (!('control' in found)) return { uuid, index, name, range: null, command: null, refusal: found };
        const { control, range } = found;
        return { uuid, index, name, range, command: control.command({ uuid, index, name }), refusal: null };
      }),
    );
  }

  /** @throws LimitError when it may not or cannot begin */
  async start(runId: string, options: SweepOptions, owner: object): Promise<PowerSweep> {
    const run = this.#mayBegin(runId);
    const devices = await this.#devicesOf(run);
    const leastW = Math.max(...devices.map(({ range }) => range.leastW));
    const mostW = Math.min(...devices.map(({ range }) => range.mostW));
    const limitsW =
      options.limitsW.length > 0 ? options.limitsW : sweptLimits(leastW, mostW, Math.max(1, options.strideW));
    const wrong = limitsW.find((limitW) => !(limitW >= leastW && limitW <= mostW));
    if (wrong !== undefined) throw new LimitError(outOfRange(wrong, leastW, mostW));
    const { warmUpSteps, measuredSteps } = options;
    const started = newest(run);
    this.#sweep = {
      owner,
      run,
      options,
      devices,
      limitsW,
      schedule: new SweepSchedule({ limitsW, warmUpSteps, measuredSteps }),
      stretches: [],
      sinceMs: null,
      started,
      setting: false,
    };
    return this.#picture(this.#sweep, 'running', null, false);
  }

  /** @throws LimitError */
  #mayBegin(runId: string): LiveRun {
    const run = this.#parts.runOf(runId);
    if (this.#sweep !== null) throw new LimitError(busy);
    if (run === undefined || run.endedMs !== null) throw new LimitError(notLive);
    if (run.stepMarks().length === 0) throw new LimitError(noSteps);
    if (this.#parts.isScheduled(run)) throw new LimitError(scheduled);
    const others = this.#parts.others(run);
    if (others.length > 0) throw new LimitError(othersHold(others));
    return run;
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
    if (this.#sweep?.run.runId === runId) await this.#end(this.#sweep, 'stopped', null);
  }

  /** The client that asked for a sweep is gone, and with it who would see that limits are changed. */
  ownerGone(owner: object): void {
    if (this.#sweep?.owner === owner) void this.#end(this.#sweep, 'stopped', null);
  }

  /** To be called with each round; returns at once. */
  tick(): void {
    const sweep = this.#sweep;
    const nowMs = this.#parts.nowMs();
    if (sweep === null) {
      this.#restoreLeft(nowMs);
      return;
    }
    if (sweep.setting) return;
    const { run } = sweep;
    if (run.endedMs !== null) {
      void this.#end(sweep, 'stopped', notLive);
      return;
    }
    const lookDue = nowMs - this.#lookedAtMs >= lookEveryMs;
    if (lookDue) {
      this.#lookedAtMs = nowMs;
      const others = this.#parts.others(run);
      if (others.length > 0) {
        void this.#end(sweep, 'refused', othersHold(others));
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
    if (move.kind === 'set') void this.#set(sweep, move.limitW);
    else if (move.kind === 'done') void this.#end(sweep, 'done', null);
    else void this.#end(sweep, 'stopped', stalled);
  }

  /** What a sampler before this one, or a driver that was gone, has left to be put back. */
  #restoreLeft(nowMs: number): void {
    const { keeper } = this.#parts;
    if (!keeper.hasChanged || nowMs - this.#restoredAtMs < settleMs) return;
    this.#restoredAtMs = nowMs;
    void keeper.restore().catch(() => undefined);
  }

  async #set(sweep: Sweep, limitW: number): Promise<void> {
    sweep.setting = true;
    try {
      for (const device of sweep.devices) await this.#parts.keeper.set(device, device, limitW);
      sweep.sinceMs = runMs(sweep.run, this.#parts.nowMs());
    } catch (error) {
      await this.#end(sweep, 'refused', refusalOf(error));
    } finally {
      sweep.setting = false;
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
    if (this.#sweep !== sweep) return;
    // From here on no other sweep may begin until the limits stand again.
    sweep.setting = true;
    const uuids = new Set(sweep.devices.map(({ uuid }) => uuid));
    const restored = await this.#parts.keeper.restore(uuids).catch(() => false);
    await new Promise((resolve) => setTimeout(resolve, settleMs).unref());
    this.#sweep = null;
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
  throw error;
}
