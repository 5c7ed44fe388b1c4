/**
 * Readings of one track as columns of the whole numbers that the file keeps. The columns are used again for every
 * block: as objects, a minute of eight GPUs would be 20 MB to clear away once a minute.
 */

import { metricIds } from '../../contracts/metrics.ts';
import { fromStored, metricCode, metricOfCode, type Sample, toStored } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

const blockVersion = 1;
/** A minute at the highest rate. */
const usualRoom = 1_200;
/** No block has as many readings: what says so is none. */
const mostRows = 1_000_000;

const placeOf = new Map(metricIds.map((id, place) => [id, place]));
/** Place of the metric whose differences are themselves steady, so that the difference of differences is smaller. */
const steadyPlace = placeOf.get('energyJ');

// One block is written at a time.
const block = new ByteWriter();
const column = new ByteWriter();
const holeRuns: number[] = [];

export class Columns {
  #count = 0;
  #times: Float64Array;
  /** By the metric's place in `metricIds`; NaN where a value is not known. */
  readonly #values: (Float64Array | undefined)[] = metricIds.map(() => undefined);

  /** @param room readings that are expected */
  constructor(room = usualRoom) {
    this.#times = new Float64Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** Sampler time, whole milliseconds; as many as `count` are of now. */
  get timesMs(): Float64Array {
    return this.#times;
  }

  /** The metric at this place of `metricIds`, as stored numbers; undefined when no reading has it. */
  at(place: number): Float64Array | undefined {
    return this.#values[place];
  }

  /** Forgets the readings; the room stays. */
  clear(): void {
    for (const values of this.#values) values?.fill(Number.NaN, 0, this.#count);
    this.#count = 0;
  }

  add({ timeMs, values }: Sample): void {
    const row = this.newRow(timeMs);
    for (let place = 0; place < metricIds.length; place += 1) {
      const id = metricIds[place];
      const value = id === undefined ? undefined : values[id];
      if (id !== undefined && value !== undefined && Number.isFinite(value))
        this.set(place, row, toStored(id, value));
    }
  }

  /** Adds a reading of which nothing is known yet; its row. */
  newRow(timeMs: number): number {
    const row = this.#newRows(1);
    this.#times[row] = Math.round(timeMs);
    return row;
  }

  set(place: number, row: number, stored: number): void {
    this.#column(place)[row] = stored;
  }

  /** Adds what a block holds. Throws a RangeError for bytes that are not such a block. */
  addBlock(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    if (reader.byte() !== blockVersion) throw new RangeError('The stored block has another version.');
    const count = reader.unsigned();
    if (count > mostRows) throw new RangeError('The stored block is too long.');
    const row = this.#newRows(count);
    readColumn(reader, this.#times, row, count, true);
    for (let left = reader.unsigned(); left > 0; left -= 1) {
      const id = metricOfCode(reader.unsigned());
      const end = reader.partEnd(reader.unsigned());
      const place = id === undefined ? undefined : placeOf.get(id);
      // A metric of a later version is stepped over.
      if (place !== undefined) this.#readMetric(reader, place, row, count);
      reader.goTo(end);
    }
  }

  #readMetric(reader: ByteReader, place: number, row: number, count: number): void {
    holeRuns.length = 0;
    let covered = 0;
    let known = 0;
    for (let left = reader.unsigned(); left > 0; left -= 1) {
      const length = Math.min(reader.unsigned(), count - covered);
      if (holeRuns.length % 2 === 0) known += length;
      covered += length;
      holeRuns.push(length);
    }
    // The last run goes up to the end.
    if (holeRuns.length % 2 === 0) known += count - covered;
    holeRuns.push(count - covered);
    const values = this.#column(place);
    readColumn(reader, values, row, known, place === steadyPlace);
    spread(values, row, known, count);
  }

  /** Brings the readings in order of time; those of the same moment stay as they came. */
  sort(): void {
    const count = this.#count;
    const times = this.#times;
    let row = 1;
    while (row < count && (times[row] ?? 0) >= (times[row - 1] ?? 0)) row += 1;
    if (row >= count) return;
    const order = Array.from({ length: count }, (_, index) => index);
    order.sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0));
    for (const values of [times, ...this.#values])
      values?.set(order.map((from) => values[from] ?? Number.NaN));
  }

  encode(): Uint8Array {
    block.clear();
    block.byte(blockVersion);
    block.unsigned(this.#count);
    writeColumn(block, this.#times, this.#count, true);
    let present = 0;
    for (let place = 0; place < metricIds.length; place += 1) if (this.#has(place)) present += 1;
    block.unsigned(present);
    for (let place = 0; place < metricIds.length; place += 1) {
      const id = metricIds[place];
      const values = this.#values[place];
      if (id === undefined || values === undefined || !this.#has(place)) continue;
      column.clear();
      takeHoles(values, this.#count);
      column.unsigned(holeRuns.length);
      for (const run of holeRuns) column.unsigned(run);
      writeColumn(column, values, this.#count, place === steadyPlace);
      block.unsigned(metricCode(id));
      // The length lets an older reader step over a metric that it does not know.
      block.part(column);
    }
    return block.take();
  }

  /** The readings as objects, for who works with single ones. */
  samples(): Sample[] {
    const samples: { timeMs: number; values: Record<string, number> }[] = [];
    for (let row = 0; row < this.#count; row += 1)
      samples.push({ timeMs: this.#times[row] ?? 0, values: {} });
    for (const [place, id] of metricIds.entries()) {
      const values = this.#values[place];
      if (values === undefined) continue;
      for (let row = 0; row < this.#count; row += 1) {
        const stored = values[row] ?? Number.NaN;
        const sample = samples[row];
        if (sample !== undefined && !Number.isNaN(stored)) sample.values[id] = fromStored(id, stored);
      }
    }
    return samples;
  }

  #has(place: number): boolean {
    const values = this.#values[place];
    if (values === undefined) return false;
    for (let row = 0; row < this.#count; row += 1) if (!Number.isNaN(values[row])) return true;
    return false;
  }

  #column(place: number): Float64Array {
    let values = this.#values[place];
    if (values === undefined) {
      values = new Float64Array(this.#times.length).fill(Number.NaN);
      this.#values[place] = values;
    }
    return values;
  }

  /** The first of so many new rows. */
  #newRows(rows: number): number {
    const from = this.#count;
    const needed = from + rows;
    if (needed > this.#times.length) {
      const room = Math.max(needed, this.#times.length * 2);
      this.#times = larger(this.#times, room, 0);
      for (const [place, values] of this.#values.entries())
        if (values !== undefined) this.#values[place] = larger(values, room, Number.NaN);
    }
    this.#count = needed;
    return from;
  }
}

function larger(values: Float64Array, room: number, rest: number): Float64Array {
  const copy = new Float64Array(room).fill(rest, values.length);
  copy.set(values);
  return copy;
}

/** Into `holeRuns` the lengths of alternating runs, known values first; the last of them is left out. */
function takeHoles(values: Float64Array, count: number): void {
  holeRuns.length = 0;
  let hole = false;
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    if (Number.isNaN(values[row]) !== hole) {
      holeRuns.push(length);
      hole = !hole;
      length = 0;
    }
    length += 1;
  }
}

/** Moves the known values, which lie at the start, to their rows by `holeRuns`. */
function spread(values: Float64Array, row: number, known: number, count: number): void {
  if (known === count) return;
  let from = row + known;
  let to = row + count;
  for (let run = holeRuns.length - 1; run >= 0; run -= 1) {
    const length = holeRuns[run] ?? 0;
    if (run % 2 === 0) {
      values.copyWithin(to - length, from - length, from);
      from -= length;
    } else values.fill(Number.NaN, to - length, to);
    to -= length;
  }
}

/** Differences between neighbours that are known; a zero is followed by how many more zeros come after it. */
function writeColumn(writer: ByteWriter, values: Float64Array, count: number, twice: boolean): void {
  let before = 0;
  let slope = 0;
  let zeros = 0;
  for (let row = 0; row < count; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const difference = value - before;
    const written = difference - slope;
    if (twice) slope = difference;
    before = value;
    if (written === 0) zeros += 1;
    else {
      writeZeros(writer, zeros);
      zeros = 0;
      writer.signed(written);
    }
  }
  writeZeros(writer, zeros);
}

function writeZeros(writer: ByteWriter, zeros: number): void {
  if (zeros === 0) return;
  writer.unsigned(0);
  writer.unsigned(zeros - 1);
}

function readColumn(
  reader: ByteReader,
  into: Float64Array,
  row: number,
  count: number,
  twice: boolean,
): void {
  let value = 0;
  let slope = 0;
  let zeros = 0;
  for (let at = row; at < row + count; at += 1) {
    let written = 0;
    if (zeros > 0) zeros -= 1;
    else {
      written = reader.signed();
      if (written === 0) zeros = reader.unsigned();
    }
    const difference = slope + written;
    if (twice) slope = difference;
    value += difference;
    into[at] = value;
  }
}
