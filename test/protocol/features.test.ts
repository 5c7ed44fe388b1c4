/** What the server says over its standard streams, with a checker of two simple rules behind it. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { Diagnostic } from 'vscode-languageserver';
import type { MeasuredHint } from '../../contracts/findings.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient, StaleEdit } from './languageClient.ts';

const uri = 'file:///home/me/train.py';
const script = 'import torch\nprint(loss.item())\nloader = DataLoader(data)\n';

let built: Bundle;
let client: LanguageClient | undefined;

before(async () => {
  built = await bundle('test/protocol/tinyServer.ts');
});
after(() => built.remove());
afterEach(async () => {
  const code = await client?.stop();
  client = undefined;
  if (code !== undefined) assert.equal(code, 0);
});

async function started(options: unknown = {}): Promise<LanguageClient> {
  client = await LanguageClient.start(built.path, options);
  return client;
}

async function opened(text = script, options: unknown = {}): Promise<LanguageClient> {
  const it = await started(options);
  await it.open(uri, text);
  return it;
}

const marked = (text: string, { range }: Diagnostic): string => {
  const lines = text.split(/\r\n|\r|\n/);
  assert.equal(range.start.line, range.end.line);
  return (lines[range.start.line] ?? '').slice(range.start.character, range.end.character);
};

const hint = (over: Partial<MeasuredHint> = {}): MeasuredHint => ({
  rule: 'tiny-read',
  path: '/home/me/train.py',
  regionHash: '',
  verdict: 'confirmed',
  energyJ: 6100,
  share: 0.07,
  runId: 'r14',
  runName: 'train.py · run 14',
  simulated: false,
  ...over,
});

const traced = (over: Partial<TracedHint> = {}): TracedHint => ({
  rule: 'tiny-read',
  path: '/home/me/train.py',
  regionHash: '',
  verdict: 'confirmed',
  waitMs: 9.6,
  calls: 8,
  within: 'main',
  share: 0.12,
  steps: 8,
  file: 'worker0.pt.trace.json',
  runId: 'r14',
  ...over,
});

async function hashOf(it: LanguageClient, rule: string): Promise<string> {
  const { findings } = await it.findings(uri);
  return findings.find((finding) => finding.rule === rule)?.regionHash ?? '';
}

test('a diagnostic names its rule, links its page and carries its fixes', async () => {
  const it = await opened(`${script}sync()\n`, { rulePages: 'file:///ext/docs/rules/' });
  const read = (await it.diagnostics(uri)).find((diagnostic) => diagnostic.code === 'tiny-read');
  assert.ok(read);
  assert.equal(marked(script, read), 'loss.item()');
  assert.equal(read.source, 'perjoule');
  assert.equal(read.severity, 3);
  assert.equal(read.codeDescription?.href, 'file:///ext/docs/rules/tiny-read.md');
  assert.equal(read.relatedInformation?.[0]?.location.range.start.line, 3);
  assert.deepEqual(read.data.fixes, ['tiny-read/0', 'tiny-read/1']);
});

test('a second pull of the same version is unchanged, and no feature analyses it again', async () => {
  const it = await opened();
  const first = await it.pull(uri);
  const again = await it.pull(uri, first.resultId);
  assert.equal(again.kind, 'unchanged');
  await it.actions(uri);
  await it.hover(uri, 1, 8);
  await it.findings(uri);
  assert.equal(it.analysed.length, 1);
  assert.equal(it.analysed[0]?.findings, 2);
});

test('pulls that were taken back while they waited are not analysed', async () => {
  const it = await opened(`${script}# SLOW\n`);
  await it.diagnostics(uri);
  const top = { line: 0, character: 0 };
  const pulls: Promise<unknown>[] = [];
  for (let index = 0; index < 50; index += 1) {
    void it.edit(uri, [{ range: { start: top, end: top }, text: '#\n' }]);
    const source = new CancellationTokenSource();
    const params = { textDocument: { uri } };
    pulls.push(it.connection.sendRequest('textDocument/diagnostic', params, source.token).catch(() => {}));
    source.cancel();
  }
  await Promise.all(pulls);
  assert.equal((await it.diagnostics(uri)).length, 2);
  assert.ok(it.analysed.length < 25, String(it.analysed.length));
});

test('the same measurements again ask for no new pull', async () => {
  const it = await opened();
  const hints = [hint({ regionHash: await hashOf(it, 'tiny-read') })];
  await it.measured(hints);
  await it.measured(hints);
  await it.diagnostics(uri);
  assert.equal(it.refreshes, 1);
});

test('only Python documents of known schemes are checked', async () => {
  const it = await started();
  const others: [string, string][] = [
    ['file:///a.txt', 'plaintext'],
    ['git:/home/me/train.py?HEAD', 'python'],
    ['vscode-notebook-cell:/home/me/n.ipynb#W0', 'python'],
  ];
  for (const [other, language] of others) {
    await it.open(other, script, language);
    assert.deepEqual(await it.diagnostics(other), [], other);
  }
  for (const checked of ['untitled:Untitled-1', 'vscode-remote://ssh-remote%2Bbox/home/me/train.py']) {
    await it.open(checked, script);
    assert.equal((await it.diagnostics(checked)).length, 2, checked);
  }
});

test('a fix from the light bulb leaves no finding behind', async () => {
  const it = await opened();
  const actions = await it.actions(uri);
  const preferred = actions.filter((action) => action.isPreferred);
  assert.deepEqual(
    preferred.map((action) => action.title),
    ['Keep the value on the GPU'],
  );
  assert.ok(actions.some((action) => action.title === 'Remove the read (the value is not shown any more)'));
  for (const title of ['Keep the value on the GPU', 'Add four workers']) {
    const action = (await it.actions(uri)).find((candidate) => candidate.title === title);
    assert.ok(action, title);
    await it.apply(action);
  }
  assert.deepEqual(await it.diagnostics(uri), []);
  assert.equal(
    it.document(uri).getText(),
    'import torch\nprint(loss.detach())\nloader = DataLoader(data, num_workers=4)\n',
  );
});

test('a fix made for another version of the document is refused', async () => {
  const it = await opened();
  const fix = (await it.actions(uri)).find((action) => action.isPreferred);
  assert.ok(fix);
  await it.edit(uri, [
    { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '#\n' },
  ]);
  await assert.rejects(it.apply(fix), StaleEdit);
});

test('fix all takes the safe fixes only, and only when source actions are asked for', async () => {
  const it = await opened(`${script}print(a.item(), b.item())\n`);
  const bulb = await it.actions(uri);
  assert.ok(bulb.every((action) => action.kind === 'quickfix'));
  for (const kind of ['source', 'source.fixAll', 'source.fixAll.perjoule']) {
    const all = await it.actions(uri, undefined, [kind]);
    assert.deepEqual(
      all.map((action) => action.kind),
      ['source.fixAll.perjoule'],
    );
  }
  assert.deepEqual(await it.actions(uri, undefined, ['source.fixAll.other', 'refactor']), []);
  const [all] = await it.actions(uri, undefined, ['source.fixAll.perjoule']);
  assert.ok(all);
  await it.apply(all);
  assert.deepEqual(
    (await it.diagnostics(uri)).map((diagnostic) => diagnostic.code),
    ['tiny-loader'],
  );
});

test('a rule is allowed on a line, a second rule joins the comment', async () => {
  const it = await opened('import torch\nx = f(loss.item(), DataLoader(data))\n');
  for (const rule of ['tiny-read', 'tiny-loader']) {
    const allow = (await it.actions(uri)).find((action) => action.title === `Allow ${rule} on this line`);
    assert.ok(allow, rule);
    await it.apply(allow);
  }
  assert.deepEqual(await it.diagnostics(uri), []);
  assert.match(it.document(uri).getText(), / {2}# perjoule: allow tiny-read, tiny-loader\n$/);
});

test('a comment that allows nothing is greyed out; a rule that fails is told in the log', async () => {
  const it = await opened('import torch  # perjoule: allow nothing\nRULE_FAILS\n');
  const [stale, ...rest] = await it.diagnostics(uri);
  assert.deepEqual(rest, []);
  assert.equal(stale?.severity, 4);
  assert.deepEqual(stale?.tags, [1]);
  assert.ok(it.errors.some((message) => message.includes('tiny-read failed')));
});

test('a measurement raises the finding, names the joules and ages out with its text', async () => {
  const it = await opened();
  const before = await it.pull(uri);
  await it.measured([hint({ regionHash: await hashOf(it, 'tiny-read') })]);
  const report = await it.pull(uri, before.resultId);
  assert.equal(report.kind, 'full');
  const [first] = report.items;
  assert.equal(first?.code, 'tiny-read');
  assert.equal(first?.severity, 2);
  assert.match(
    String(first?.message),
    /waits for the GPU\. Measured: 6\.10 kJ \(1\.69 Wh\), 7\.0 % of run “train\.py · run 14”\.$/,
  );
  assert.equal(it.refreshes, 1);
  assert.match(await it.hover(uri, 1, 8), /\(command:perjoule\.showRun\?%5B%22r14%22%5D\)/);

  await it.edit(uri, [
    { range: { start: { line: 1, character: 6 }, end: { line: 1, character: 10 } }, text: 'other' },
  ]);
  const changed = (await it.diagnostics(uri)).find((diagnostic) => diagnostic.code === 'tiny-read');
  assert.equal(changed?.severity, 3);
  assert.doesNotMatch(String(changed?.message), /Measured/);

  await it.edit(uri, [
    { range: { start: { line: 1, character: 6 }, end: { line: 1, character: 11 } }, text: 'loss' },
  ]);
  await it.measured([]);
  assert.ok(
    (await it.diagnostics(uri)).every((diagnostic) => !String(diagnostic.message).includes('Measured')),
  );
});

test('a refuted finding is a hint and says so, also when the user asked for more', async () => {
  const it = await opened(script, { severity: { 'tiny-loader': 'error' } });
  const regionHash = await hashOf(it, 'tiny-loader');
  await it.measured([hint({ rule: 'tiny-loader', regionHash, verdict: 'refuted', energyJ: 0, share: 0 })]);
  const loader = (await it.diagnostics(uri)).find((diagnostic) => diagnostic.code === 'tiny-loader');
  assert.equal(loader?.severity, 4);
  assert.match(String(loader?.message), /Refuted: run “train\.py · run 14” had steps enough/);
});

test('a trace that confirms raises the finding, names the time and itself, tells no joules and ages out with the text', async () => {
  const it = await opened();
  await it.traced([traced({ regionHash: await hashOf(it, 'tiny-read') })]);
  const [first] = await it.diagnostics(uri);
  assert.equal(first?.code, 'tiny-read');
  assert.equal(first?.severity, 2);
  assert.match(
    String(first?.message),
    /waits for the GPU\. Confirmed by profiler trace “worker0\.pt\.trace\.json”: the host waited 1\.20 ms a step in 8 calls, 12 % of the traced time, all in main, whose lines the profiler does not tell apart\.$/,
  );
  assert.doesNotMatch(String(first?.message), /\d k?J\b/);
  const hover = await it.hover(uri, 1, 8);
  assert.match(
    hover,
    /\*\*Confirmed by profiler trace .*\*\*: the host waited 1\\\.20 ms a step .* tell apart\./,
  );
  assert.match(hover, /\(command:perjoule\.showRun\?%5B%22r14%22%5D\)/);
  assert.equal(it.refreshes, 1);

  const word = { start: { line: 1, character: 6 }, end: { line: 1, character: 10 } };
  await it.edit(uri, [{ range: word, text: 'other' }]);
  const changed = (await it.diagnostics(uri)).find(({ code }) => code === 'tiny-read');
  assert.equal(changed?.severity, 3);
  assert.doesNotMatch(String(changed?.message), /trace/);
});

test('a trace that retires sinks the finding, also below joules of its kind; cleared, all is as before', async () => {
  const it = await opened();
  const regionHash = await hashOf(it, 'tiny-read');
  const read = async (): Promise<Diagnostic | undefined> =>
    (await it.diagnostics(uri)).find(({ code }) => code === 'tiny-read');
  await it.measured([hint({ regionHash })]);
  await it.traced([traced({ regionHash, verdict: 'retired', waitMs: 0.016, share: 0.0002 })]);
  const sunk = await read();
  assert.equal(sunk?.severity, 4);
  assert.match(
    String(sunk?.message),
    /GPU\. Retired by profiler trace “.*”: the host waited no longer than 2\.00 µs a step in 8 calls, /,
  );
  assert.equal((await it.diagnostics(uri)).at(-1)?.code, 'tiny-read');
  await it.traced([]);
  const back = await read();
  assert.equal(back?.severity, 2);
  assert.match(String(back?.message), /Measured: 6\.10 kJ/);
});

test('a wait in a trace of a run that shows no waste decides nothing; nonsense is passed over', async () => {
  const it = await opened();
  const regionHash = await hashOf(it, 'tiny-read');
  await it.measured([hint({ regionHash, verdict: 'refuted', energyJ: 0, share: 0 })]);
  await it.traced([
    traced({ regionHash }),
    { ...traced({ regionHash }), waitMs: Number.NaN },
    { ...traced({ regionHash }), verdict: 'open' as never },
  ]);
  const read = (await it.diagnostics(uri)).find(({ code }) => code === 'tiny-read');
  assert.equal(read?.severity, 3);
  assert.match(String(read?.message), /Refuted: run .* Confirmed by profiler trace/);
});

test('simulated joules never go without the word, and a shared figure says how many share it', async () => {
  const it = await opened();
  const read = await hashOf(it, 'tiny-read');
  const loader = await hashOf(it, 'tiny-loader');
  await it.measured([
    hint({ regionHash: read, simulated: true }),
    hint({ rule: 'tiny-loader', regionHash: loader, simulated: true }),
  ]);
  for (const { message } of await it.diagnostics(uri))
    assert.match(String(message), /Measured on the simulated GPU: .* one figure for 2 places\.$/);
  assert.match(await it.hover(uri, 1, 8), /simulated GPU/);
});

test('settings silence, lower and switch off; nonsense among them is passed over', async () => {
  const it = await opened();
  const set = (settings: unknown): Promise<void> =>
    it.connection.sendNotification('workspace/didChangeConfiguration', { settings });
  await set({ enable: true, severity: { 'tiny-read': 'off', 'tiny-loader': 'hint', other: 7 } });
  assert.deepEqual(
    (await it.diagnostics(uri)).map(({ code, severity }) => [code, severity]),
    [['tiny-loader', 4]],
  );
  assert.ok(!(await it.actions(uri)).some((action) => action.title.includes('tiny-read')));
  await set({ enable: 'yes', severity: null });
  assert.equal((await it.diagnostics(uri)).length, 1);
  await set({ enable: false, severity: {} });
  assert.deepEqual(await it.diagnostics(uri), []);
  assert.equal(await it.hover(uri, 1, 8), '');
  await set({ enable: true, severity: {} });
  assert.equal((await it.diagnostics(uri)).length, 2);
});

test('a preview rule is silent until the user names it; an old name still works', async () => {
  const it = await opened('import torch\nPREVIEW\nloss.item()\n');
  const shown = async (severity: Record<string, string>): Promise<unknown[]> => {
    await it.connection.sendNotification('workspace/didChangeConfiguration', { settings: { severity } });
    return (await it.diagnostics(uri)).map(({ code }) => code);
  };
  assert.deepEqual(await shown({}), ['tiny-read']);
  assert.deepEqual(await shown({ 'tiny-preview': 'warning' }), ['tiny-preview', 'tiny-read']);
  assert.deepEqual(await shown({ 'tiny-old-name': 'off' }), []);
});

test('a name from outside can neither link nor format in a hover', async () => {
  const it = await opened();
  const runName = '](command:evil) **x** <img src=x> https://evil.example `a` \u202egnp.\n# $(zap)';
  await it.measured([
    hint({ regionHash: await hashOf(it, 'tiny-read'), runName, runId: "a')](command:evil)" }),
  ]);
  const text = await it.hover(uri, 1, 8);
  const links = [...text.matchAll(/(?<!\\)\]\((.*?)\)/g)].map((match) => match[1]);
  assert.deepEqual(links, [
    'command:perjoule.explainRule?%5B%22tiny-read%22%5D',
    'command:perjoule.explainWaste?%5B%22hostSync%22%5D',
    'command:perjoule.showRun?%5B%22a%27%29%5D%28command%3Aevil%29%22%5D',
  ]);
  assert.doesNotMatch(text, /[^\\]<img|https:|\u202e|\n# |[^\\]`|[^\\]\$\(/);
});

test('names from a trace can neither link nor format', async () => {
  const it = await opened();
  const file = '](command:evil) **x** <img src=x> https://evil.example `a` \u202egnp.\n# $(zap)';
  await it.traced([traced({ regionHash: await hashOf(it, 'tiny-read'), file, within: file })]);
  const hover = await it.hover(uri, 1, 8);
  assert.doesNotMatch(hover, /[^\\]<img|https:|\u202e|\n# |[^\\]`|[^\\]\$\(|[^\\]\]\(command:evil/);
  assert.doesNotMatch(String((await it.diagnostics(uri))[0]?.message), /[\n\u202e]/);
});

test('positions are UTF-16 whatever the line ends, tabs, emoji and byte order mark', async () => {
  const it = await started();
  const texts = [
    'import torch\r\nx = "😀é"; y = loss.item()\r\n',
    'import torch\rx = "😀"; y = loss.item()\r',
    'import torch\n\tif x:\n\t\ty = "\u{1F468}\u200d\u{1F469}"; loss.item()\n',
    '\ufeffimport torch; loss.item()\n',
  ];
  for (const [index, text] of texts.entries()) {
    const one = `file:///p${index}.py`;
    await it.open(one, text);
    const [found] = await it.diagnostics(one);
    assert.ok(found);
    assert.equal(marked(text, found), 'loss.item()');
    const fix = (await it.actions(one)).find((action) => action.isPreferred);
    assert.ok(fix);
    await it.apply(fix);
    assert.equal(it.document(one).getText(), text.replace('loss.item()', 'loss.detach()'));
  }
});

test('findings come from the editor where the file is open, else from the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perjoule-files-'));
  try {
    const path = join(folder, 'träin 1.py');
    const file = pathToFileURL(path).href;
    await writeFile(path, script);
    const it = await started();
    const disk = await it.findings(file);
    assert.equal(disk.usesGpuFramework, true);
    assert.deepEqual(
      disk.findings.map(({ rule, path: where, line, wasteKind }) => [rule, where, line, wasteKind]),
      [
        ['tiny-loader', path, 3, 'inputWait'],
        ['tiny-read', path, 2, 'hostSync'],
      ],
    );
    await it.open(file, 'import os\n');
    assert.deepEqual(await it.findings(file), { findings: [], problems: [], usesGpuFramework: false });
    await it.close(file);
    await writeFile(path, 'import torch\nloss.item()\nloss.item()\nloss.item()\n');
    assert.equal((await it.findings(file)).findings.length, 3);
    for (const none of ['', 'nonsense', 'file:///no/such.py', pathToFileURL(folder).href, 'untitled:x']) {
      const { findings, problems, usesGpuFramework } = await it.findings(none);
      assert.deepEqual([findings, usesGpuFramework, problems.length], [[], false, 1], none);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('findings come with what keeps them from being all: of a file that is named, of its project file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perjoule-problems-'));
  try {
    const texts = {
      'binary.py': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]),
      'wrong.py': 'import json\ndef (:\n',
      'note.txt': 'milk\n',
      'fine.py': script,
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    const it = await started();
    const problems = async (name: string, named: boolean) =>
      (await it.findings(pathToFileURL(join(folder, name)).href, named)).problems;
    const [binary] = await problems('binary.py', false);
    assert.deepEqual([binary?.path, binary?.cell, binary?.line], [join(folder, 'binary.py'), null, 1]);
    assert.match(binary?.message ?? '', /not checked/);
    assert.match((await problems('note.txt', true))[0]?.message ?? '', /^This is no Python file/);
    assert.match((await problems('none.py', true))[0]?.message ?? '', /does not exist/);
    assert.deepEqual(await problems('fine.py', true), []);
    await mkdir(join(folder, 'set'));
    await writeFile(join(folder, 'set', 'fine.py'), script);
    const project = join(folder, 'set', 'pyproject.toml');
    await writeFile(project, '[tool.perjoule]\n\nselect = ["no-such-rule"]\n');
    const [setting, ...others] = await problems('set/fine.py', false);
    assert.deepEqual([setting?.path, setting?.line, others], [project, 3, []]);
    assert.match(setting?.message ?? '', /no-such-rule/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('malformed requests get an answer and the server lives on', async () => {
  const it = await opened();
  const { connection } = it;
  for (const params of [null, 7, [], {}, { textDocument: null }, { textDocument: { uri: 7 } }]) {
    for (const method of ['textDocument/diagnostic', 'textDocument/hover', 'textDocument/codeAction'])
      await connection.sendRequest(method, params).catch(() => {});
    await connection.sendRequest('perjoule/findings', params);
    for (const method of [
      'perjoule/measured',
      'workspace/didChangeConfiguration',
      'workspace/didChangeWorkspaceFolders',
      'textDocument/didOpen',
      'textDocument/didChange',
      'textDocument/didClose',
    ])
      await connection.sendNotification(method, params);
  }
  await connection.sendNotification('perjoule/measured', {
    hints: [null, 1, {}, hint({ energyJ: Number.NaN }), { ...hint(), share: 'much' }],
  });
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: 9 },
    contentChanges: [
      { range: { start: { line: -4, character: 9e9 }, end: { line: 9e9, character: -1 } }, text: '' },
    ],
  });
  await assert.rejects(connection.sendRequest('no/such'));
  await it.open('file:///b.py', script);
  assert.equal((await it.diagnostics('file:///b.py')).length, 2);
});
