/** What the canvas shows, ready to draw: the window, a line or a band for each GPU, the top of each axis. */

import type { Gap, RunDetail } from '../contracts/runs.ts';
import { type Buckets, bucketsFor, seriesPoints } from './buckets.ts';
import { charts } from './charts/all.ts';
import type { ChartSpec } from './charts/chartSpec.ts';
import { type CurveMarks, curveMarks } from './curveMarks.ts';
import type { PanelState } from './state.ts';
import type { Point } from './timeline.ts';

/** More GPUs than this are drawn as a band with the chosen one in front. */
export const mostLines = 8;
const holeMs = 3_000;

export interface Line {
  readonly chart: ChartSpec;
  /** `mean` is the mean over all GPUs, `host` no GPU. */
  readonly deviceUuid: string;
  /** Position among the run's GPUs; picks colour and dash. */
  readonly position: number;
  readonly role: 'plain' | 'chosen' | 'behind';
  /** A break is a point whose y is not a number. */
  readonly points: readonly Point[];
}

export interface Band {
  readonly chart: ChartSpec;
  readonly low: readonly Point[];
  readonly high: readonly Point[];
}

export interface ChartData extends Buckets {
  /** From top to bottom. */
  readonly charts: readonly ChartSpec[];
  readonly lines: readonly Line[];
  readonly bands: readonly Band[];
  readonly marks: CurveMarks;
  /** Largest value drawn, by chart id. */
  readonly largest: Readonly<Record<string, number>>;
}

export const shownCharts = ({ charts: shown }: PanelState): readonly ChartSpec[] =>
  charts.filter(({ id }) => shown.includes(id));

export function chartData(state: PanelState, widthPx?: number): ChartData {
  const buckets = bucketsFor(state, widthPx);
  const { bucketMs } = buckets;
  const { run, view } = state;
  const shown = shownCharts(state);
  const lines: Line[] = [];
  const bands: Band[] = [];
  const largest: Record<string, number> = {};
  if (run !== null) {
    for (const chart of shown) {
      if (chart.owner === 'host') {
        const host = seriesPoints(state, 'host', chart.metric, buckets);
        largest[chart.id] = Math.max(0, ...host.map(({ y }) => y));
        const series = withBreaks(host, bucketMs, run.gaps);
        lines.push({ chart, deviceUuid: 'host', position: 0, role: 'plain', points: series });
        continue;
      }
      const all = run.devices.map(({ uuid }) => seriesPoints(state, uuid, chart.metric, buckets));
      largest[chart.id] = Math.max(0, ...all.flat().map(({ y }) => y));
      const crowded = all.length > mostLines;
      if (crowded) {
        const { low, high, mean } = spread(all);
        const broken = (series: readonly Point[]): readonly Point[] => withBreaks(series, bucketMs, run.gaps);
        bands.push({ chart, low: broken(low), high: broken(high) });
        lines.push({ chart, deviceUuid: 'mean', position: 0, role: 'plain', points: broken(mean) });
      }
      for (const [position, device] of run.devices.entries()) {
        const chosen = device.uuid === view.deviceUuid;
        if (crowded && !chosen) continue;
        const role = chosen ? 'chosen' : view.deviceUuid === null ? 'plain' : 'behind';
        const series = withBreaks(all[position] ?? [], bucketMs, run.gaps);
        lines.push({ chart, deviceUuid: device.uuid, position, role, points: series });
      }
    }
  }
  // The chosen one is drawn last, above the others.
  lines.sort((a, b) => Number(a.role === 'chosen') - Number(b.role === 'chosen'));
  return { ...buckets, charts: shown, lines, bands, marks: curveMarks(state, buckets), largest };
}

/** Lowest, highest and mean of all GPUs, bucket by bucket. */
function spread(all: readonly (readonly Point[])[]): Record<'low' | 'high' | 'mean', readonly Point[]> {
  const byTime = new Map<number, { low: number; high: number; sum: number; count: number }>();
  for (const { x, y } of all.flat()) {
    const at = byTime.get(x);
    if (at === undefined) byTime.set(x, { low: y, high: y, sum: y, count: 1 });
    else {
      at.low = Math.min(at.low, y);
      at.high = Math.max(at.high, y);
      at.sum += y;
      at.count += 1;
    }
  }
  const times = [...byTime].sort(([a], [b]) => a - b);
  return {
    low: times.map(([x, { low }]) => ({ x, y: low })),
    high: times.map(([x, { high }]) => ({ x, y: high })),
    mean: times.map(([x, { sum, count }]) => ({ x, y: sum / count })),
  };
}

/** A curve may not run straight through time in which nothing was read. */
function withBreaks(series: readonly Point[], bucketMs: number, gaps: readonly Gap[]): readonly Point[] {
  const broken: Point[] = [];
  let before: Point | undefined;
  for (const point of series) {
    if (before !== undefined) {
      const { x } = before;
      const hole = point.x - x > Math.max(holeMs, bucketMs * 3);
      const gap = gaps.some(({ fromMs, toMs }) => fromMs < point.x && toMs > x && toMs - fromMs > bucketMs);
      if (hole || gap) broken.push({ x: (x + point.x) / 2, y: Number.NaN });
    }
    broken.push(point);
    before = point;
  }
  return broken;
}

/** The sample nearest to a time, if one is within reach of it. */
export function valueAt(series: readonly Point[], timeMs: number, bucketMs: number): number | undefined {
  let best: Point | undefined;
  for (const point of series) {
    if (best === undefined || Math.abs(point.x - timeMs) < Math.abs(best.x - timeMs)) best = point;
  }
  return best !== undefined && Math.abs(best.x - timeMs) <= Math.max(1500, bucketMs) && !Number.isNaN(best.y)
    ? best.y
    : undefined;
}

export const isSimulated = (run: RunDetail | null): boolean =>
  run !== null && (run.simulated || run.devices.some((device) => device.provenance.simulated));
