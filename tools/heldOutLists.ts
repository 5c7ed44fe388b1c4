/** The lists of projects that the checker had not seen, with the verdicts on what was drawn of each. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Verdict } from './precision.ts';
import { projectFolder } from './projectFolder.ts';

export interface HeldOutList {
  /** The rules that were on by default when the findings were drawn, where they are not those of the first lists. */
  readonly onByDefault?: readonly string[];
  /** The list from whose projects this one draws again what was not judged there; it names none itself. */
  readonly past?: string;
  readonly figures: Readonly<Record<string, Figure & { readonly findings: number }>>;
  readonly projects: readonly { readonly repository: string; readonly commit: string }[];
  readonly judgements: readonly Judgement[];
}

export interface Judgement {
  readonly repository: string;
  readonly commit: string;
  readonly rule: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

const firstDefaultSet = [
  'sync-scalar-in-step',
  'progress-bar-sync',
  'sync-per-element-loop',
  'eval-without-no-grad',
  'loader-no-workers',
];

export const onByDefault = (list: HeldOutList): readonly string[] => list.onByDefault ?? firstDefaultSet;

export const verdictsOf = (
  { judgements }: Pick<HeldOutList, 'judgements'>,
  wanted: (rule: string) => boolean = () => true,
): Verdict[] => judgements.filter(({ rule }) => wanted(rule)).map(({ verdict }) => verdict);

const corpus = join(projectFolder, 'test', 'corpus');

export const corpusFile = (name: string): unknown => JSON.parse(readFileSync(join(corpus, name), 'utf8'));

/** Files of the corpus in the order of their numbers; one without a number comes first. */
export const corpusFiles = (pattern: RegExp): readonly string[] =>
  readdirSync(corpus)
    .filter((name) => pattern.test(name))
    .sort((a, b) => Number(a.replaceAll(/\D/g, '')) - Number(b.replaceAll(/\D/g, '')));

/** Lists drawn by a seed, by their names in the order of drawing; the first one, `heldout.json`, was read whole. */
export const heldOutLists = (): ReadonlyMap<string, HeldOutList> =>
  new Map(corpusFiles(/^heldout\d+\.json$/).map((name) => [name, corpusFile(name) as HeldOutList]));
