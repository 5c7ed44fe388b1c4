/**
 * The means out of many summaries of one track, for a chart. A day of eight GPUs is half a million numbers, of which a
 * chart needs a quarter: they are taken from the bytes as they are, and the rest is stepped over.
 */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import { Columns } from './columns.ts';
import { rollupVersion } from './rollup.ts';
import { metricCode, storedPerUnit } from './samples.ts';

/** Place of the metric in `metricIds` by its code in the file. */
const placeOfCode: (number | undefined)[] = [];
for (const [place, id] of metricIds.entries()) placeOfCode[metricCode(id)] = place;

export class MeanRows {
  readonly #columns = new Columns(64);

  /** Starts of the buckets, in the order in which they were added, sampler time. */
  get startsMs(): Float64Array {
    return this.#columns.timesMs.subarray(0, this.#columns.count);
  }

  /**
   * Adds the means of one bucket. Throws a RangeError for bytes that are not a summary. Half a million numbers for a day,
   * in a process that has just started: the reader of all other blocks would take twice the time.
   */
  add(startMs: number, bytes: Uint8Array): void {
    if (bytes[0] !== rollupVersion) throw new RangeError('The stored summary has another version.');
    const row = this.#columns.newRow(startMs);
    // Count and energy; further on the range of each metric.
    at = skipped(bytes, skipped(bytes, 1));
    let left = unsigned(bytes);
    for (; left > 0 && at < bytes.length; left -= 1) {
      const place = placeOfCode[unsigned(bytes)];
      const mean = unsigned(bytes);
      at = skipped(bytes, skipped(bytes, at));
      if (place !== undefined) this.#columns.set(place, row, mean % 2 === 0 ? mean / 2 : -(mean + 1) / 2);
    }
    if (at > bytes.length || left > 0) throw new RangeError('The stored summary ends too early.');
  }

  /** Adds what `encode` made. Throws a RangeError for other bytes. */
  addBlock(bytes: Uint8Array): void {
    this.#columns.addBlock(bytes);
  }

  /** All of them as one block. */
  encode(): Uint8Array {
    return this.#columns.encode();
  }

  /**
   * The rows of each metric that is known, to be added up: a whole number of its smallest parts, `perUnit` of them; NaN
   * where one is not known.
   */
  *columns(): Iterable<readonly [metric: MetricId, stored: Float64Array, perUnit: number]> {
    for (const [place, metric] of metricIds.entries()) {
      const stored = this.#columns.at(place);
      if (stored !== undefined)
        yield [metric, stored.subarray(0, this.#columns.count), storedPerUnit(metric)];
    }
  }
}

/** Where the summary is read that is under way. */
let at = 0;

/** The number at this place; one that ends too early leaves the place behind the end. */
function unsigned(bytes: Uint8Array): number {
  let byte = bytes[at] ?? 0;
  at += 1;
  if (byte < 128) return byte;
  let value = byte - 128;
  for (let factor = 128; byte >= 128; factor *= 128) {
    byte = bytes[at] ?? 0;
    at += 1;
    value += (byte % 128) * factor;
  }
  return value;
}

/** The place behind the number at this one. */
function skipped(bytes: Uint8Array, from: number): number {
  let end = from;
  while ((bytes[end] ?? 0) >= 128) end += 1;
  return end + 1;
}
