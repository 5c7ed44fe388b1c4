/** Answers about runs, live or stored, for the clients. */

import { setImmediate } from 'node:timers/promises';
import type { DeletedBaseline } from '../contracts/pinnedBaseline.ts';
import type { RunBlock, RunRecord } from '../contracts/runFile.ts';
import type {
  Comparison,
  RunDetail,
  RunDevice,
  RunLabels,
  RunSummary,
  SeriesBlock,
  SidesComparison,
  WindowTotals,
} from '../contracts/runs.ts';
import type { RunSamplesParams, SeriesParams, TotalsParams } from '../contracts/samplerProtocol.ts';
import { compareRuns, type RunToCompare } from '../insight/compare/compareRuns.ts';
import { compareSides } from '../insight/compare/compareSides.ts';
import { runConditions } from '../insight/compare/runConditions.ts';
import type { StepMark } from '../insight/ticks.ts';
import { stepsSeen, windowSteps } from '../insight/windowSteps.ts';
import { createWindowMeter, type WindowDevice, windowMarginMs } from '../insight/windowTotals.ts';
import { storedTicks } from './follow/replay.ts';
import { exportedRecord, samplesOf } from './runFile/exportRun.ts';
import { cleanLabels, type KeptLabels, pinTime } from './runLabels.ts';
import { runKeys, runSeries } from './runSeries.ts';
import { runSummary } from './runSummary.ts';
import type { Sampler } from './sampler.ts';
import type { RunStore } from './store/runStore.ts';
import type { StoredRun } from './store/runTable.ts';

const mostRuns = 1000;
const mostPoints = 20_000;
/** A long question lets the sampler read in between. */
const mostBusyMs = 20;
/** Points of a run that its temperature is the mean of. */
const conditionPoints = 200;

const emptyBlock: SeriesBlock = { series: [], timesMs: [], values: [] };

export class RunQueries {
  readonly #store: RunStore;
  readonly #sampler: Sampler;

  constructor(store: RunStore, sampler: Sampler) {
    this.#store = store;
    this.#sampler = sampler;
  }

  list(limit: number): readonly RunSummary[] {
    const runs = this.#store.list(Math.min(mostRuns, Math.max(0, limit)));
    return runs.map((run) => runSummary(this.#sampler.detail(run.runId) ?? run));
  }

  deletedBaselines(): readonly DeletedBaseline[] {
    return this.#store.deletedBaselines();
  }

  /** Recorded runs, also those that a list is too short for. */
  count(): number {
    return this.#store.use().runs;
  }

  detail(runId: string): RunDetail | null {
    return this.#sampler.detail(runId) ?? this.#store.get(runId)?.detail ?? null;
  }

  #stored(runId: string): StoredRun | null {
    const stored = this.#store.get(runId);
    const live = this.#sampler.detail(runId);
    return stored === null || live === null ? stored : { ...stored, detail: live };
  }

  series({ runId, fromMs, toMs, points }: SeriesParams): SeriesBlock {
    const run = this.#stored(runId);
    return run === null
      ? emptyBlock
      : runSeries(this.#store, run, fromMs, toMs, Math.min(mostPoints, points));
  }

  record(runId: string): RunRecord | null {
    const detail = this.detail(runId);
    if (detail === null) return null;
    return exportedRecord({
      run: detail,
      stepMarks: this.stepMarks(runId),
      findings: this.#store.findings(runId),
    });
  }

  samples(params: RunSamplesParams): readonly RunBlock[] {
    const run = this.#stored(params.runId);
    return run === null ? [] : samplesOf(this.#store, run, runKeys(run.detail), params);
  }

  /**
   * Energy and steps of a window, its edges interpolated. Readings go on meanwhile: of a day of eight GPUs there are
   * millions to read. @throws Error for a run that does not exist
   */
  async totals({ runId, fromMs, toMs }: TotalsParams): Promise<WindowTotals> {
    const run = this.#stored(runId);
    if (run === null) throw new Error('There is no such run.');
    const { clockZeroMs, detail } = run;
    const stored = { runId, clockZeroMs, keys: runKeys(detail) };
    const ticks = storedTicks(this.#store, stored, fromMs - windowMarginMs, toMs + windowMarginMs);
    const sourceId = detail.devices[0]?.provenance.source ?? 'none';
    const context = { sourceId, simulated: detail.simulated, wall: detail.totals.wall ?? null };
    const meter = createWindowMeter(detail.devices.map(windowDevice(detail)), fromMs, toMs, context);
    let restedAtMs = performance.now();
    for (const tick of ticks) {
      meter.add(tick);
      if (performance.now() - restedAtMs < mostBusyMs) continue;
      await setImmediate();
      restedAtMs = performance.now();
    }
    const totals = meter.totals();
    const marks = this.stepMarks(runId);
    const steps = windowSteps(marks, fromMs, toMs, totals.energyJ, detail.steps?.unit);
    const stepsSeenMs = steps === null ? stepsSeen(marks) : null;
    return { ...totals, steps, ...(stepsSeenMs === null ? {} : { stepsSeenMs }) };
  }

  /** @throws Error for a run that does not exist */
  compare(baselineRunId: string, runId: string): Comparison {
    const baseline = this.#side(baselineRunId);
    const run = this.#side(runId);
    return compareRuns(baseline, run);
  }

  /** @throws Error for a run that does not exist */
  compareSides(baselineRunIds: readonly string[], runIds: readonly string[]): SidesComparison {
    const sides = (ids: readonly string[]): RunToCompare[] => ids.map((runId) => this.#side(runId));
    return compareSides(sides(baselineRunIds), sides(runIds));
  }

  stepMarks(runId: string): readonly StepMark[] {
    return this.#sampler.liveRuns.get(runId)?.stepMarks() ?? this.#store.stepMarks(runId);
  }

  clockZeroMs(runId: string): number {
    return this.#store.get(runId)?.clockZeroMs ?? 0;
  }

  /** Shares of memory in use on the run's GPUs, thinned to so many points each. */
  memoryShares(run: RunDetail, points: number): readonly number[] {
    const { series, values } = this.series({ runId: run.runId, fromMs: null, toMs: null, points });
    const totals = new Map(run.devices.map(({ uuid, memoryTotalBytes }) => [uuid, memoryTotalBytes]));
    return series.flatMap(({ metric, deviceUuid }, row) => {
      const total = totals.get(deviceUuid ?? '') ?? null;
      if (metric !== 'memoryUsedBytes' || total === null) return [];
      return (values[row] ?? []).flatMap((used) => (used === null ? [] : [used / total]));
    });
  }

  #side(runId: string): RunToCompare {
    const detail = this.detail(runId);
    if (detail === null) throw new Error('There is no such run.');
    const block = this.series({ runId, fromMs: null, toMs: null, points: conditionPoints });
    return { summary: runSummary(detail), marks: this.stepMarks(runId), conditions: runConditions(block) };
  }

  /** Keeps what a person wrote of the run; null for a run that is not there. */
  label(runId: string, given: Partial<RunLabels>): RunSummary | null {
    const known = this.detail(runId);
    if (known === null) return null;
    const clean = cleanLabels(given);
    const labels: KeptLabels = { ...clean, ...pinTime(known, clean, Date.now()) };
    this.#sampler.label(runId, labels);
    const stored = this.#stored(runId);
    if (stored === null || this.#store.isArchived(runId)) return null;
    const detail: RunDetail = { ...stored.detail, ...labels };
    this.#store.stageRun({ ...stored, detail });
    return runSummary(detail);
  }

  delete(runId: string): void {
    this.#sampler.drop(runId);
    this.#store.delete(runId, Date.now());
  }

  /** A run whose process was still followed when it was deleted has not been seen since. */
  restore(runId: string): RunSummary | null {
    const run = this.#store.restore(runId);
    if (run === null) return null;
    const state = run.detail.state === 'live' ? 'interrupted' : run.detail.state;
    const detail: RunDetail = { ...run.detail, state };
    this.#store.stageRun({ ...run, detail });
    return runSummary(detail);
  }
}

const windowDevice =
  (detail: RunDetail) =>
  ({
    uuid,
    provenance,
    sensing,
    counterPeriodMs,
    readEveryMs,
    powerFromCounter,
    sharingState,
  }: RunDevice): WindowDevice => {
    const hasEnergyCounter = provenance.quality === 'counter' || provenance.quality === 'counterUnchecked';
    return {
      uuid,
      hasEnergyCounter,
      powerQuality: hasEnergyCounter ? 'instant' : provenance.quality,
      band: provenance.band,
      sensing: sensing ?? null,
      counterPeriodMs: counterPeriodMs ?? null,
      readEveryMs: readEveryMs ?? null,
      powerFromCounter: powerFromCounter === true,
      sharingState: sharingState ?? null,
      counterChecked: detail.totals.provenance?.quality === 'counter',
    };
  };
