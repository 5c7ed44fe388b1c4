/** Values of many moments gathered into the points of a chart: each point is the mean of what falls to it. */

import { gpuMetricIds, hostMetricIds, type MetricId } from '../contracts/metrics.ts';
import type { SeriesBlock, SeriesInfo } from '../contracts/runs.ts';
import type { MeanRows } from './store/means.ts';
import type { TrackKey } from './store/waiting.ts';

interface Column {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
}

export class SeriesGrid {
  readonly #points = new Map<number, number>();
  readonly #timesMs: number[] = [];
  readonly #columns = new Map<TrackKey, Map<MetricId, Column>>();
  #lastRows: { readonly startsMs: Float64Array; readonly points: Int32Array } = {
    startsMs: new Float64Array(),
    points: new Int32Array(),
  };

  /**
   * @param timesMs every moment, in order
   * @param points at most so many; with fewer moments each is a point of its own
   */
  constructor(timesMs: readonly number[], fromMs: number, toMs: number, points: number) {
    const single = timesMs.length <= points;
    const widthMs = Math.max(1, (toMs - fromMs) / points);
    let bucket = -1;
    let count = 0;
    for (const timeMs of timesMs) {
      const next = single ? bucket + 1 : Math.min(points - 1, Math.floor((timeMs - fromMs) / widthMs));
      if (next !== bucket || this.#timesMs.length === 0) {
        this.#timesMs.push(timeMs);
        count = 1;
      } else {
        count += 1;
        const last = this.#timesMs.length - 1;
        const mean = this.#timesMs[last] ?? timeMs;
        this.#timesMs[last] = mean + (timeMs - mean) / count;
      }
      bucket = next;
      this.#points.set(timeMs, this.#timesMs.length - 1);
    }
  }

  /** Adds a value of one of the moments. */
  put(key: TrackKey, metric: MetricId, timeMs: number, value: number): void {
    const point = this.#points.get(timeMs);
    if (point === undefined) return;
    const { sums, counts } = this.#column(key, metric);
    sums[point] = (sums[point] ?? 0) + value;
    counts[point] = (counts[point] ?? 0) + 1;
  }

  /** Adds the means of many buckets of one track, each at the middle of its bucket. */
  putRows(key: TrackKey, means: MeanRows, middleMs: number): void {
    const points = this.#pointsOf(means.startsMs, middleMs);
    for (const [metric, stored, perUnit] of means.columns()) {
      const { sums, counts } = this.#column(key, metric);
      for (let row = 0; row < stored.length; row += 1) {
        const value = stored[row] ?? Number.NaN;
        const point = points[row] ?? -1;
        if (Number.isNaN(value) || point < 0) continue;
        sums[point] = (sums[point] ?? 0) + value / perUnit;
        counts[point] = (counts[point] ?? 0) + 1;
      }
    }
  }

  /** The point of each bucket, -1 for none. Nearly always all tracks have the same buckets. */
  #pointsOf(startsMs: Float64Array, middleMs: number): Int32Array {
    const last = this.#lastRows;
    const same =
      last.startsMs.length === startsMs.length && last.startsMs.every((ms, row) => ms === startsMs[row]);
    if (same) return last.points;
    const points = Int32Array.from(startsMs, (startMs) => this.#points.get(startMs + middleMs) ?? -1);
    this.#lastRows = { startsMs, points };
    return points;
  }

  #column(key: TrackKey, metric: MetricId): Column {
    let columns = this.#columns.get(key);
    if (columns === undefined) {
      columns = new Map();
      this.#columns.set(key, columns);
    }
    let column = columns.get(metric);
    if (column === undefined) {
      const { length } = this.#timesMs;
      column = { sums: new Float64Array(length), counts: new Uint32Array(length) };
      columns.set(metric, column);
    }
    return column;
  }

  /** A series for each metric of which anything is known, in the order of the keys; times on the run's clock. */
  block(keys: readonly TrackKey[], clockZeroMs: number): SeriesBlock {
    const series: SeriesInfo[] = [];
    const values: (number | null)[][] = [];
    for (const key of keys) {
      const isHost = key.startsWith('host/');
      const name = isHost ? 'host' : key.slice('gpu/'.length);
      for (const metric of isHost ? hostMetricIds : gpuMetricIds) {
        const column = this.#columns.get(key)?.get(metric);
        if (column === undefined) continue;
        series.push({ id: `${name}/${metric}`, metric, deviceUuid: isHost ? null : name });
        values.push(meansOf(column));
      }
    }
    return { series, timesMs: this.#timesMs.map((timeMs) => timeMs - clockZeroMs), values };
  }
}

function meansOf({ sums, counts }: Column): (number | null)[] {
  const means: (number | null)[] = [];
  for (let point = 0; point < sums.length; point += 1) {
    const count = counts[point] ?? 0;
    means.push(count === 0 ? null : (sums[point] ?? 0) / count);
  }
  return means;
}
