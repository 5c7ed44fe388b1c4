/** `perjoule check` as a user or a pipeline starts it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Bundle, bundle } from '../test/protocol/bundle.ts';
import { rulesOfTrainScript, trainScript } from '../test/protocol/scripts.ts';

let built: Bundle;
let folder: string;
before(async () => {
  built = await bundle('cli/main.ts');
  folder = await mkdtemp(join(tmpdir(), 'perjoule-check-'));
  await writeFile(join(folder, 'train.py'), trainScript);
  await writeFile(join(folder, 'clean.py'), 'import torch\nprint(torch.__version__)\n');
});
after(async () => {
  await built.remove();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function perjoule(args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [built.path, 'check', ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

interface JsonFinding {
  rule: string;
  path: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  cell: null;
  fix: { safety: string; title: string } | null;
}
interface JsonReport {
  version: number;
  findings: JsonFinding[];
  problems: { kind: string; path: string; message: string }[];
  stats: {
    files: number;
    analysed: number;
    lines: number;
    ms: number;
  };
}

async function json(args: readonly string[], input = ''): Promise<JsonReport & { code: number | null }> {
  const { code, out, err } = await perjoule(['--format', 'json', ...args], input);
  assert.equal(err, '');
  return { code, ...(JSON.parse(out) as JsonReport) };
}

test('text: place, rule, sentence, the line with carets, counts at the end', async () => {
  const { code, out, err } = await perjoule(['train.py', '--stats']);
  assert.equal(code, 1);
  assert.equal(err, '');
  assert.match(out, /^train\.py:12:18 warning eval-without-no-grad/m);
  assert.match(out, /^ {3}12 \| {9}logits = model\(images\)\n {6}\| {18}\^{13}\n/m);
  assert.match(out, /^3 findings in 1 file: 1 warning, 2 information\./m);
  assert.match(out, /^1 file read, 1 analysed, 37 lines, \d+ ms\.$/m);
});

test('json: every field, lines and columns from 1', async () => {
  const report = await json(['train.py']);
  assert.equal(report.code, 1);
  assert.deepEqual(Object.keys(report).sort(), ['code', 'findings', 'problems', 'stats', 'version']);
  assert.equal(report.version, 1);
  assert.deepEqual(report.findings.map(({ rule }) => rule).sort(), rulesOfTrainScript);
  const loader = report.findings.find(({ rule }) => rule === 'loader-no-workers');
  assert.ok(loader);
  assert.deepEqual(Object.keys(loader), [
    'rule',
    'path',
    'line',
    'column',
    'endLine',
    'endColumn',
    'cell',
    'severity',
    'confidence',
    'message',
    'fix',
    'related',
  ]);
  assert.deepEqual([loader.path, loader.line, loader.column, loader.cell], ['train.py', 21, 14, null]);
  assert.deepEqual(report.problems, []);
  assert.deepEqual({ ...report.stats, ms: 0 }, { files: 1, analysed: 1, lines: 37, ms: 0 });
});

test('github: one annotation a finding', async () => {
  const { code, out } = await perjoule(['--format', 'github', 'train.py']);
  assert.equal(code, 1);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 3);
  for (const line of lines)
    assert.match(
      line,
      /^::(warning|notice) file=train\.py,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=Perjoule \([\w-]+\)::\S.*\.$/,
    );
});

test('sarif: rules, results and code points', async () => {
  const { out } = await perjoule(['--format', 'sarif', 'train.py']);
  const log = JSON.parse(out);
  assert.equal(log.version, '2.1.0');
  const [run] = log.runs;
  assert.equal(run.columnKind, 'unicodeCodePoints');
  assert.equal(run.results.length, 3);
  for (const result of run.results) {
    assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
    assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, 'train.py');
  }
});

test('exit status follows the bar', async () => {
  const bars: [string, number][] = [
    ['error', 0],
    ['warning', 1],
    ['information', 1],
    ['never', 0],
  ];
  for (const [bar, expected] of bars)
    assert.equal((await perjoule(['--fail-on', bar, 'train.py'])).code, expected, bar);
  assert.equal((await perjoule(['clean.py'])).code, 0);
  assert.equal((await perjoule(['train.py', '--select', 'loader-no-workers'])).code, 0);
  assert.equal((await perjoule(['train.py', '--ignore', 'eval-without-no-grad'])).code, 0);
});

test('wrong usage is told in one line with status 2', async () => {
  for (const args of [
    ['--format', 'yaml'],
    ['--fail-on', 'soon'],
    ['--nonsense'],
    ['no-such-file.py'],
    ['--select', 'no-such-rule', 'train.py'],
    ['--select', ' , ', 'train.py'],
    ['--ignore', 'no-such-rule', 'train.py'],
    ['--fix', '-'],
  ]) {
    const { code, out, err } = await perjoule(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, /^perjoule: [^\n]+; [^\n]+\.\n$/);
  }
});

test('select and ignore take lists and may be repeated', async () => {
  const two = await json(['train.py', '--select', 'loader-no-workers, sync-scalar-in-step']);
  assert.equal(two.findings.length, 2);
  const one = await json([
    'train.py',
    '--ignore',
    'loader-no-workers',
    '--ignore',
    'sync-scalar-in-step,eval-without-no-grad',
  ]);
  assert.equal(one.findings.length, 0);
});

test('standard input is checked under the name it is given', async () => {
  const report = await json(['-'], trainScript);
  assert.equal(report.code, 1);
  assert.deepEqual([...new Set(report.findings.map(({ path }) => path))], ['-']);
  const named = await json(['-', '--stdin-filename', 'src/train.py'], trainScript);
  assert.equal(named.findings[0]?.path, 'src/train.py');
  assert.equal((await json(['-'], '')).code, 0);
});

test('columns are code points behind emoji and tabs, without the byte order mark, for any line end', async () => {
  const place = join(folder, 'positions');
  await mkdir(place);
  const row = '    loader = DataLoader(data, batch_size=64, shuffle=True)';
  const emoji = trainScript.replace(row, `    icon = "😀"; ${row.trim()}`);
  const texts = {
    'crlf.py': trainScript.replaceAll('\n', '\r\n'),
    'bom.py': `\ufeff${trainScript}`,
    'emoji.py': emoji,
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(place, name), text);
  const { findings } = await json(['positions', '--select', 'loader-no-workers']);
  assert.deepEqual(
    findings.map(({ path, line, column }) => [path, line, column]),
    [
      ['positions/bom.py', 21, 14],
      ['positions/crlf.py', 21, 14],
      ['positions/emoji.py', 21, 26],
    ],
  );
});

test('a folder leaves out what git ignores, hidden folders and environments; a named file is always checked', async () => {
  const place = join(folder, 'tree');
  const files = [
    'a.py',
    'pkg/b.py',
    'pkg/kept/c.py',
    'pkg/build/d.py',
    'pkg/generated_x.py',
    'env/pyvenv.cfg',
    'env/lib/e.py',
    'node_modules/f.py',
    '.hidden/g.py',
    'notes.txt',
  ];
  for (const file of files) {
    await mkdir(join(place, file, '..'), { recursive: true });
    await writeFile(join(place, file), trainScript);
  }
  await mkdir(join(place, '.git'));
  await writeFile(join(place, '.gitignore'), 'build/\nkept/\n');
  await writeFile(join(place, 'pkg', '.gitignore'), 'generated_*\n!kept/\n');
  await symlink('..', join(place, 'pkg', 'loop'));
  const paths = async (arg: string): Promise<string[]> => [
    ...new Set((await json([arg])).findings.map(({ path }) => path)),
  ];
  assert.deepEqual(await paths('tree'), ['tree/a.py', 'tree/pkg/b.py', 'tree/pkg/kept/c.py']);
  assert.deepEqual(await paths('tree/pkg'), ['tree/pkg/b.py', 'tree/pkg/kept/c.py']);
  assert.deepEqual(await paths('tree/pkg/build/d.py'), ['tree/pkg/build/d.py']);
  assert.deepEqual(await paths('tree/notes.txt'), ['tree/notes.txt']);
});

test('what cannot be checked is a problem of that file only', async () => {
  const place = join(folder, 'bad');
  await mkdir(place);
  await writeFile(join(place, 'binary.py'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
  await writeFile(join(place, 'large.py'), `${trainScript}${'# filler\n'.repeat(260_000)}`);
  await writeFile(join(place, 'encoding.py'), Buffer.from('# \xe9t\xe9\nimport torch\n', 'latin1'));
  await writeFile(join(place, 'syntax.py'), `${trainScript}\ndef (:\n  ((((\n`);
  await writeFile(join(place, 'good.py'), trainScript);
  await symlink('nowhere.py', join(place, 'dangling.py'));
  await writeFile(join(place, 'secret.py'), trainScript);
  await chmod(join(place, 'secret.py'), 0);
  const report = await json(['bad']);
  assert.equal(report.code, 1);
  const unreadable = ['bad/binary.py', 'bad/dangling.py', 'bad/encoding.py', 'bad/large.py'];
  // The superuser may read what nobody may read.
  if (process.getuid?.() !== 0) unreadable.push('bad/secret.py');
  assert.deepEqual(
    report.problems.map(({ kind, path }) => [kind, path]).sort(),
    [...unreadable.map((path) => ['unreadable', path]), ['syntaxError', 'bad/syntax.py']].sort(),
  );
  assert.equal(report.findings.filter(({ path }) => path === 'bad/good.py').length, 3);
  const { out, err } = await perjoule(['bad']);
  const end = new RegExp(`^\\d+ findings in .* ${unreadable.length} files were not checked\\.$`, 'm');
  assert.match(out, end);
  assert.match(err, /^bad\/large\.py:1:1: The file is larger than 2 MB and was not checked\.$/m);
});

test('files in many encodings lie side by side: each is read as its own, or told, and all import one another', async () => {
  const place = join(folder, 'encodings');
  await mkdir(place);
  const text = `${trainScript}\nimport latin\nimport cyrillic\n`;
  const files: Readonly<Record<string, Buffer>> = {
    'plain.py': Buffer.from(text),
    'mark.py': Buffer.from(`\ufeff${text}`),
    'latin.py': Buffer.from(`# -*- coding: latin-1 -*-\n# caf\xe9\n${text}`, 'latin1'),
    'cyrillic.py': Buffer.concat([
      Buffer.from('# coding: cp1251\n# '),
      Buffer.from([0xcf, 0xf0, 0xe8, 0xe2]),
      Buffer.from(`\n${text}`),
    ]),
    'returns.py': Buffer.from(text.replaceAll('\n', '\r\n')),
    'mixed.py': Buffer.concat([Buffer.from(`# caf\u00e9\n${text}# `), Buffer.from([0xe9, 0x0a])]),
    'unknown.py': Buffer.from(`# coding: klingon\n${text}`),
    'wide.py': Buffer.from(text, 'utf16le'),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(place, name), bytes);
  const report = await json(['encodings']);
  const count = (name: string): number =>
    report.findings.filter(({ path }) => path === `encodings/${name}`).length;
  for (const name of ['plain.py', 'mark.py', 'latin.py', 'cyrillic.py', 'returns.py'])
    assert.equal(count(name), 3, name);
  assert.deepEqual(
    report.problems.map(({ kind, path }) => [kind, path]),
    ['mixed.py', 'unknown.py', 'wide.py'].map((name) => ['unreadable', `encodings/${name}`]),
  );
});

test('a folder of files that cannot be read is no fault; a named one is', async () => {
  const place = join(folder, 'unread');
  await mkdir(place);
  await writeFile(join(place, 'binary.py'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
  await writeFile(join(place, 'clean.py'), 'import torch\n');
  const all = await perjoule(['unread']);
  assert.equal(all.code, 0);
  assert.equal(all.out, 'No findings in 1 file. 1 file was not checked.\n');
  assert.match(all.err, /^unread\/binary\.py:1:1: .*\.$/m);
  const named = await perjoule(['unread/binary.py', 'unread']);
  assert.equal(named.code, 2);
  assert.equal(named.out, all.out);
});

test('a file with a syntax error is not called clean: the place is told, and a named one fails', async () => {
  const place = join(folder, 'broken');
  await mkdir(place);
  const texts: Readonly<Record<string, string>> = {
    'bracket.py': 'import torch\nx = torch.zeros((2, 3)\ny = 1\n',
    'colon.py': 'import torch\nfor x in y\n    pass\n',
    'merge.py': 'import torch\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n',
    'text.py': 'import torch\nx = "never closed\n',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(place, name), text);
  const report = await json(['broken']);
  assert.equal(report.code, 0);
  assert.deepEqual(
    report.problems.map(({ kind, path }) => [kind, path]),
    Object.keys(texts).map((name) => ['syntaxError', `broken/${name}`]),
  );
  const named = await perjoule(['broken/colon.py']);
  assert.equal(named.code, 2);
  assert.match(named.err, /^broken\/colon\.py:2:\d+: The file has a syntax error here;/m);
});

test('a named file that Python would not run fails whatever it imports; one that is only found is not parsed', async () => {
  await mkdir(join(folder, 'plain'));
  await writeFile(join(folder, 'plain', 'wrong.py'), 'import json\ndef (:\n');
  await writeFile(join(folder, 'plain', 'right.py'), 'import json\nmatch = json.loads("1")\n');
  const named = await perjoule(['plain/wrong.py']);
  assert.equal(named.code, 2);
  assert.match(named.err, /^plain\/wrong\.py:2:\d+: The file has a syntax error here;/m);
  assert.deepEqual((await perjoule(['plain/right.py'])).err, '');
  const found = await json(['plain']);
  assert.deepEqual([found.code, found.problems], [0, []]);
});

test('a named file that is no Python is not called clean, whatever its words are', async () => {
  await mkdir(join(folder, 'words'));
  const texts: Readonly<Record<string, string>> = {
    'note.txt': 'buy\nmilk\n',
    'prose.md': 'It is not for Python to run.\n',
    'run.sh': '#!/bin/sh\npython\n',
    // None of these.
    program: 'import json\n',
    'tool.cgi': '#!/usr/bin/env python3\nimport json\n',
    'stub.pyi': 'x: int\n',
    '.startup': 'import json\n',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, 'words', name), text);
  for (const name of ['note.txt', 'prose.md', 'run.sh']) {
    const { code, out, err } = await perjoule([`words/${name}`]);
    assert.equal(code, 2, name);
    assert.equal(err, `words/${name}:1:1: This is no Python file and no notebook.\n`);
    assert.equal(out, 'No findings in 0 files. 1 file was not checked.\n');
  }
  for (const name of ['program', 'tool.cgi', 'stub.pyi', '.startup'])
    assert.deepEqual((await perjoule([`words/${name}`])).code, 0, name);
  assert.equal((await json(['-', '--stdin-filename', 'note.txt'], 'milk\n')).problems[0]?.kind, 'unreadable');
});

test('fix changes only what is safe, keeps byte order mark and line ends, and reports what is left', async () => {
  const path = join(folder, 'fix.py');
  const before = `\ufeff${trainScript.replaceAll('\n', '\r\n')}`;
  await writeFile(path, before);
  const offered = await json(['fix.py']);
  const safe = offered.findings.filter(({ fix }) => fix?.safety === 'safe').map(({ rule }) => rule);
  const left = await json(['fix.py', '--fix']);
  assert.deepEqual(
    left.findings.map(({ rule }) => rule).sort(),
    rulesOfTrainScript.filter((rule) => !safe.includes(rule)),
  );
  const after = await readFile(path, 'utf8');
  assert.ok(after.startsWith('\ufeffimport torch\r\n'));
  assert.doesNotMatch(after, /[^\r]\n/);
  assert.equal(after === before, safe.length === 0);
});

test('names that would steer a terminal or a workflow come out harmless', async () => {
  const place = join(folder, 'names');
  await mkdir(place);
  await writeFile(join(place, 'x\u001b[31m,y:z.py'), trainScript);
  const text = await perjoule(['names']);
  assert.ok(!text.out.includes('\u001b'));
  const github = await perjoule(['names', '--format', 'github']);
  assert.match(github.out, /file=names\/x[^,]*%2Cy%3Az\.py,line=/);
});

test('a reader that goes away early is no fault', async () => {
  const child = spawn(
    'sh',
    [
      '-c',
      `"$0" "$1" check --format json positions train.py | head -c 1; true`,
      process.execPath,
      built.path,
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let err = '';
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  assert.equal(err, '');
});
