// npm run kinds [-- --check]: plays 200 generated programs, and those that were held back, and writes what the diagnosis made
// of them into docs/kinds-of-waste.md. The seeds are fixed, so that the table can be made again; the tests use new ones.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wasteKinds } from '../../contracts/waste.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { heldBackShapes } from './heldBack.ts';
import { laterHeldBackShapes } from './heldBackLater.ts';
import { thirdHeldBackShapes } from './heldBackThird.ts';
import { mixture } from './mixtures.ts';
import { playProgram } from './playProgram.ts';
import { isAbsent, isPlain, type KindScore, kindIds, scoresOf } from './score.ts';
import { quietShapes, type Shape } from './shapes.ts';
import type { VirtualProgram } from './virtualProgram.ts';

const generatedRuns = 200;
const firstSeed = 20_260_101;
const heldBackSeeds = 5;
const markers = {
  generated: 'generated',
  heldBack: 'held back',
  later: 'later held back',
  third: 'third held back',
} as const;

interface Run {
  readonly name: string;
  readonly scores: readonly KindScore[];
}

const runOf = (name: string, program: VirtualProgram, seed: number): Run => ({
  name,
  scores: scoresOf(playProgram(program, seed), program.startMs),
});

/** A fifth without any waste, the others with one to three kinds. */
function generatedSet(count = generatedRuns): readonly Run[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = firstSeed + index;
    const random = createRandom(seed);
    const quiet = quietShapes[index % quietShapes.length];
    if (index % 5 === 0 && quiet !== undefined) return runOf(quiet.name, quiet.make(random), seed);
    const { kinds, program } = mixture(1 + (index % 3), random);
    return runOf(kinds.join(', '), program, seed);
  });
}

const heldBackSet = (shapes: readonly Shape[]): readonly Run[] =>
  shapes.flatMap((shape) =>
    Array.from({ length: heldBackSeeds }, (_, index) =>
      runOf(shape.name, shape.make(createRandom(firstSeed + index)), firstSeed + index),
    ),
  );

const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(0)} %`;

function rowOf(label: string, scores: readonly KindScore[]): { readonly cells: readonly string[] } {
  const plain = scores.filter(isPlain);
  const found = plain.filter(({ named }) => named);
  const wrong = scores.filter((score) => isAbsent(score) && score.named);
  const named = scores.filter((score) => score.named);
  const near = found.filter(({ ratio }) => Math.abs((ratio ?? 0) - 1) <= 0.1);
  return {
    cells: [
      label,
      `${plain.length}`,
      `${found.length}`,
      percent(found.length, plain.length),
      `${wrong.length}`,
      // What is told of amounts in between, neither plain nor absent, stands in no other column.
      found.length + wrong.length === 0 ? '–' : percent(named.length - wrong.length, named.length),
      percent(near.length, found.length),
    ],
  };
}

const head = ['kind', 'in the truth', 'told', 'recall', 'told wrongly', 'precision', 'within 10 %'];

function tableOf(runs: readonly Run[]): string {
  const all = runs.flatMap(({ scores }) => scores);
  const rows = kindIds
    .map(
      (kind) =>
        rowOf(
          wasteKinds[kind].label,
          all.filter((score) => score.kind === kind),
        ).cells,
    )
    .concat([rowOf('all kinds', all).cells]);
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The document with its two tables made anew. */
export function published(text: string): string {
  const tables = {
    [markers.generated]: tableOf(generatedSet()),
    [markers.heldBack]: tableOf(heldBackSet(heldBackShapes)),
    [markers.later]: tableOf(heldBackSet(laterHeldBackShapes)),
    [markers.third]: tableOf(heldBackSet(thirdHeldBackShapes)),
  };
  return Object.entries(tables).reduce((before, [name, table]) => {
    const begin = `<!-- ${name}: npm run kinds -->`;
    const end = `<!-- end of ${name} -->`;
    const [from, to] = [before.indexOf(begin), before.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/kinds-of-waste.md has no place for ${name}.`);
    return `${before.slice(0, from + begin.length)}\n\n${table}\n\n${before.slice(to)}`;
  }, text);
}

export const document = join(projectFolder, 'docs', 'kinds-of-waste.md');

if (import.meta.main) {
  const before = readFileSync(document, 'utf8');
  const after = published(before);
  if (process.argv.includes('--check')) {
    console.log(
      before === after
        ? 'docs/kinds-of-waste.md is in step.'
        : 'docs/kinds-of-waste.md is out of step: npm run kinds',
    );
    process.exitCode = before === after ? 0 : 1;
  } else {
    writeFileSync(document, after);
    console.log(after.slice(after.indexOf('## How often')));
  }
}
