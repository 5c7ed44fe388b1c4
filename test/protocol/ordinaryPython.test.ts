/** Python that has nothing to do with a GPU, written by others: the machine's own standard library and packages. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { namesGpuFramework } from '../../server/python/frameworks.ts';
import { decodeSource } from '../../server/sourceText.ts';
import { type CommandLine, commandLine } from './commandLine.ts';

const wanted = 500;
const maxBytes = 100_000;
/** What the checker leaves out by its folder proves nothing. */
const exempt =
  /(^|[/_])(tests?|testing|benchmarks?|profiling|perf|docs?|tutorials?|vendor|_vendor|examples?)([/_.]|$)/;

interface Outcome {
  readonly findings: readonly unknown[];
  readonly stats: { readonly files: number; readonly analysed: number };
}

let cli: CommandLine;
let texts: ReadonlyMap<string, string>;
before(async () => {
  texts = ordinaryFiles();
  cli = await commandLine();
});
after(() => cli.remove());

test('500 files without a GPU framework: no finding of any rule', async (t) => {
  if (tooFew(t)) return;
  await cli.write(Object.fromEntries([...texts].map(([path, text]) => [`plain/${path}`, text])));
  const { findings, stats } = await check('plain');
  assert.equal(stats.files, texts.size);
  assert.deepEqual(findings, []);
});

test('the same files, looked at because each imports torch: still no finding', async (t) => {
  if (tooFew(t)) return;
  await cli.write(
    Object.fromEntries([...texts].map(([path, text]) => [`torch/${path}`, `${text}\nimport torch\n`])),
  );
  const { findings, stats } = await check('torch');
  assert.ok(stats.analysed >= wanted, `only ${stats.analysed} of ${texts.size} were analysed`);
  assert.deepEqual(findings, []);
});

async function check(folder: string): Promise<Outcome> {
  const { code, out, err } = await cli.run(['check', folder, '--select', 'all', '--format', 'json']);
  assert.equal(code, 0, `${err}\n${out.slice(0, 2000)}`);
  return JSON.parse(out) as Outcome;
}

function tooFew(t: TestContext): boolean {
  if (texts.size >= wanted) return false;
  t.skip(`only ${texts.size} of ${wanted} Python files without a GPU framework are on this machine`);
  return true;
}

/** By path; 500, taken evenly from all there are, so that many packages are among them. */
function ordinaryFiles(): Map<string, string> {
  const all = new Map<string, string>();
  for (const folder of pythonFolders())
    for (const path of pythonFiles(folder)) {
      const name = relative(folder, path);
      if (exempt.test(name.toLowerCase()) || statSync(path).size > maxBytes) continue;
      const source = decodeSource(readFileSync(path));
      if ('text' in source && !namesGpuFramework(source.text)) all.set(name, source.text);
    }
  const names = [...all.keys()].sort();
  const step = Math.max(1, names.length / wanted);
  const picked = new Map<string, string>();
  for (let at = 0; at < names.length; at += step) {
    const name = names[Math.floor(at)] ?? '';
    picked.set(name, all.get(name) ?? '');
  }
  return picked;
}

/** Where this machine's Python keeps its own library and what was installed. */
function pythonFolders(): string[] {
  const ask = 'import json, sysconfig; print(json.dumps(sysconfig.get_paths()))';
  const { status, stdout } = spawnSync('python3', ['-c', ask], { encoding: 'utf8' });
  if (status !== 0) return [];
  const paths = JSON.parse(stdout) as Readonly<Record<string, string>>;
  return [paths['stdlib'], paths['purelib']].filter((path) => path !== undefined);
}

function* pythonFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'site-packages' && entry.name !== 'dist-packages')
      yield* pythonFiles(path);
    else if (entry.isFile() && entry.name.endsWith('.py')) yield path;
  }
}
