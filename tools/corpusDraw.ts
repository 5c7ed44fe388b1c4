/**
 * Draws the findings of unseen projects that are to be judged: the checker runs over the checkouts of a list, all rules on,
 * notebooks too, and of each rule the findings come first whose hash with the seed is smallest; of one project no more
 * than `--each`, so that copies of one script do not speak for all. Whoever draws again at the same commits gets the same.
 *
 *   node tools/launch.mjs run tools/corpusDraw.ts [--seed TEXT] [--most 40] [--each 10] [--select all] [--past LIST.json] LIST.json FOLDER
 *
 * LIST names the projects (`test/corpus/heldout5.json`); FOLDER holds a checkout of each as `owner+name`. What the list of
 * `--past` has judged is not drawn again.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { projectFolder } from './projectFolder.ts';

interface Project {
  readonly repository: string;
  readonly commit: string;
}

interface Found {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly cell: number | null;
  readonly severity: string;
  readonly confidence: string;
  readonly message: string;
}

const words = process.argv.slice(2);
const take = (flag: string): string | undefined => {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words.splice(at, 2)[1];
};
const [givenSeed, most, each] = [take('--seed'), Number(take('--most') ?? 40), Number(take('--each') ?? 10)];
const [select, past] = [take('--select') ?? 'all', take('--past')];
const [list, folder] = words;
if (list === undefined || folder === undefined)
  throw new Error(
    'usage: corpusDraw.ts [--seed TEXT] [--most 40] [--each 10] [--select all] [--past LIST.json] LIST.json FOLDER',
  );
const seed = givenSeed ?? basename(list, '.json');
const { projects } = JSON.parse(readFileSync(list, 'utf8')) as { projects: readonly Project[] };

interface Place extends Pick<Found, 'rule' | 'path' | 'line'> {
  readonly repository: string;
  readonly cell?: number | null;
}

const placed = ({ repository, path, cell, line, rule }: Place): string =>
  `${repository} ${path} ${cell ?? 0} ${line} ${rule}`;

const judged = new Set<string>();
if (past !== undefined) {
  const { judgements } = JSON.parse(readFileSync(past, 'utf8')) as { judgements: readonly Place[] };
  for (const place of judgements) judged.add(placed(place));
}

function findings(repository: string): readonly Found[] {
  const cwd = join(folder ?? '', repository.replace('/', '+'));
  const cli = join(projectFolder, 'cli', 'main.ts');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'check', '.', '--select', select, '--format', 'json'],
    { cwd, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (stdout === '') throw new Error(`${repository}: ${stderr}`);
  return (JSON.parse(stdout) as { findings: readonly Found[] }).findings;
}

const byRule = new Map<string, { hash: string; drawn: Found & Project }[]>();
for (const { repository, commit } of projects)
  for (const { rule, line, cell, severity, confidence, message, ...found } of findings(repository)) {
    const path = normalize(found.path);
    const place = placed({ repository, path, cell, line, rule });
    if (judged.has(place)) continue;
    const hash = createHash('sha256').update(`${seed} ${place}`).digest('hex');
    const drawn = { repository, commit, path, cell, line, rule, severity, confidence, message };
    byRule.set(rule, [...(byRule.get(rule) ?? []), { hash, drawn }]);
  }
const drawn = [...byRule].sort().flatMap(([rule, all]) => {
  const taken = new Map<string, number>();
  const kept = all
    .sort((a, b) => a.hash.localeCompare(b.hash))
    .map((one) => one.drawn)
    .filter(({ repository }) => {
      const before = taken.get(repository) ?? 0;
      taken.set(repository, before + 1);
      return before < each;
    })
    .slice(0, most);
  console.error(`${rule}: ${kept.length} of ${all.length}`);
  return kept;
});
console.log(JSON.stringify(drawn, null, 1));
