/** The formats against recordings of programs that print them: steps and rate within 1 % of the truth, and no false step. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { StepUnit } from '../../contracts/runs.ts';
import { createProgress } from './progress.ts';

interface Recording {
  readonly format: string;
  readonly truth: {
    readonly unit: StepUnit | 'none';
    readonly steps?: number;
    readonly meanStepMs?: number;
    readonly perSecond?: number;
  };
  readonly output: readonly (readonly [timeMs: number, text: string])[];
}

function recordingsOf(folder: string): readonly Recording[] {
  const place = new URL(`./${folder}/`, import.meta.url);
  return readdirSync(place)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => {
      const [head, ...moments] = readFileSync(new URL(name, place), 'utf8').trimEnd().split('\n');
      return { ...JSON.parse(head ?? ''), output: moments.map((moment) => JSON.parse(moment)) };
    });
}

interface Reading {
  readonly unit: StepUnit;
  readonly steps: number;
  /** From the first sight to the last. */
  readonly perSecond: number;
}

const piecesOf = (text: string, length: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );

/** null where no step was found. Each moment's text comes in pieces of that length. */
function read({ output }: Recording, pieceLength: number): Reading | null {
  const progress = createProgress();
  const seen = output.flatMap(([timeMs, text]) =>
    piecesOf(text, pieceLength).flatMap((piece) => progress.add(piece, timeMs)),
  );
  const main = progress.main();
  if (main === null) return null;
  const marks = seen.filter(({ track }) => track === main.track);
  // Counts seen at one moment share its time: the last one stands for all.
  const first = marks.findLast(({ timeMs }) => timeMs === marks[0]?.timeMs);
  const last = marks[marks.length - 1];
  assert.ok(first !== undefined && last !== undefined);
  return {
    unit: main.unit,
    steps: main.count,
    perSecond: (1000 * (last.count - first.count)) / (last.timeMs - first.timeMs),
  };
}

const near = (value: number, truth: number, name: string): void =>
  assert.ok(Math.abs(value - truth) <= 0.01 * truth, `${name}: ${value}, in truth ${truth}`);

const all = ['formats.recorded', 'formats.heldBack', 'formats.heldBack2'].flatMap(recordingsOf);
const training = all.filter(({ truth }) => truth.unit !== 'none');
const other = all.filter(({ truth }) => truth.unit === 'none');

test('the recordings are there', () => {
  assert.ok(training.length >= 82 && other.length >= 39, `${training.length} and ${other.length}`);
});

for (const recording of training)
  test(`reads ${recording.format}`, () => {
    const { unit, steps, meanStepMs, perSecond } = recording.truth;
    for (const pieceLength of [65_536, 7]) {
      const reading = read(recording, pieceLength);
      assert.equal(reading?.unit, unit);
      // A server says how fast it is and not what it has done.
      if (steps !== undefined) near(reading?.steps ?? 0, steps, 'steps');
      near(reading?.perSecond ?? 0, perSecond ?? 1000 / (meanStepMs ?? 1), 'a second');
    }
  });

for (const recording of other)
  test(`finds no step in ${recording.format}`, () => {
    for (const pieceLength of [65_536, 7]) assert.equal(read(recording, pieceLength), null);
  });
