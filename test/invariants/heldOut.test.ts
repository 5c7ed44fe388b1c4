/** The published precision is what the verdicts say: in each list of unseen projects, and in docs/precision.md. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/rules/index.generated.ts';
import { type Figure, precision, type Verdict } from '../../tools/precision.ts';
import { projectFolder } from '../../tools/projectFolder.ts';

interface Draw {
  /** The rules that were on by default when the findings were drawn, where they are not those of the first lists. */
  readonly onByDefault?: readonly string[];
  readonly figures: Readonly<Record<string, Figure & { readonly findings: number }>>;
  readonly projects: readonly { readonly repository: string; readonly commit: string }[];
  readonly judgements: readonly {
    readonly repository: string;
    readonly commit: string;
    readonly rule: string;
    readonly verdict: Verdict;
    readonly reason: string;
  }[];
}

const folder = join(projectFolder, 'test', 'corpus');
const mostJudged = 40;
const firstDefaultSet = [
  'sync-scalar-in-step',
  'progress-bar-sync',
  'sync-per-element-loop',
  'eval-without-no-grad',
  'loader-no-workers',
];
const wasOn = (draw: Draw, rule: string): boolean => (draw.onByDefault ?? firstDefaultSet).includes(rule);

/** Lists drawn by a seed; the first one was read whole. */
const draws = new Map(
  readdirSync(folder)
    .filter((name) => /^heldout\d+\.json$/.test(name))
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Draw]),
);

const verdictsOf = (draw: Draw, wanted: (rule: string) => boolean): Verdict[] =>
  draw.judgements.filter(({ rule }) => wanted(rule)).map(({ verdict }) => verdict);

for (const [name, draw] of draws)
  test(`${name}: the figures are those of its verdicts, each with a reason and of a project of the list`, () => {
    const known = new Map(draw.projects.map(({ repository, commit }) => [repository, commit]));
    for (const { repository, commit, reason } of draw.judgements) {
      assert.equal(known.get(repository), commit);
      assert.ok(reason.endsWith('.'), reason);
    }
    for (const [rule, { findings, ...figure }] of Object.entries(draw.figures)) {
      const wanted =
        rule === 'default set'
          ? (r: string) => wasOn(draw, r)
          : rule === 'preview'
            ? (r: string) => !wasOn(draw, r)
            : (r: string) => r === rule;
      assert.deepEqual(precision(verdictsOf(draw, wanted)), figure, rule);
      if (rule !== 'default set' && rule !== 'preview')
        assert.equal(figure.judged, Math.min(findings, mostJudged), rule);
    }
  });

test('no project is in two lists', () => {
  const all = [...draws.values()].flatMap(({ projects }) => projects.map((p) => p.repository.toLowerCase()));
  assert.equal(new Set(all).size, all.length);
});

test('docs/precision.md shows these figures, and those of all lists together by rule', () => {
  const page = readFileSync(join(projectFolder, 'docs', 'precision.md'), 'utf8');
  const share = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  const row = (first: string, verdicts: readonly Verdict[]): string => {
    const { judged, right, wrong, doubtful, precision: point, wilson95Low: low } = precision(verdicts);
    return `| ${first} | ${judged} | ${right} | ${wrong} | ${doubtful} | ${share(point)} | ${share(low)} |`;
  };
  const expected = [
    ...[...draws].map(([name, draw]) =>
      row(
        `\`${name}\`, ${draw.projects.length} projects`,
        verdictsOf(draw, (r) => wasOn(draw, r)),
      ),
    ),
    ...rules
      .map(({ meta }) => meta.name)
      .map((rule) => ({
        rule,
        verdicts: [...draws.values()].flatMap((draw) => verdictsOf(draw, (r) => r === rule)),
      }))
      .filter(({ verdicts }) => verdicts.length > 0)
      .map(({ rule, verdicts }) => row(`\`${rule}\``, verdicts)),
    row(
      'default set',
      [...draws.values()].flatMap((draw) => verdictsOf(draw, (r) => wasOn(draw, r))),
    ),
  ];
  const shown = page.replaceAll(/ \((preview|(preview, )?few cases)\)/g, '');
  for (const line of expected) assert.ok(shown.includes(line), `missing in docs/precision.md: ${line}`);
});
