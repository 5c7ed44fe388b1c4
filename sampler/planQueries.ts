/** Answers about plans: what recorded runs say of power limits and batch sizes. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BalancePlan } from '../contracts/balancePlan.ts';
import {
  type BatchPlan,
  type BatchPoint,
  type LeftOutRun,
  type PlannedPower,
  type SizedRun,
  usualSweep,
} from '../contracts/powerPlan.ts';
import type { RunDetail } from '../contracts/runs.ts';
import { gpuNames } from '../insight/compare/caveats.ts';
import { balancePlan } from '../insight/plan/balance/balancePlan.ts';
import { StepBlocks } from '../insight/plan/balance/stepBlocks.ts';
import { batchPlan } from '../insight/plan/batch/batchPlan.ts';
import { batchSizeOf } from '../insight/plan/batch/batchSize.ts';
import { type LimitRecord, limitPoints } from '../insight/plan/power/limitPoints.ts';
import { LimitStretches } from '../insight/plan/power/limitStretches.ts';
import { limitPicks } from '../insight/plan/power/pickLimit.ts';
import type { RunTick, StepMark } from '../insight/ticks.ts';
import { storedTicks } from './follow/replay.ts';
import { runKeys } from './runSeries.ts';
import type { RunStore } from './store/runStore.ts';

/** So much of a run is read at once: the rounds must not wait for a day of readings. */
const portionMs = 60_000;
const memoryPoints = 600;

export interface RecordedRuns {
  detail(runId: string): RunDetail | null;
  stepMarks(runId: string): readonly StepMark[];
  /** Start of a run's clock on the sampler's. */
  clockZeroMs(runId: string): number;
  memoryShares(run: RunDetail, points: number): readonly number[];
}

export class PlanQueries {
  readonly #store: RunStore;
  readonly #runs: RecordedRuns;

  constructor(store: RunStore, runs: RecordedRuns) {
    this.#store = store;
    this.#runs = runs;
  }

  /** @throws Error for a run that does not exist, or none */
  async power(runIds: readonly string[], warmUpSteps: number): Promise<PlannedPower> {
    const all = runIds.map((runId) => this.#known(runId));
    // A curve over epochs or tokens would be called one over steps.
    const runs = all.filter(({ steps }) => steps?.unit === undefined);
    const [first = all[0]] = runs;
    if (first === undefined) throw new Error('No run was named.');
    const records: LimitRecord[] = [];
    for (const run of runs) records.push(await this.#record(run));
    const points = limitPoints(records, warmUpSteps);
    return {
      runId: first.runId,
      number: first.number,
      name: first.name,
      simulated: runs.some(({ simulated }) => simulated),
      gpus: first.devices.length,
      points,
      picks: limitPicks(points, Math.max(1, first.devices.length)),
      caveats: [...unitCaveats(all), ...togetherCaveats(runs), ...(points.length === 1 ? [oneLimit] : [])],
    };
  }

  async #record(run: RunDetail): Promise<LimitRecord> {
    const stretches = new LimitStretches();
    await this.#read(run, 0, run.durationMs, (tick) => stretches.add(tick));
    return { stretches: stretches.list(), marks: this.#runs.stepMarks(run.runId) };
  }

  async #read(run: RunDetail, from: number, toMs: number, take: (tick: RunTick) => void): Promise<void> {
    const stored = { runId: run.runId, clockZeroMs: this.#runs.clockZeroMs(run.runId), keys: runKeys(run) };
    for (let fromMs = from; fromMs <= toMs; fromMs += portionMs) {
      for (const tick of storedTicks(this.#store, stored, fromMs, fromMs + portionMs - 0.001)) take(tick);
      await nextTurn();
    }
  }

  /** @throws Error for a run that does not exist, and for one that has nobody to wait for */
  async balance(runId: string): Promise<BalancePlan> {
    const run = this.#known(runId);
    const { number, name, simulated, devices } = run;
    if (devices.length < 2)
      throw new Error(`Run ${number} holds one GPU: there is nobody for it to wait for.`);
    if (run.steps?.unit !== undefined) throw new Error(unitCaveat(run));
    const gpus = devices.map(({ uuid, index, name: model, idlePower }) => ({
      uuid,
      index,
      name: model,
      waitingPowerW: idlePower?.contextIdlePowerW ?? null,
    }));
    const uuids = gpus.map(({ uuid }) => uuid);
    const blocks = new StepBlocks(uuids, this.#runs.stepMarks(runId), usualSweep.warmUpSteps);
    const { span } = blocks;
    if (span !== null) await this.#read(run, span.fromMs, span.toMs, (tick) => blocks.add(tick));
    const plan = balancePlan(gpus, blocks.list());
    if (plan === null)
      throw new Error(
        `Run ${number} has too few steps with readings of all its GPUs after ${usualSweep.warmUpSteps} of warm-up; let it print steps for ten seconds more.`,
      );
    const source = [...new Set(devices.map(({ provenance }) => provenance.source))].join(' ');
    return {
      runId,
      number,
      name,
      simulated,
      source,
      ...plan,
      caveats: [...togetherCaveats([run]), ...plan.caveats],
    };
  }

  /** @throws Error for a run that does not exist */
  batch(asked: readonly SizedRun[]): BatchPlan {
    const runs = asked.map(({ runId, batchSize }) => ({ run: this.#known(runId), batchSize }));
    const points: BatchPoint[] = [];
    const leftOut: LeftOutRun[] = [];
    const used: RunDetail[] = [];
    for (const { run, batchSize } of runs) {
      const point = this.#batchPoint(run, batchSize);
      if ('why' in point) leftOut.push(point);
      else {
        points.push(point);
        used.push(run);
      }
    }
    return { ...batchPlan(points, togetherCaveats(used)), leftOut };
  }

  /** The point, or why there is none. */
  #batchPoint(run: RunDetail, asked: number | null): BatchPoint | LeftOutRun {
    const { runId, number, name, steps, simulated } = run;
    const batchSize = asked ?? batchSizeOf(run.command, Math.max(1, run.devices.length));
    const leftOut = (why: string, needsSize = false): LeftOutRun => ({ runId, number, needsSize, why });
    if (steps === null || steps.perStepJ === null || steps.stepsPerSecond === null)
      return leftOut(`Run ${number} is left out: it has no energy per step.`);
    if (steps.unit !== undefined) return leftOut(unitCaveat(run));
    if (batchSize === undefined)
      return leftOut(`Run ${number} is left out: its command names no batch size.`, true);
    const perStepMs = 1000 / steps.stepsPerSecond;
    const shares = this.#runs.memoryShares(run, memoryPoints);
    return {
      runId,
      number,
      name,
      batchSize,
      from: asked === null ? 'command' : 'asked',
      steps: steps.count,
      perStepMs,
      perSampleMs: perStepMs / batchSize,
      perSampleJ: steps.perStepJ / batchSize,
      spreadJ: steps.spreadJ === null ? null : steps.spreadJ / batchSize,
      memoryShare: shares.length === 0 ? null : Math.max(...shares),
      simulated,
    };
  }

  #known(runId: string): RunDetail {
    const run = this.#runs.detail(runId);
    if (run === null) throw new Error('There is no such run.');
    return run;
  }
}

const unitCaveat = ({ number, steps }: RunDetail): string =>
  `Run ${number} is left out: it tells ${steps?.unit ?? 'step'}s in the place of steps.`;

const unitCaveats = (runs: readonly RunDetail[]): readonly string[] =>
  runs.filter(({ steps }) => steps?.unit !== undefined).map(unitCaveat);

const oneLimit = 'The power limit was the same all the time; a sweep over a live run measures the others.';

/** What makes it doubtful to take runs together. */
function togetherCaveats(runs: readonly RunDetail[]): string[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const found: string[] = [];
  for (const run of others) {
    if (gpuNames(run) !== gpuNames(first))
      found.push(`Run ${run.number} used other GPUs than run ${first.number}.`);
    if (run.name !== first.name) found.push(`Run ${run.number} is another program than run ${first.number}.`);
  }
  for (const run of runs)
    if (run.totals.sharing !== undefined) found.push(`Run ${run.number} shared a GPU with other processes.`);
  return found;
}
