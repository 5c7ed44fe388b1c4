/** Answers about runs, live or stored, for the clients. */

import type { Comparison, EnergyTotals, RunDetail, RunSummary, SeriesBlock } from '../contracts/runs.ts';
import type { SeriesParams, TotalsParams } from '../contracts/samplerProtocol.ts';
import { createRunInsight } from '../insight/runInsight.ts';
import type { GpuTick, StepMark } from '../insight/ticks.ts';
import { groupSamples, tickOf } from './follow/replay.ts';
import { runKeys, runSeries } from './runSeries.ts';
import { type Sampler, summaryOf } from './sampler.ts';
import type { RunStore } from './store/runStore.ts';
import type { StoredRun } from './store/runTable.ts';

const mostRuns = 1000;
const mostPoints = 20_000;
/** Readings so far outside a window still tell the power at its edge. */
const edgeMs = 1_000;

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
    return runs.map((run) => summaryOf(this.#sampler.detail(run.runId) ?? run));
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

  /** Energy of a window, its edges interpolated. @throws Error for a run that does not exist */
  totals({ runId, fromMs, toMs }: TotalsParams): EnergyTotals {
    const run = this.#stored(runId);
    if (run === null) throw new Error('There is no such run.');
    const { clockZeroMs, detail } = run;
    const insight = createRunInsight(
      detail.devices.map(({ provenance, ...device }) => {
        const counted = provenance.quality === 'counter' || provenance.quality === 'counterUnchecked';
        const powerQuality = counted ? ('instant' as const) : provenance.quality;
        return { ...device, powerQuality, hasEnergyCounter: counted, band: provenance.band };
      }),
      { sourceId: detail.devices[0]?.provenance.source ?? 'none', simulated: detail.simulated },
    );
    for (const gap of detail.gaps)
      if (gap.toMs > fromMs && gap.fromMs < toMs)
        insight.addGap({ ...gap, fromMs: gap.fromMs - fromMs, toMs: gap.toMs - fromMs });
    const samples = this.#store.read(
      runId,
      runKeys(detail),
      clockZeroMs + Math.max(0, fromMs - edgeMs),
      clockZeroMs + toMs + edgeMs,
    );
    const earlier = new Map<string, GpuTick>();
    for (const group of groupSamples(samples)) {
      const tick = tickOf(group, clockZeroMs);
      const inside: GpuTick[] = [];
      for (const gpu of tick.gpus) {
        const atMs = gpu.timeMs ?? tick.timeMs;
        const before = earlier.get(gpu.uuid);
        const beforeMs = before?.timeMs ?? atMs;
        earlier.set(gpu.uuid, gpu);
        if (before !== undefined && beforeMs < fromMs && atMs > fromMs)
          inside.push(between(before, gpu, fromMs));
        if (atMs >= fromMs && atMs <= toMs) inside.push(gpu);
        else if (before !== undefined && beforeMs < toMs && atMs > toMs)
          inside.push(between(before, gpu, toMs));
      }
      for (const gpu of inside) {
        const timeMs = (gpu.timeMs ?? tick.timeMs) - fromMs;
        insight.addTick({ timeMs, gpus: [{ ...gpu, timeMs }], host: null });
      }
    }
    insight.addTick({ timeMs: toMs - fromMs, gpus: [], host: null });
    return insight.snapshot().totals;
  }

  /** @throws Error for a run that does not exist */
  compare(baselineRunId: string, runId: string): Comparison {
    const baseline = this.#side(baselineRunId);
    const run = this.#side(runId);
    throw new Error(`Not yet: ${baseline.summary.runId} ${run.summary.runId}`);
  }

  #side(runId: string): { summary: RunSummary; stepMarks: readonly StepMark[] } {
    const detail = this.detail(runId);
    if (detail === null) throw new Error('There is no such run.');
    const live = this.#sampler.liveRuns.get(runId);
    return { summary: summaryOf(detail), stepMarks: live?.stepMarks() ?? this.#store.stepMarks(runId) };
  }

  delete(runId: string): void {
    const keys = runKeys(this.detail(runId) ?? { ...noDetail, runId });
    this.#sampler.drop(runId);
    this.#store.delete(
      runId,
      keys.filter((key) => key.startsWith('gpu/')),
    );
  }
}

const noDetail = { devices: [] } as unknown as RunDetail;

/** The reading at a time between two: power and counter on the straight line, the rest as it was before. */
function between(before: GpuTick, after: GpuTick, timeMs: number): GpuTick {
  const beforeMs = before.timeMs ?? timeMs;
  const afterMs = after.timeMs ?? timeMs;
  const share = afterMs > beforeMs ? (timeMs - beforeMs) / (afterMs - beforeMs) : 0;
  const mix = (a: number | null | undefined, b: number | null | undefined): number | undefined =>
    typeof a === 'number' && typeof b === 'number' ? a + (b - a) * share : undefined;
  return {
    ...before,
    timeMs,
    powerW: mix(before.powerW, after.powerW),
    energyJ: mix(before.energyJ, after.energyJ),
  };
}
