/** Samples of a run as aligned series for a chart, thinned to what it can show. */

import { gpuMetricIds, hostMetricIds, type MetricId } from '../contracts/metrics.ts';
import type { RunDetail, SeriesBlock, SeriesInfo } from '../contracts/runs.ts';
import type { RunTick } from '../insight/ticks.ts';
import { groupSamples } from './follow/replay.ts';
import type { RunStore, TrackKey } from './store/runStore.ts';
import type { StoredRun } from './store/runTable.ts';
import type { Sample } from './store/samples.ts';

/** Longer windows are drawn from summaries instead of single readings. */
const rawMs = 30 * 60_000;
const tenSecondMs = 6 * 3_600_000;

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
  const from = clockZeroMs + Math.max(0, fromMs ?? 0);
  const to = clockZeroMs + (toMs ?? detail.durationMs);
  const keys = runKeys(detail);
  const single = to - from <= rawMs ? readMoments(store, detail.runId, keys, from, to) : [];
  // An old run has only its summaries left.
  const moments = single.length > 0 ? single : readSummaries(store, detail.runId, keys, from, to);
  return toBlock(thin(moments, from, to, Math.max(1, points)), keys, clockZeroMs);
}

function readMoments(
  store: RunStore,
  runId: string,
  keys: readonly TrackKey[],
  from: number,
  to: number,
): readonly Moment[] {
  return groupSamples(store.read(runId, keys, from, to));
}

function readSummaries(
  store: RunStore,
  runId: string,
  keys: readonly TrackKey[],
  from: number,
  to: number,
): readonly Moment[] {
  const [table, lengthMs] =
    to - from <= tenSecondMs ? (['rollup10', 10_000] as const) : (['rollup60', 60_000] as const);
  const byTime = new Map<number, Map<TrackKey, Sample>>();
  let summarisedTo = from;
  for (const [key, rollups] of store.readRollups(runId, table, keys, from, to)) {
    for (const [startMs, rollup] of rollups) {
      const timeMs = startMs + lengthMs / 2;
      summarisedTo = Math.max(summarisedTo, startMs + lengthMs);
      const values = Object.fromEntries(Object.entries(rollup.ranges).map(([id, range]) => [id, range.mean]));
      const moment = byTime.get(timeMs) ?? new Map<TrackKey, Sample>();
      byTime.set(timeMs, moment.set(key, { timeMs, values }));
    }
  }
  const summarised = [...byTime].sort(([a], [b]) => a - b).map(([timeMs, samples]) => ({ timeMs, samples }));
  // The open minute has no summary yet.
  return [...summarised, ...readMoments(store, runId, keys, summarisedTo, to)];
}

function thin(moments: readonly Moment[], from: number, to: number, points: number): readonly Moment[] {
  if (moments.length <= points) return moments;
  const widthMs = Math.max(1, (to - from) / points);
  const thinned: Moment[] = [];
  for (let index = 0; index < moments.length; ) {
    const bucket = Math.min(points - 1, Math.floor(((moments[index]?.timeMs ?? from) - from) / widthMs));
    const inside: Moment[] = [];
    for (; index < moments.length; index += 1) {
      const moment = moments[index];
      if (moment === undefined) break;
      if (Math.min(points - 1, Math.floor((moment.timeMs - from) / widthMs)) !== bucket) break;
      inside.push(moment);
    }
    thinned.push(meanOf(inside));
  }
  return thinned;
}

function meanOf(moments: readonly Moment[]): Moment {
  const timeMs = moments.reduce((sum, moment) => sum + moment.timeMs, 0) / moments.length;
  const sums = new Map<TrackKey, Map<MetricId, { sum: number; count: number }>>();
  for (const { samples } of moments) {
    for (const [key, { values }] of samples) {
      const track = sums.get(key) ?? new Map<MetricId, { sum: number; count: number }>();
      sums.set(key, track);
      for (const [id, value] of Object.entries(values) as [MetricId, number][]) {
        const entry = track.get(id) ?? { sum: 0, count: 0 };
        track.set(id, { sum: entry.sum + value, count: entry.count + 1 });
      }
    }
  }
  const samples = new Map<TrackKey, Sample>();
  for (const [key, track] of sums) {
    const values = Object.fromEntries([...track].map(([id, { sum, count }]) => [id, sum / count]));
    samples.set(key, { timeMs, values });
  }
  return { timeMs, samples };
}

function toBlock(moments: readonly Moment[], keys: readonly TrackKey[], clockZeroMs: number): SeriesBlock {
  const series: SeriesInfo[] = [];
  const values: (number | null)[][] = [];
  for (const key of keys) {
    const isHost = key.startsWith('host/');
    const name = isHost ? 'host' : key.slice('gpu/'.length);
    for (const metric of isHost ? hostMetricIds : gpuMetricIds) {
      const column = moments.map(({ samples }) => samples.get(key)?.values[metric] ?? null);
      if (column.every((value) => value === null)) continue;
      series.push({ id: `${name}/${metric}`, metric, deviceUuid: isHost ? null : name });
      values.push(column);
    }
  }
  return { series, timesMs: moments.map(({ timeMs }) => timeMs - clockZeroMs), values };
}

/** Live ticks in the same form. */
export function tickSeries(ticks: readonly RunTick[]): SeriesBlock {
  const uuids = [...new Set(ticks.flatMap(({ gpus }) => gpus.map(({ uuid }) => uuid)))];
  const keys = [...uuids.map((uuid): TrackKey => `gpu/${uuid}`), 'host/run' as const];
  const moments = ticks.map((tick) => {
    const samples = new Map<TrackKey, Sample>();
    for (const { uuid, timeMs: _, ...values } of tick.gpus) samples.set(`gpu/${uuid}`, toSample(values));
    if (tick.host !== null) samples.set('host/run', toSample(tick.host));
    return { timeMs: tick.timeMs, samples };
  });
  return toBlock(moments, keys, 0);
}

function toSample(values: object): Sample {
  return {
    timeMs: 0,
    values: Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'number')),
  };
}
