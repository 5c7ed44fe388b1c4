/** A project at one commit, read from a git directory without a work tree, and what the checker finds for one of its files. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ProjectChecker } from '../server/engine/checkProject.ts';
import type { Finding, Span } from '../server/engine/finding.ts';
import type { PythonParser } from '../server/python/parser.ts';
import { rules } from '../server/rules/index.generated.ts';
import { decodeSource } from '../server/sourceText.ts';

/** Larger files are data, not scripts. */
const largestFile = 1_000_000;
/** A call that is longer than this is not read to its end. */
const longestCall = 4000;
/** Other files that are checked too, because they may report a place in the file that is asked for. */
const mostOthers = 40;

export function git(gitDir: string, ...args: string[]): Buffer {
  return execFileSync('git', [`--git-dir=${gitDir}`, ...args], {
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** The git directory of a repository `owner/name` below one of the folders, if it holds the commit. */
export function gitDirOf(folders: readonly string[], repository: string, commit: string): string | undefined {
  const joined = repository.replace('/', '+');
  for (const folder of folders)
    for (const tail of [`${joined}/repo`, `${joined}/.git`, joined, `${repository}/.git`, repository]) {
      const path = join(folder, tail);
      if (!existsSync(join(path, 'HEAD'))) continue;
      try {
        git(path, 'cat-file', '-e', `${commit}^{commit}`);
        return path;
      } catch {
        // Another folder may hold more of the history.
      }
    }
  return undefined;
}

/** Every Python file of a commit, by its path in the repository. */
export function pythonTexts(gitDir: string, commit: string): Map<string, string> {
  const names: string[] = [];
  const ids: string[] = [];
  for (const row of git(gitDir, 'ls-tree', '-r', '-l', '-z', commit).toString().split('\0')) {
    const match = /^100\d+ blob (\w+) +(\d+)\t(.+\.py)$/s.exec(row);
    if (match === null || Number(match[2]) > largestFile) continue;
    ids.push(match[1] ?? '');
    names.push(match[3] ?? '');
  }
  const blobs = execFileSync('git', [`--git-dir=${gitDir}`, 'cat-file', '--batch'], {
    input: `${ids.join('\n')}\n`,
    maxBuffer: 2 ** 31 - 1,
  });
  const texts = new Map<string, string>();
  let at = 0;
  for (const name of names) {
    const head = blobs.indexOf(10, at);
    const size = Number(blobs.subarray(at, head).toString().split(' ')[2]);
    const source = decodeSource(blobs.subarray(head + 1, head + 1 + size));
    if ('text' in source) texts.set(name, source.text);
    at = head + 1 + size + 1;
  }
  return texts;
}

/** A rule and the lines of the asked file that one finding names, counted from 1. */
export interface FoundLines {
  readonly rule: string;
  readonly lines: readonly number[];
}

/** Findings that name a place in `path`, whichever file of the project they are reported in. */
export function findingsAt(
  parser: PythonParser,
  texts: ReadonlyMap<string, string>,
  path: string,
): FoundLines[] {
  const text = texts.get(path);
  if (text === undefined) return [];
  const root = '/project';
  const under = (name: string): string => `${root}/${name}`;
  const project = new ProjectChecker(
    parser,
    {
      text: (name) => texts.get(name.slice(root.length + 1)),
      root: () => root,
      callers: [...texts.keys()].map(under),
      frozen: true,
    },
    rules,
  );
  const stem = basename(path, '.py');
  const others = [...texts].filter(([name, other]) => name !== path && other.includes(stem));
  const found: FoundLines[] = [];
  for (const name of [path, ...others.slice(0, mostOthers).map(([other]) => other)])
    for (const finding of project.check(under(name), { root, minConfidence: 'possible' }).findings) {
      const lines = spansIn(finding, name === path, under(path)).flatMap((span) => linesOf(text, span));
      if (lines.length > 0) found.push({ rule: finding.rule, lines });
    }
  return found;
}

function spansIn(finding: Finding, own: boolean, path: string): Span[] {
  return [
    ...(own ? [finding] : []),
    ...finding.related.filter((place) => (place.path === undefined ? own : place.path === path)),
  ];
}

/** The lines of a place, up to the end of the brackets that it opens or stands in front of: of a call, its arguments too. */
function linesOf(text: string, span: Span): number[] {
  const first = text.slice(0, span.start).split('\n').length;
  let end = span.start;
  for (let depth = 0; end < Math.min(text.length, span.start + longestCall); end++) {
    const character = text[end] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    if (depth < 0 || (depth === 0 && character === '\n')) break;
  }
  end = Math.max(end, span.end);
  const count = text.slice(span.start, end).split('\n').length;
  return Array.from({ length: count }, (_, i) => first + i);
}
