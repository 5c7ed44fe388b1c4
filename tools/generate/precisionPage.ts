import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  corpusFile,
  corpusFiles,
  type HeldOutList,
  heldOutLists,
  onByDefault,
  verdictsOf,
} from '../heldOutLists.ts';
import { precision, type Verdict } from '../precision.ts';
import { projectFolder } from '../projectFolder.ts';
import { between } from './between.ts';
import type { Generator } from './generator.ts';
import { ruleMetadata } from './ruleFolders.ts';

const fewCases = 20;

interface RecallFigures {
  readonly checker: string;
  readonly figures: {
    readonly commits: { readonly measured: number; readonly warnedBeforeSilentAfter: number };
    readonly files: { readonly expected: number; readonly found: number };
  };
}

/** Every figure that is counted from the verdicts, in docs/precision.md and the README; the prose around them is by hand. */
export const precisionPage: Generator = {
  name: 'how often hints are right',
  async outputs() {
    const rules = await ruleMetadata();
    const lists = heldOutLists();
    const all = [...lists.values()];
    const together = (wanted: (rule: string, list: HeldOutList) => boolean): Verdict[] =>
      all.flatMap((list) => verdictsOf(list, (rule) => wanted(rule, list)));
    const wereOn = together((rule, list) => onByDefault(list).includes(rule));
    const areOn = rules.filter(({ stage }) => stage === 'stable').map(({ name }) => name);
    const byRule = rules
      .map(({ name }) => ({ name, verdicts: together((rule) => rule === name) }))
      .sort((a, b) => b.verdicts.length - a.verdicts.length);
    const judged = byRule.filter(({ verdicts }) => verdicts.length > 0);
    const label = (name: string, verdicts: readonly Verdict[]): string => {
      const notes = [
        ...(areOn.includes(name) ? [] : ['preview']),
        ...(verdicts.length < fewCases ? ['few cases'] : []),
      ];
      return `\`${name}\`${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
    };
    const ruleRows = (on: boolean): string[] =>
      judged
        .filter(({ name }) => areOn.includes(name) === on)
        .map(({ name, verdicts }) => row([label(name, verdicts)], verdicts));
    const none = byRule.filter(({ verdicts }) => verdicts.length === 0).map(({ name }) => `\`${name}\``);
    const parts: Readonly<Record<string, readonly string[]>> = {
      lists: [
        ...head(['list', 'projects', 'rules on']),
        ...[...lists].map(([name, list]) =>
          row(
            [
              `\`${name}\``,
              list.past === undefined ? String(list.projects.length) : 'the same',
              String(onByDefault(list).length),
            ],
            verdictsOf(list, (rule) => onByDefault(list).includes(rule)),
          ),
        ),
        row(['all', String(all.reduce((sum, { projects }) => sum + projects.length, 0)), ''], wereOn),
      ],
      'by-rule': [
        ...head(['rule']),
        ...ruleRows(true),
        row(
          ['the rules that are on now'],
          together((rule) => areOn.includes(rule)),
        ),
        row(['the rules that were on when each list was drawn'], wereOn),
        ...ruleRows(false),
        ...(none.length > 0 ? ['', `No finding was judged of: ${none.join(', ')}.`] : []),
      ],
      others: others(),
      recall: recallRows(),
    };
    let page = read('docs/precision.md');
    for (const [name, lines] of Object.entries(parts))
      page = between(page, 'docs/precision.md', name, [...lines, '']);
    // A list is committed before its findings are drawn, and says nothing until they are judged; one that is drawn again from
    // the projects of another says less.
    const unseen = all.filter(({ judgements, past }) => judgements.length > 0 && past === undefined);
    const newest = unseen.at(-1);
    if (newest === undefined) throw new Error('test/corpus has no list that was drawn');
    const wasOn = (list: HeldOutList): readonly Verdict[] =>
      verdictsOf(list, (rule) => onByDefault(list).includes(rule));
    const [last, whole] = [precision(wasOn(newest)), precision(unseen.flatMap(wasOn))];
    const readme = between(read('README.md'), 'README.md', 'precision', [
      'How often they are right is measured and kept in `test/corpus/`, doubt counted against us: in the newest list of projects that they',
      `had not seen, ${last.right} of ${last.judged}; in ${unseen.length} such lists together, each before anything found in it was mended,`,
      `${whole.right} of ${whole.judged} (${share(whole.precision)}; lower bound ${share(whole.wilson95Low)}).`,
      '',
    ]);
    return new Map([
      ['docs/precision.md', page],
      ['README.md', readme],
    ]);
  },
};

const read = (file: string): string => readFileSync(join(projectFolder, file), 'utf8');
const share = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

function head(first: readonly string[]): string[] {
  const cells = [...first, 'judged', 'right', 'wrong', 'doubtful', 'precision', '95 % lower bound'];
  return [`| ${cells.join(' | ')} |`, `| ${cells.map(() => '---').join(' | ')} |`];
}

function row(first: readonly string[], verdicts: readonly Verdict[]): string {
  const { judged, right, wrong, doubtful, precision: point, wilson95Low } = precision(verdicts);
  return `| ${[...first, judged, right, wrong, doubtful, share(point), share(wilson95Low)].join(' | ')} |`;
}

/** The list that was read whole, and the projects the rules were tuned on: no measurement of unseen code by a draw. */
function others(): string[] {
  const lines = [
    ['read whole, not drawn', 'heldout.json'],
    ['what the rules were tuned on', 'judgements.json'],
  ].map(([what, name]) => {
    const list = corpusFile(name ?? '') as Pick<HeldOutList, 'judgements'>;
    const projects = new Set(list.judgements.map(({ repository }) => repository)).size;
    return row([`\`${name}\`, ${what}`, String(projects)], verdictsOf(list));
  });
  return [...head(['list', 'projects with a finding']), ...lines];
}

/** What each list gave at first sight, and what the checker of the newest commit that measured it finds. */
function recallRows(): string[] {
  const now = corpusFile('recallSince.json') as {
    readonly measured: Readonly<Record<string, RecallFigures>>;
  };
  const first = ['list', 'fixes, at first sight', 'places, at first sight'];
  const cells = [...first, 'fixes, since', 'places, since', 'checker of'];
  return [
    `| ${cells.join(' | ')} |`,
    `| ${cells.map(() => '---').join(' | ')} |`,
    ...corpusFiles(/^recall\d*\.json$/).map((name) => {
      const since = now.measured[name];
      if (since === undefined) throw new Error(`test/corpus/recallSince.json lacks ${name}`);
      const seen = counted(corpusFile(name) as RecallFigures);
      return `| ${[`\`${name}\``, ...seen, ...counted(since), since.checker.slice(0, 7)].join(' | ')} |`;
    }),
  ];
}

const counted = ({ figures: { commits, files } }: RecallFigures): string[] => [
  part(commits.warnedBeforeSilentAfter, commits.measured),
  part(files.found, files.expected),
];
const part = (some: number, of: number): string => `${some} of ${of} (${(some / of).toFixed(2)})`;
