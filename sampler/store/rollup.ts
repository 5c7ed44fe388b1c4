/** Summaries of 10 s and of a minute, so that a day opens without decoding it. Written once, from whole minutes. */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import type { Columns } from './columns.ts';
import { fromStored, metricCode, metricOfCode, storedPerUnit } from './samples.ts';
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

const writer = new ByteWriter();
const ranges = new ByteWriter();
const powerPlace = metricIds.indexOf('powerW');

/** Summary of the readings that lie in `[fromMs, toMs)`, as bytes; they are in order of time. Null when there are none. */
export function encodeRollup(columns: Columns, fromMs: number, toMs: number): Uint8Array | null {
  const { timesMs } = columns;
  let first = 0;
  while (first < columns.count && (timesMs[first] ?? 0) < fromMs) first += 1;
  let end = first;
  while (end < columns.count && (timesMs[end] ?? 0) < toMs) end += 1;
  if (first === end) return null;
  writer.clear();
  ranges.clear();
  writer.byte(rollupVersion);
  writer.unsigned(end - first);
  writer.unsigned(Math.round(energyOf(columns, first, end, fromMs, toMs) * 1000));
  let known = 0;
  for (let place = 0; place < metricIds.length; place += 1) {
    const id = metricIds[place];
    const values = columns.at(place);
    if (id !== undefined && values !== undefined && addRange(metricCode(id), values, first, end)) known += 1;
  }
  writer.unsigned(known);
  writer.append(ranges);
  return writer.take();
}

/** Least, mean and most of these rows; false when none of them is known. */
function addRange(code: number, values: Float64Array, first: number, end: number): boolean {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (let row = first; row < end; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  if (count === 0) return false;
  const mean = Math.round(sum / count);
  ranges.unsigned(code);
  ranges.signed(mean);
  ranges.unsigned(mean - min);
  ranges.unsigned(max - mean);
  return true;
}

/** Trapezoid, the first and last reading held to the bucket's edges: nothing outside the bucket is needed. Joules. */
function energyOf(columns: Columns, first: number, end: number, fromMs: number, toMs: number): number {
  const powers = columns.at(powerPlace);
  if (powers === undefined) return 0;
  const { timesMs } = columns;
  const perWatt = storedPerUnit('powerW');
  let joules = 0;
  let beforeMs = fromMs;
  let beforeW = Number.NaN;
  for (let row = first; row <= end; row += 1) {
    const last = row === end;
    const untilW = last ? beforeW : (powers[row] ?? Number.NaN) / perWatt;
    if (Number.isNaN(untilW)) continue;
    const untilMs = last ? toMs : (timesMs[row] ?? 0);
    const elapsedMs = untilMs - beforeMs;
    if (elapsedMs > 0 && elapsedMs <= longestHoldMs)
      joules += ((untilW + (Number.isNaN(beforeW) ? untilW : beforeW)) / 2000) * elapsedMs;
    beforeMs = untilMs;
    beforeW = untilW;
  }
  return joules;
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
