/** Samples of a run as aligned series for a chart, thinned to what it can show. */

import { gpuMetricIds, hostMetricIds, type MetricId } from '../contracts/metrics.ts';
import type { RunDetail, SeriesBlock, SeriesInfo } from '../contracts/runs.ts';
import type { RunTick } from '../insight/ticks.ts';
import { groupSamples } from './follow/replay.ts';
import { SeriesGrid } from './seriesGrid.ts';
import type { MeanRows } from './store/means.ts';
import type { RunStore } from './store/runStore.ts';
import type { StoredRun } from './store/runTable.ts';
import type { Sample } from './store/samples.ts';
import type { TrackKey } from './store/waiting.ts';

/** Longer windows are drawn from summaries instead of single readings. */
const rawMs = 30 * 60_000;
const tenSecondMs = 6 * 3_600_000;
const restMs = 10_000;

interface Moment {
  readonly timeMs: number;
  readonly samples: ReadonlyMap<TrackKey, Sample>;
}

export function runKeys(detail: RunDetail): readonly TrackKey[] {
  return [...detail.devices.map(({ uuid }): TrackKey => `gpu/${uuid}`), `host/${detail.runId}`];
}

/** @param points at most so many points a series; each is the mean of its bucket */
export function runSeries(
  store: RunStore,
  run: StoredRun,
  fromMs: number | null,
  toMs: number | null,
  points: number,
): SeriesBlock {
  const { clockZeroMs, detail } = run;
  const window = {
    fromMs: clockZeroMs + Math.max(0, fromMs ?? 0),
    toMs: clockZeroMs + (toMs ?? detail.durationMs),
    points: Math.max(1, points),
  };
  const keys = runKeys(detail);
  if (window.toMs - window.fromMs <= rawMs) {
    const moments = groupSamples(store.read(detail.runId, keys, window.fromMs, window.toMs));
    if (moments.length > 0) return blockOf(moments, window, keys, clockZeroMs);
  }
  // A day is drawn from these alone, and an old run has nothing else left.
  return summarySeries(store, run, keys, window);
}

interface Window {
  /** Sampler time. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
}

function summarySeries(
  store: RunStore,
  { clockZeroMs, detail: { runId } }: StoredRun,
  keys: readonly TrackKey[],
  { fromMs, toMs, points }: Window,
): SeriesBlock {
  const [table, lengthMs] =
    toMs - fromMs <= tenSecondMs ? (['rollup10', 10_000] as const) : (['rollup60', 60_000] as const);
  const means = store.readMeans(runId, table, keys, fromMs, toMs);
  const middles = allStarts([...means.values()])
    .filter((startMs) => startMs + lengthMs > fromMs && startMs <= toMs)
    .map((startMs) => startMs + lengthMs / 2);
  const summarisedTo = Math.max(fromMs, (middles.at(-1) ?? 0) + lengthMs / 2);
  // The open minute has no summary yet: its readings are gathered as coarsely here.
  const rest = store.read(runId, keys, summarisedTo, toMs);
  const restTimes = new Set<number>();
  for (const samples of rest.values()) for (const { timeMs } of samples) restTimes.add(middleOf(timeMs));
  const last = [...restTimes].sort((one, other) => one - other);
  const grid = new SeriesGrid([...middles, ...last], fromMs, toMs, points);
  for (const [key, rows] of means) grid.putRows(key, rows, lengthMs / 2);
  for (const [key, samples] of rest)
    for (const { timeMs, values } of samples) putKnown(grid, key, middleOf(timeMs), values, idsOf(key));
  return grid.block(keys, clockZeroMs);
}

/** Starts of the buckets that any track has, in order; nearly always all have the same. */
function allStarts([first, ...others]: readonly MeanRows[]): readonly number[] {
  if (first === undefined) return [];
  const { startsMs } = first;
  const same = (rows: MeanRows): boolean => {
    const theirs = rows.startsMs;
    return theirs.length === startsMs.length && theirs.every((startMs, row) => startMs === startsMs[row]);
  };
  if (others.every(same)) return [...startsMs];
  const starts = new Set([first, ...others].flatMap((rows) => [...rows.startsMs]));
  return [...starts].sort((one, other) => one - other);
}

/** Middle of the stretch that a reading without a summary is gathered in. */
const middleOf = (timeMs: number): number => (Math.floor(timeMs / restMs) + 0.5) * restMs;
const idsOf = (key: TrackKey): readonly MetricId[] =>
  key.startsWith('host/') ? hostMetricIds : gpuMetricIds;

function blockOf(
  moments: readonly Moment[],
  { fromMs, toMs, points }: Window,
  keys: readonly TrackKey[],
  clockZeroMs: number,
): SeriesBlock {
  const grid = new SeriesGrid(
    moments.map(({ timeMs }) => timeMs),
    fromMs,
    toMs,
    points,
  );
  for (const { timeMs, samples } of moments)
    for (const [key, { values }] of samples) putKnown(grid, key, timeMs, values, idsOf(key));
  return grid.block(keys, clockZeroMs);
}

type Known = Readonly<Partial<Record<MetricId, number | null | undefined>>>;

function putKnown(
  grid: SeriesGrid,
  key: TrackKey,
  timeMs: number,
  values: Known,
  ids: readonly MetricId[],
): void {
  for (const id of ids) {
    const value = values[id];
    if (typeof value === 'number') grid.put(key, id, timeMs, value);
  }
}

/** Live ticks in the same form; there are few of them, and each is a point. */
export function tickSeries(ticks: readonly RunTick[]): SeriesBlock {
  const series: SeriesInfo[] = [];
  const values: (number | null)[][] = [];
  const add = (owner: string, from: readonly (Known | null | undefined)[], metrics: readonly MetricId[]) => {
    for (const metric of metrics) {
      if (!from.some((known) => typeof known?.[metric] === 'number')) continue;
      series.push({ id: `${owner}/${metric}`, metric, deviceUuid: owner === 'host' ? null : owner });
      values.push(from.map((known) => known?.[metric] ?? null));
    }
  };
  for (const uuid of new Set(ticks.flatMap(({ gpus }) => gpus.map((gpu) => gpu.uuid))))
    add(
      uuid,
      ticks.map(({ gpus }) => gpus.find((gpu) => gpu.uuid === uuid)),
      gpuMetricIds,
    );
  add(
    'host',
    ticks.map(({ host }) => host),
    hostMetricIds,
  );
  return { series, timesMs: ticks.map(({ timeMs }) => timeMs), values };
}
