/**
 * Measures recall on code that the rules were not written for: public commits that took out an inefficiency (warned before,
 * silent after), and whole files read by eye before the checker saw them. The lists are in test/corpus, `--list N` takes the
 * later pairs of them (2, 3); the folders hold git directories with history, as `owner+name`, `owner+name/repo` or `owner/name`.
 *
 *   npm run recall -- [--list N] [--only TEXT] [--misses] [--write FILE] DIR…
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadParser } from '../server/python/parser.ts';
import { rules } from '../server/rules/index.generated.ts';
import { wasmFiles } from '../server/wasmFiles.ts';
import { projectFolder } from './projectFolder.ts';
import { hunksOf, linesBefore } from './recallLines.ts';
import { findingsAt, git, gitDirOf, pythonTexts } from './recallProject.ts';

interface Commit {
  readonly repository: string;
  readonly parent: string;
  readonly commit: string;
  readonly path: string;
  readonly rule: string;
  readonly lines: readonly number[];
}

interface ReadFile {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly expected: readonly {
    readonly rule: string;
    readonly or?: string;
    readonly lines: readonly number[];
  }[];
}

interface CommitResult {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly rule: string;
  readonly warnedBefore: boolean;
  readonly silentAfter: boolean;
  /** Other rules that named one of the lines before. */
  readonly otherRules: readonly string[];
}

const corpus = join(projectFolder, 'test/corpus');
const listOf = (name: string): unknown => JSON.parse(readFileSync(join(corpus, name), 'utf8'));
const words = process.argv.slice(2);
const take = (flag: string): string | undefined => {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words.splice(at, 2)[1];
};
const [only, write, number] = [take('--only') ?? '', take('--write'), take('--list') ?? ''];
const showMisses = words.includes('--misses');
const folders = words.filter((word) => !word.startsWith('--')).map((word) => resolve(word));
const parser = await loadParser(await wasmFiles());
const ruleNames = new Set(rules.map((rule) => rule.meta.name));

/** Projects on which rules were tried, at whatever commit: every list of judged findings names its own. */
const tried = new Set(
  readdirSync(corpus)
    .filter((name) => !name.startsWith('recall'))
    .flatMap((name) => [...readFileSync(join(corpus, name), 'utf8').matchAll(/"repository": "([^"]+)"/g)])
    .map((match) => match[1]),
);

const missing: string[] = [];
const touches = (lines: readonly number[], listed: readonly number[]): boolean =>
  lines.some((line) => listed.includes(line));

function measureCommit(entry: Commit): CommitResult | undefined {
  const gitDir = gitDirOf(folders, entry.repository, entry.commit);
  if (gitDir === undefined) {
    missing.push(`${entry.repository} ${entry.commit}`);
    return undefined;
  }
  const before = findingsAt(parser, pythonTexts(gitDir, entry.parent), entry.path).filter((found) =>
    touches(found.lines, entry.lines),
  );
  const warnedBefore = before.some((found) => found.rule === entry.rule);
  const hunks = hunksOf(git(gitDir, 'diff', '-U0', entry.parent, entry.commit, '--', entry.path).toString());
  const silentAfter =
    warnedBefore &&
    !findingsAt(parser, pythonTexts(gitDir, entry.commit), entry.path).some(
      (found) =>
        found.rule === entry.rule &&
        touches(
          found.lines.flatMap((line) => linesBefore(line, hunks)),
          entry.lines,
        ),
    );
  const otherRules = [...new Set(before.map((found) => found.rule))].filter((name) => name !== entry.rule);
  const { repository, commit, path, rule } = entry;
  return { repository, commit, path, rule, warnedBefore, silentAfter, otherRules };
}

const share = (part: number, whole: number): string =>
  `${part} of ${whole}${whole === 0 ? '' : ` (${(part / whole).toFixed(2)})`}`;
const wanted = (entry: { readonly repository: string; readonly path: string }): boolean =>
  `${entry.repository} ${entry.path}`.includes(only);

function measureCommits(): CommitResult[] {
  const { commits } = listOf(`recallCommits${number}.json`) as { readonly commits: readonly Commit[] };
  const counted = commits.filter((entry) => ruleNames.has(entry.rule) && wanted(entry));
  const results = counted.map(measureCommit).filter((result) => result !== undefined);
  const good = (some: readonly CommitResult[]): number => some.filter((r) => r.silentAfter).length;
  for (const rule of [...ruleNames].sort()) {
    const own = results.filter((result) => result.rule === rule);
    if (own.length === 0) continue;
    const warned = own.filter((r) => r.warnedBefore).length;
    console.log(`${rule}: ${share(good(own), own.length)} warned before and silent after; warned ${warned}`);
  }
  const fresh = results.filter((result) => !tried.has(result.repository));
  console.log(`commits: ${share(good(results), results.length)} warned before and silent after`);
  console.log(`  in projects that no rule was tried on: ${share(good(fresh), fresh.length)}`);
  console.log(`  listed for rules that do not exist yet: ${commits.length - counted.length}`);
  if (showMisses)
    for (const result of results.filter((r) => !r.silentAfter))
      console.log(
        `  ${result.warnedBefore ? 'NOT SILENT' : 'not warned'} ${result.rule} ${result.repository} ${result.commit.slice(0, 9)} ${result.path}${result.otherRules.length > 0 ? ` (${result.otherRules.join(', ')})` : ''}`,
      );
  return results;
}

function measureFiles(): { expected: number; found: number; missed: string[]; unlisted: string[] } {
  const { files } = listOf(`recallFiles${number}.json`) as { readonly files: readonly ReadFile[] };
  let [expected, found] = [0, 0];
  const [missed, unlisted]: [string[], string[]] = [[], []];
  for (const file of files.filter(wanted)) {
    const gitDir = gitDirOf(folders, file.repository, file.commit);
    if (gitDir === undefined) {
      missing.push(`${file.repository} ${file.commit}`);
      continue;
    }
    const findings = findingsAt(parser, pythonTexts(gitDir, file.commit), file.path);
    const fits = (i: number, of: ReadFile['expected'][number]): boolean =>
      (findings[i]?.rule === of.rule || findings[i]?.rule === of.or) &&
      touches(findings[i]?.lines ?? [], of.lines);
    for (const place of file.expected) {
      expected++;
      if (findings.some((_, i) => fits(i, place))) found++;
      else missed.push(`${place.rule} ${file.repository} ${file.path}:${place.lines.join(',')}`);
    }
    findings.forEach((finding, i) => {
      if (!file.expected.some((place) => fits(i, place)))
        unlisted.push(`${finding.rule} ${file.repository} ${file.path}:${finding.lines.join(',')}`);
    });
  }
  console.log(`files read by eye: ${share(found, expected)} found; findings not listed: ${unlisted.length}`);
  if (showMisses) for (const line of missed) console.log(`  missed ${line}`);
  for (const line of unlisted) console.log(`  not listed ${line}`);
  return { expected, found, missed, unlisted };
}

const commits = measureCommits();
const files = measureFiles();
if (missing.length > 0) {
  console.log(`not available, not counted: ${missing.length}`);
  for (const line of missing) console.log(`  ${line}`);
}
if (write !== undefined) {
  const checker = git(join(projectFolder, '.git'), 'rev-parse', 'HEAD').toString().trim();
  const figures = {
    commits: {
      measured: commits.length,
      warnedBeforeSilentAfter: commits.filter((r) => r.silentAfter).length,
    },
    files: { expected: files.expected, found: files.found, notListed: files.unlisted.length },
  };
  writeFileSync(write, `${JSON.stringify({ version: 1, checker, figures, commits, files }, null, 2)}\n`);
}
