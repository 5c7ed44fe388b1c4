/** The window that is shown, cut into the buckets that are drawn, and the series in them. */

import { type PanelState, timelineFor } from './state.ts';
import { lastMs, type Point, points } from './timeline.ts';

/** Painting is what an update costs, so that many GPUs get fewer points; more than one in 3 px cannot be seen. */
const targetPoints = (gpus: number, widthPx: number): number =>
  Math.max(60, Math.min(gpus <= 4 ? 300 : 150, widthPx / 3));
/** Where nothing is laid out, as for the table. */
const usualWidthPx = 900;
/** A run of two seconds is not stretched over the whole panel. */
const shortestWindowMs = 10_000;

/** The window, cut into the buckets that are drawn. */
export interface Buckets {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  /** Slots of the timeline to a bucket: a power of two, so that buckets stay where they are as the run grows. */
  readonly group: number;
}

export function windowOf(state: PanelState): { fromMs: number; toMs: number } {
  const { window } = state.view;
  const end = Math.max(shortestWindowMs, state.run?.durationMs ?? 0, lastMs(state.curves.whole));
  if (window.kind === 'fixed') return { fromMs: window.fromMs, toMs: Math.min(end, window.toMs) };
  if (window.kind === 'last') return { fromMs: Math.max(0, end - window.ms), toMs: end };
  return { fromMs: 0, toMs: end };
}

export function bucketsFor(state: PanelState, widthPx = usualWidthPx): Buckets {
  const { fromMs, toMs } = windowOf(state);
  const { widthMs } = timelineFor(state.curves, fromMs, toMs);
  const most = targetPoints(state.run?.devices.length ?? 1, widthPx) * 1.34;
  let group = 1;
  while ((toMs - fromMs) / (widthMs * group) > most) group *= 2;
  return { fromMs, toMs, bucketMs: widthMs * group, group };
}

/** @param owner a GPU's UUID, or `host` */
export function seriesPoints(
  state: PanelState,
  owner: string,
  metric: string,
  { fromMs, toMs, group }: Buckets,
): readonly Point[] {
  const timeline = timelineFor(state.curves, fromMs, toMs);
  return points(timeline, `${owner}/${metric}`, fromMs, toMs, group);
}
