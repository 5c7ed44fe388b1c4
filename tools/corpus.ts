/**
 * Runs the checker over folders, each one project, and prints every finding with some lines around it, for reading by hand.
 * `--alone` checks every file by itself: what the other files add or take away is the difference.
 *
 *   npm run corpus -- [--json] [--brief] [--context N] [--rule NAME] [--possible] [--alone] [--stats] DIR…
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type CheckOptions, checkText } from '../server/engine/check.ts';
import { ProjectChecker } from '../server/engine/checkProject.ts';
import type { Finding } from '../server/engine/finding.ts';
import { loadParser } from '../server/python/parser.ts';
import { rules } from '../server/rules/index.generated.ts';
import { decodeSource } from '../server/sourceText.ts';
import { wasmFiles } from '../server/wasmFiles.ts';

interface Options {
  readonly folders: readonly string[];
  readonly json: boolean;
  readonly brief: boolean;
  readonly context: number;
  readonly rule: string | undefined;
  readonly possible: boolean;
  readonly alone: boolean;
  readonly stats: boolean;
}

function readOptions(words: readonly string[]): Options {
  const folders: string[] = [];
  let [json, brief, possible, alone, stats, context, rule] = [
    false,
    false,
    false,
    false,
    false,
    4,
    undefined as string | undefined,
  ];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--json') json = true;
    else if (word === '--brief') brief = true;
    else if (word === '--possible') possible = true;
    else if (word === '--alone') alone = true;
    else if (word === '--stats') stats = true;
    else if (word === '--context') context = Number(words[++i]);
    else if (word === '--rule') rule = words[++i];
    else folders.push(resolve(word));
  }
  return { folders, json, brief, context, rule, possible, alone, stats };
}

function* pythonFiles(path: string): Generator<string> {
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) =>
    a.name.localeCompare(b.name),
  )) {
    if (entry.name.startsWith('.')) continue;
    const inner = join(path, entry.name);
    if (entry.isDirectory()) yield* pythonFiles(inner);
    else if (entry.isFile() && entry.name.endsWith('.py')) yield inner;
  }
}

function show(text: string, finding: Finding, context: number): string {
  const lines = text.split('\n');
  const at = text.slice(0, finding.start).split('\n').length;
  const from = Math.max(1, at - context);
  const marked = new Set([at, ...related(text, finding)]);
  return lines
    .slice(from - 1, at + context)
    .map((line, i) => `${marked.has(from + i) ? '>' : ' '} ${String(from + i).padStart(5)}  ${line}`)
    .join('\n');
}

/** Lines of the other places in the same file. */
function related(text: string, finding: Finding): number[] {
  return finding.related
    .filter((place) => place.path === undefined)
    .map((place) => text.slice(0, place.start).split('\n').length);
}

/** Only the head of the region and the lines reported. */
function brief(text: string, finding: Finding): string {
  const lines = text.split('\n');
  const lineOf = (at: number): number => text.slice(0, at).split('\n').length;
  const numbers = new Set([lineOf(finding.region.start), lineOf(finding.start), ...related(text, finding)]);
  return [...numbers]
    .map((n) => `${String(n).padStart(7)}  ${(lines[n - 1] ?? '').slice(0, 150)}`)
    .join('\n');
}

const options = readOptions(process.argv.slice(2));
const parser = await loadParser(await wasmFiles());
const selected = options.rule === undefined ? rules : rules.filter((r) => r.meta.name === options.rule);
let [files, analysed, count, slowest, slowestFile] = [0, 0, 0, 0, ''];
const output: unknown[] = [];
for (const folder of options.folders) {
  const texts = new Map<string, string>();
  for (const path of pythonFiles(folder)) {
    const source = decodeSource(readFileSync(path));
    if ('text' in source) texts.set(path, source.text);
  }
  const checkOptions: CheckOptions = {
    root: folder,
    minConfidence: options.possible ? 'possible' : 'likely',
  };
  const project = new ProjectChecker(
    parser,
    { text: (path) => texts.get(path), root: () => folder, callers: [...texts.keys()], frozen: true },
    selected,
  );
  for (const [path, text] of texts) {
    files++;
    const started = performance.now();
    const result = options.alone
      ? checkText({ parser, path, text, rules: selected, options: checkOptions })
      : project.check(path, checkOptions);
    const took = performance.now() - started;
    if (took > slowest) [slowest, slowestFile] = [took, path];
    if (result.analysed) analysed++;
    for (const problem of result.problems) console.error(`${path}: ${problem.kind}: ${problem.message}`);
    for (const finding of result.findings) {
      count++;
      const line = text.slice(0, finding.start).split('\n').length;
      if (options.json)
        output.push({
          path: relative(folder, path),
          line,
          rule: finding.rule,
          severity: finding.severity,
          confidence: finding.confidence,
          message: finding.message,
          fixes: finding.fixes.map((f) => f.title),
          related: related(text, finding),
        });
      else {
        const also = related(text, finding);
        console.log(
          `\n${path}:${line} ${finding.rule} ${finding.severity} ${finding.confidence}${also.length > 0 ? ` also ${also.join(',')}` : ''} fixes=${finding.fixes.length}\n  ${finding.message}`,
        );
        console.log(options.brief ? brief(text, finding) : show(text, finding, options.context));
      }
    }
  }
}
if (options.json) console.log(JSON.stringify(output, null, 1));
if (options.stats)
  console.error(
    `${files} files, ${analysed} analysed, ${count} findings, slowest ${slowest.toFixed(0)} ms ${slowestFile}`,
  );
