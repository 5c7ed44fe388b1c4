/**
 * The means out of many summaries of one track, for a chart. A day of eight GPUs is half a million numbers, of which a
 * chart needs a quarter: they are taken from the bytes as they are, and the rest is stepped over.
 */

import type { MetricId } from '../../contracts/metrics.ts';
import { rollupVersion } from './rollup.ts';
import { metricOfCode, storedPerUnit } from './samples.ts';
import { ByteReader } from './varint.ts';

/** No metric of any version has a higher number. */
const highestCode = 255;

export class MeanRows {
  /** Starts of the buckets, in the order in which they were added, sampler time. */
  readonly startsMs: number[] = [];
  /** Stored numbers by the metric's code, a row for each bucket; a hole where one is not known. */
  readonly #byCode: (number[] | undefined)[] = [];

  /** Adds the means of one bucket. Throws a RangeError for bytes that are not a summary. */
  add(startMs: number, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    if (reader.byte() !== rollupVersion) throw new RangeError('The stored summary has another version.');
    const row = this.startsMs.length;
    // Count and energy; further on the range of each metric.
    reader.skip();
    reader.skip();
    for (let left = reader.unsigned(); left > 0; left -= 1) {
      const code = reader.unsigned();
      const mean = reader.signed();
      reader.skip();
      reader.skip();
      if (code > highestCode) continue;
      let column = this.#byCode[code];
      if (column === undefined) {
        column = [];
        this.#byCode[code] = column;
      }
      column[row] = mean;
    }
    this.startsMs.push(startMs);
  }

  /** The rows of each metric that is known, to be added up: a whole number of its smallest parts, `perUnit` of them. */
  *columns(): Iterable<
    readonly [metric: MetricId, stored: readonly (number | undefined)[], perUnit: number]
  > {
    for (const [code, column] of this.#byCode.entries()) {
      const metric = metricOfCode(code);
      if (column !== undefined && metric !== undefined) yield [metric, column, storedPerUnit(metric)];
    }
  }
}
