/**
 * Samples of a run, kept as means of equal buckets so that a day costs as little as a minute.
 *
 * Buckets start at multiples of their width: a curve drawn again after new samples does not shimmer. A `whole` timeline
 * doubles its bucket width when it is full; a `recent` one keeps its width and forgets its oldest half.
 *
 * `append` changes the timeline in place: copying 16 GPUs four times a second would cost more than drawing them.
 */

import type { SeriesBlock } from '../contracts/runs.ts';

interface Track {
  sum: Float64Array;
  count: Float64Array;
  /** Time of the last sample taken; older ones are repeats and are left out. */
  lastMs: number;
  lastValue: number;
}

export interface Timeline {
  readonly kind: 'whole' | 'recent';
  readonly capacity: number;
  widthMs: number;
  /** Bucket number, counted from time 0, of slot 0. */
  first: number;
  /** Slots in use. */
  used: number;
  readonly tracks: Map<string, Track>;
}

/** The mean of one bucket, at its middle. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export function createTimeline(kind: Timeline['kind'], widthMs: number, capacity = 2048): Timeline {
  return { kind, capacity, widthMs, first: -1, used: 0, tracks: new Map() };
}

export function append(timeline: Timeline, block: SeriesBlock): void {
  if (block.timesMs.length === 0) return;
  for (const [row, info] of block.series.entries()) {
    const values = block.values[row];
    if (values === undefined) continue;
    const track = trackOf(timeline, info.id);
    for (const [column, timeMs] of block.timesMs.entries()) {
      const value = values[column];
      if (typeof value !== 'number' || !Number.isFinite(value) || !(timeMs > track.lastMs)) continue;
      const slot = slotFor(timeline, timeMs);
      if (slot < 0) continue;
      track.sum[slot] = (track.sum[slot] ?? 0) + value;
      track.count[slot] = (track.count[slot] ?? 0) + 1;
      track.lastMs = timeMs;
      track.lastValue = value;
    }
  }
}

/** The last sample of a series, however wide the buckets have become. */
export function latest(timeline: Timeline, id: string): { timeMs: number; value: number } | undefined {
  const track = timeline.tracks.get(id);
  return track === undefined || track.lastMs < 0
    ? undefined
    : { timeMs: track.lastMs, value: track.lastValue };
}

export const startMs = (timeline: Timeline): number => Math.max(0, timeline.first) * timeline.widthMs;

export function lastMs(timeline: Timeline): number {
  let last = -1;
  for (const track of timeline.tracks.values()) last = Math.max(last, track.lastMs);
  return last;
}

/** Means of one series between two times, in buckets of `group` slots each. */
export function points(
  timeline: Timeline,
  id: string,
  fromMs: number,
  toMs: number,
  group: number,
): readonly Point[] {
  const track = timeline.tracks.get(id);
  if (track === undefined) return [];
  const { widthMs, first, used } = timeline;
  const result: Point[] = [];
  const groupMs = widthMs * group;
  const lastGroup = Math.min(Math.floor(toMs / groupMs), Math.floor((first + used - 1) / group));
  const firstGroup = Math.max(Math.floor(fromMs / groupMs), Math.floor(first / group));
  for (let bucket = firstGroup; bucket <= lastGroup; bucket += 1) {
    let sum = 0;
    let count = 0;
    const end = Math.min(used, (bucket + 1) * group - first);
    for (let slot = Math.max(0, bucket * group - first); slot < end; slot += 1) {
      sum += track.sum[slot] ?? 0;
      count += track.count[slot] ?? 0;
    }
    if (count > 0) result.push({ x: (bucket + 0.5) * groupMs, y: sum / count });
  }
  return result;
}

function trackOf(timeline: Timeline, id: string): Track {
  let track = timeline.tracks.get(id);
  if (track === undefined) {
    const { capacity } = timeline;
    track = { sum: new Float64Array(capacity), count: new Float64Array(capacity), lastMs: -1, lastValue: 0 };
    timeline.tracks.set(id, track);
  }
  return track;
}

/** The slot of a time, after making room for it; −1 when the time lies before everything kept. */
function slotFor(timeline: Timeline, timeMs: number): number {
  if (timeline.first < 0) {
    timeline.first = timeline.kind === 'whole' ? 0 : Math.max(0, Math.floor(timeMs / timeline.widthMs));
  }
  for (;;) {
    const slot = Math.floor(timeMs / timeline.widthMs) - timeline.first;
    if (slot < timeline.capacity) {
      timeline.used = Math.max(timeline.used, slot + 1);
      return slot;
    }
    if (timeline.kind === 'whole') halve(timeline);
    else forget(timeline, slot - timeline.capacity + 1);
  }
}

function halve(timeline: Timeline): void {
  const odd = timeline.first % 2;
  for (const track of timeline.tracks.values()) {
    track.sum = pairs(track.sum, odd);
    track.count = pairs(track.count, odd);
  }
  timeline.used = Math.ceil((timeline.used + odd) / 2);
  timeline.first = Math.floor(timeline.first / 2);
  timeline.widthMs *= 2;
}

function pairs(values: Float64Array, odd: number): Float64Array {
  const merged = new Float64Array(values.length);
  for (const [slot, value] of values.entries()) {
    if (value === 0) continue;
    const target = Math.floor((slot + odd) / 2);
    merged[target] = (merged[target] ?? 0) + value;
  }
  return merged;
}

function forget(timeline: Timeline, atLeast: number): void {
  const dropped = Math.max(Math.floor(timeline.capacity / 2), atLeast);
  for (const track of timeline.tracks.values()) {
    for (const values of [track.sum, track.count]) {
      values.copyWithin(0, Math.min(dropped, values.length));
      values.fill(0, Math.max(0, values.length - dropped));
    }
  }
  timeline.first += dropped;
  timeline.used = Math.max(0, timeline.used - dropped);
}
