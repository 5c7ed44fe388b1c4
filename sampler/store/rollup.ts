/** Summaries of 10 s and of a minute, so that a day opens without decoding it. Written once, from whole minutes. */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import { fromStored, metricCode, metricOfCode, type Sample, toStored } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

export interface MetricRange {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

export interface Rollup {
  readonly count: number;
  /** Energy by power over the bucket, joules; readings further apart than a second leave a hole. */
  readonly energyJ: number;
  readonly ranges: Readonly<Partial<Record<MetricId, MetricRange>>>;
}

export const rollupVersion = 1;
const longestHoldMs = 1000;

/** Summary of the samples that lie in `[fromMs, toMs)`; they are in order of time and all from there. */
export function summarise(samples: readonly Sample[], fromMs: number, toMs: number): Rollup {
  const ranges: Partial<Record<MetricId, MetricRange>> = {};
  for (const id of metricIds) {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let sum = 0;
    let count = 0;
    for (const { values } of samples) {
      const value = values[id];
      if (value === undefined) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      count += 1;
    }
    if (count > 0) ranges[id] = { min, mean: sum / count, max };
  }
  return { count: samples.length, energyJ: energyOf(samples, fromMs, toMs), ranges };
}

/** Trapezoid, the first and last reading held to the bucket's edges: nothing outside the bucket is needed. */
function energyOf(samples: readonly Sample[], fromMs: number, toMs: number): number {
  let joules = 0;
  let beforeMs = fromMs;
  let beforeW: number | undefined;
  const add = (untilMs: number, untilW: number): void => {
    const elapsedMs = untilMs - beforeMs;
    if (elapsedMs > 0 && elapsedMs <= longestHoldMs)
      joules += ((untilW + (beforeW ?? untilW)) / 2000) * elapsedMs;
    beforeMs = untilMs;
    beforeW = untilW;
  };
  for (const { timeMs, values } of samples) if (values.powerW !== undefined) add(timeMs, values.powerW);
  if (beforeW !== undefined) add(toMs, beforeW);
  return joules;
}

export function encodeRollup(rollup: Rollup): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(rollupVersion);
  writer.unsigned(rollup.count);
  writer.unsigned(Math.round(rollup.energyJ * 1000));
  const ranges = Object.entries(rollup.ranges) as [MetricId, MetricRange][];
  writer.unsigned(ranges.length);
  for (const [id, range] of ranges) {
    const mean = toStored(id, range.mean);
    writer.unsigned(metricCode(id));
    writer.signed(mean);
    writer.unsigned(Math.max(0, mean - toStored(id, range.min)));
    writer.unsigned(Math.max(0, toStored(id, range.max) - mean));
  }
  return writer.take();
}

/** Throws a RangeError for bytes that are not a summary. */
export function decodeRollup(bytes: Uint8Array): Rollup {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== rollupVersion) throw new RangeError('The stored summary has another version.');
  const count = reader.unsigned();
  const energyJ = reader.unsigned() / 1000;
  const ranges: Partial<Record<MetricId, MetricRange>> = {};
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const id = metricOfCode(reader.unsigned());
    const mean = reader.signed();
    const min = mean - reader.unsigned();
    const max = mean + reader.unsigned();
    if (id === undefined) continue;
    ranges[id] = { min: fromStored(id, min), mean: fromStored(id, mean), max: fromStored(id, max) };
  }
  return { count, energyJ, ranges };
}
