/**
 * A block of samples of one track as bytes: a column of times and one for each metric, as differences between
 * neighbours, runs of equal values as their length. About 6 bytes a sample of eight values in blocks of a minute.
 */

import type { MetricId } from '../../contracts/metrics.ts';
import { fromStored, metricCode, metricOfCode, type Sample, toStored } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

const blockVersion = 1;

/** Metrics whose differences are themselves steady, so that the difference of differences is smaller. */
const steady: ReadonlySet<MetricId> = new Set<MetricId>(['energyJ']);

/** Samples in order of time. Values are rounded to the metric's resolution. */
export function encodeBlock(samples: readonly Sample[]): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(blockVersion);
  writer.unsigned(samples.length);
  writeColumn(
    writer,
    samples.map((sample) => Math.round(sample.timeMs)),
    true,
  );
  const present = new Set<MetricId>();
  for (const sample of samples) for (const id of Object.keys(sample.values)) present.add(id as MetricId);
  writer.unsigned(present.size);
  for (const id of present) {
    const column = new ByteWriter();
    const numbers: number[] = [];
    const holes: boolean[] = [];
    for (const { values } of samples) {
      const value = values[id];
      const known = value !== undefined && Number.isFinite(value);
      holes.push(!known);
      if (known) numbers.push(toStored(id, value));
    }
    writeHoles(column, holes);
    writeColumn(column, numbers, steady.has(id));
    const bytes = column.take();
    writer.unsigned(metricCode(id));
    // The length lets an older reader step over a metric that it does not know.
    writer.unsigned(bytes.length);
    writer.bytes(bytes);
  }
  return writer.take();
}

/** Throws a RangeError for bytes that are not such a block. */
export function decodeBlock(bytes: Uint8Array): Sample[] {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== blockVersion) throw new RangeError('The stored block has another version.');
  const count = reader.unsigned();
  const samples = readColumn(reader, count, true).map((timeMs) => ({
    timeMs,
    values: {} as Partial<Record<MetricId, number>>,
  }));
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const id = metricOfCode(reader.unsigned());
    const column = reader.part(reader.unsigned());
    if (id === undefined) continue;
    const holes = readHoles(column, count);
    const numbers = readColumn(
      column,
      count - holes.reduce((sum, hole) => sum + Number(hole), 0),
      steady.has(id),
    );
    let next = 0;
    for (const [index, sample] of samples.entries()) {
      const stored = holes[index] === true ? undefined : numbers[next++];
      if (stored !== undefined) sample.values[id] = fromStored(id, stored);
    }
  }
  return samples;
}

/** Lengths of alternating runs, known values first; nothing but a zero when none is missing. */
function writeHoles(writer: ByteWriter, holes: readonly boolean[]): void {
  const runs: number[] = [];
  let hole = false;
  let length = 0;
  for (const next of holes) {
    if (next !== hole) {
      runs.push(length);
      hole = next;
      length = 0;
    }
    length += 1;
  }
  writer.unsigned(runs.length);
  for (const run of runs) writer.unsigned(run);
}

function readHoles(reader: ByteReader, count: number): boolean[] {
  const holes: boolean[] = [];
  let hole = false;
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    for (let length = reader.unsigned(); length > 0 && holes.length < count; length -= 1) holes.push(hole);
    hole = !hole;
  }
  while (holes.length < count) holes.push(hole);
  return holes;
}

/** A zero is followed by how many more zeros come after it. */
function writeColumn(writer: ByteWriter, numbers: readonly number[], twice: boolean): void {
  let before = 0;
  let slope = 0;
  let zeros = 0;
  const endZeros = (): void => {
    if (zeros === 0) return;
    writer.unsigned(0);
    writer.unsigned(zeros - 1);
    zeros = 0;
  };
  for (const value of numbers) {
    const difference = value - before;
    const written = difference - slope;
    if (twice) slope = difference;
    before = value;
    if (written === 0) zeros += 1;
    else {
      endZeros();
      writer.signed(written);
    }
  }
  endZeros();
}

function readColumn(reader: ByteReader, count: number, twice: boolean): number[] {
  const numbers: number[] = [];
  let value = 0;
  let slope = 0;
  let zeros = 0;
  while (numbers.length < count) {
    let written = 0;
    if (zeros > 0) zeros -= 1;
    else {
      written = reader.signed();
      if (written === 0) zeros = reader.unsigned();
    }
    const difference = slope + written;
    if (twice) slope = difference;
    value += difference;
    numbers.push(value);
  }
  return numbers;
}
