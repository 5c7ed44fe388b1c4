/** Answers about plans: what recorded runs say of power limits and batch sizes. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchPlan, BatchPoint, LeftOutRun, PlannedPower, SizedRun } from '../contracts/powerPlan.ts';
import type { RunDetail } from '../contracts/runs.ts';
import { batchPlan } from '../insight/plan/batch/batchPlan.ts';
import { batchSizeOf } from '../insight/plan/batch/batchSize.ts';
import { type LimitRecord, limitPoints } from '../insight/plan/power/limitPoints.ts';
import { LimitStretches } from '../insight/plan/power/limitStretches.ts';
import { limitPicks } from '../insight/plan/power/pickLimit.ts';
import type { StepMark } from '../insight/ticks.ts';
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
    const stored = { runId: run.runId, clockZeroMs: this.#runs.clockZeroMs(run.runId), keys: runKeys(run) };
    for (let fromMs = 0; fromMs <= run.durationMs; fromMs += portionMs) {
      for (const tick of storedTicks(this.#store, stored, fromMs, fromMs + portionMs - 0.001))
        stretches.add(tick);
      await nextTurn();
    }
    return { stretches: stretches.list(), marks: this.#runs.stepMarks(run.runId) };
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
  const gpus = ({ devices }: RunDetail): string => devices.map(({ name }) => name).join(', ');
  for (const run of others) {
    if (gpus(run) !== gpus(first)) found.push(`Run ${run.number} used other GPUs than run ${first.number}.`);
    if (run.name !== first.name) found.push(`Run ${run.number} is another program than run ${first.number}.`);
  }
  for (const run of runs)
    if (run.totals.sharing !== undefined) found.push(`Run ${run.number} shared a GPU with other processes.`);
  return found;
}
