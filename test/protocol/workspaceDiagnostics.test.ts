/** The findings of every file of the workspace, in the bundled language server. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import type {
  WorkspaceDiagnosticReport,
  WorkspaceDiagnosticReportPartialResult,
  WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver';
import { until } from '../../tools/until.ts';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';
import { NotebookClient } from './notebookClient.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

let built: Bundle;
let folder: string;
let client: LanguageClient;
before(async () => {
  built = await bundle('server/main.ts');
});
after(() => built.remove());
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-workspace-')));
});
afterEach(async () => {
  assert.equal(await client.stop(), 0);
  await rm(folder, { recursive: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const told = (name: string, type: 1 | 2 | 3): Promise<void> =>
  client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uriOf(name), type }],
  });

async function started(scope: string, ...roots: string[]): Promise<void> {
  client = await LanguageClient.start(built.path, { scope }, roots.map(uriOf));
}

/** The rules that a report names, by the name of the file. */
const named = (reports: readonly WorkspaceDocumentDiagnosticReport[]): Record<string, unknown[]> =>
  Object.fromEntries(
    reports.map((report) => [
      decodeURIComponent(report.uri.slice(pathToFileURL(folder).href.length + 1)),
      report.kind === 'full' ? report.items.map(({ code }) => code).sort() : ['unchanged'],
    ]),
  );

const resultIds = (reports: readonly WorkspaceDocumentDiagnosticReport[]): { uri: string; value: string }[] =>
  reports.map(({ uri, resultId }) => ({ uri, value: resultId ?? '' }));

/** A request that takes parts, as an editor keeps it open. */
class OpenRequest {
  readonly parts: WorkspaceDocumentDiagnosticReport[] = [];
  readonly ended: Promise<unknown>;
  readonly #cancel = new CancellationTokenSource();

  constructor(previousResultIds: readonly { uri: string; value: string }[] = []) {
    const partialResultToken = `parts ${Math.random()}`;
    const type = new ProgressType<WorkspaceDiagnosticReportPartialResult>();
    client.connection.onProgress(type, partialResultToken, ({ items }) => {
      this.parts.push(...items);
    });
    const params = { identifier: 'perjoule', previousResultIds, partialResultToken };
    this.ended = client.connection
      .sendRequest('workspace/diagnostic', params, this.#cancel.token)
      .catch((error: unknown) => error);
  }

  /** All that was reported since the last call, once `accept` is content with it. */
  async reported(accept: (files: Record<string, unknown[]>) => boolean): Promise<Record<string, unknown[]>> {
    await until(
      'the reports',
      () => accept(named(this.parts)),
      20_000,
      () => named(this.parts),
    );
    return named(this.parts.splice(0));
  }

  async cancel(): Promise<unknown> {
    this.#cancel.cancel();
    return this.ended;
  }
}

const ask = (
  previousResultIds: readonly { uri: string; value: string }[] = [],
): Promise<WorkspaceDiagnosticReport> =>
  client.connection.sendRequest('workspace/diagnostic', { identifier: 'perjoule', previousResultIds });

const tools = 'history = []\n\n\ndef record(loss):\n    history.append(loss.item())\n';
const calling = trainScript
  .replace('running += loss.item()', 'record(loss)')
  .replace('import torch\n', 'import torch\nfrom tools import record\n');

test('every folder is gone through, what git ignores is not, and the request stays open until it is taken back', async () => {
  await write({
    '.git/HEAD': '',
    '.gitignore': 'out/\n',
    'a/train.py': trainScript,
    'a/plain.py': 'print(1)\n',
    'a/out/train.py': trainScript,
    'b/täin 1.py': trainScript,
    'c/train.py': trainScript,
  });
  await started('workspace', 'a', 'b');
  const request = new OpenRequest();
  assert.deepEqual(await request.reported((files) => Object.keys(files).length === 2), {
    'a/train.py': rulesOfTrainScript,
    'b/täin 1.py': rulesOfTrainScript,
  });
  assert.equal(await Promise.race([request.ended, new Promise((go) => setTimeout(go, 300, 'open'))]), 'open');
  const error = await request.cancel();
  assert.ok(error instanceof Error && 'code' in error && error.code === -32800, String(error));
  assert.deepEqual([client.progress[0], client.progress.at(-1)], ['begin', 'end']);
  // Nobody is told of closed files one by one.
  assert.deepEqual(client.analysed, []);
});

test('a change on disk is reported with what it changes elsewhere, and nothing else is', async () => {
  await write({ 'train.py': calling, 'tools.py': tools, 'other.py': trainScript });
  await started('workspace', '.');
  const request = new OpenRequest();
  const others = rulesOfTrainScript.filter((rule) => rule !== 'sync-scalar-in-step');
  assert.deepEqual(await request.reported((files) => Object.keys(files).length === 3), {
    'other.py': rulesOfTrainScript,
    'tools.py': ['sync-scalar-in-step'],
    'train.py': others,
  });
  await write({ 'train.py': calling.replace('record(loss)', 'pass') });
  await told('train.py', 2);
  const changed = await request.reported((files) => files['tools.py'] !== undefined);
  assert.deepEqual(changed['tools.py'], []);
  assert.equal(changed['other.py'], undefined);
  await rm(join(folder, 'other.py'));
  await told('other.py', 3);
  assert.deepEqual(await request.reported((files) => files['other.py'] !== undefined), { 'other.py': [] });
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: { 'loader-no-workers': 'off' } },
  });
  const off = await request.reported((files) => files['train.py'] !== undefined);
  assert.deepEqual(off, { 'train.py': ['eval-without-no-grad'] });
});

test('what is wrong with a project file is listed too, until it is mended', async () => {
  await write({ 'a.py': trainScript, 'pyproject.toml': '[tool.perjoule]\nselect = ["all"]\ncolour = 1\n' });
  await started('workspace', '.');
  const request = new OpenRequest();
  const found = await request.reported((files) => Object.keys(files).length === 2);
  assert.deepEqual(found['pyproject.toml'], ['configuration']);
  await write({ 'pyproject.toml': '[tool.perjoule]\nselect = ["memory"]\n' });
  await told('pyproject.toml', 2);
  assert.deepEqual(await request.reported((files) => Object.keys(files).length === 2), {
    'a.py': ['eval-without-no-grad'],
    'pyproject.toml': [],
  });
});

test('a notebook that is not open is listed with its cells, and told in them once it is open', async () => {
  const source = (text: string): object => ({ cell_type: 'code', source: text.split(/(?<=\n)/) });
  const notebook = (...cells: object[]): string => JSON.stringify({ nbformat: 4, metadata: {}, cells });
  const title = { cell_type: 'markdown', source: ['# Training'] };
  const text = notebook(title, source('%pip install torch\n'), source(trainScript));
  await write({
    '.git/HEAD': '',
    '.gitignore': 'out/',
    'n.ipynb': text,
    'out/n.ipynb': text,
    'no.ipynb': '{',
  });
  await started('workspace', '.');
  const request = new OpenRequest();
  await until('the report', () => request.parts.length > 0);
  const [report, ...others] = request.parts;
  assert.deepEqual(others, []);
  const items = report?.kind === 'full' ? report.items : [];
  const found = items.find(({ code }) => code === 'loader-no-workers');
  assert.equal(report?.uri, uriOf('n.ipynb'));
  assert.deepEqual(await request.reported(() => true), { 'n.ipynb': rulesOfTrainScript });
  assert.match(String(found?.message), /^Cell 3: /);
  assert.equal(
    found?.range.start.line,
    trainScript.split('\n').findIndex((line) => line.includes('DataLoader(')),
  );
  const open = await NotebookClient.open(client, uriOf('n.ipynb'), ['import torch', trainScript]);
  assert.deepEqual(await request.reported((files) => files['n.ipynb'] !== undefined), { 'n.ipynb': [] });
  assert.equal((await client.diagnostics(open.uriOf(1))).length, rulesOfTrainScript.length);
  await write({ 'n.ipynb': notebook(source('import torch')) });
  await open.close();
  await told('n.ipynb', 2);
  await write({ 'later.ipynb': text });
  await told('later.ipynb', 1);
  assert.deepEqual(await request.reported((files) => Object.keys(files).length === 2), {
    'later.ipynb': rulesOfTrainScript,
    // Reported anew, since it was open, and without findings, since it was written anew.
    'n.ipynb': [],
  });
});

test('what an editor knows already is not reported again, also by another server', async () => {
  await write({ 'a.py': trainScript, 'b.py': trainScript, 'c.py': trainScript });
  await started('workspace', '.');
  const first = new OpenRequest();
  await until('all reports', () => first.parts.length === 3);
  const known = resultIds(first.parts);
  await first.cancel();
  assert.equal(await client.stop(), 0);
  await write({ 'b.py': 'import torch\n' });
  await rm(join(folder, 'c.py'));
  await started('workspace', '.');
  const second = new OpenRequest(known);
  assert.deepEqual(await second.reported((files) => Object.keys(files).length === 2), {
    'b.py': [],
    'c.py': [],
  });
});

test('an editor that takes no parts is answered at once, and then whenever something has changed', async () => {
  await write({ 'a.py': trainScript, 'b.py': trainScript });
  await started('workspace', '.');
  const first = await ask();
  assert.deepEqual(named(first.items), { 'a.py': rulesOfTrainScript, 'b.py': rulesOfTrainScript });
  const second = ask(resultIds(first.items));
  assert.equal(await Promise.race([second, new Promise((go) => setTimeout(go, 700, 'open'))]), 'open');
  await write({ 'b.py': 'import torch\n' });
  await told('b.py', 2);
  assert.deepEqual(named((await second).items), { 'b.py': [] });
});

test('an open file is reported as it stands in the editor, and as on disk once it is closed', async () => {
  await write({ 'a.py': trainScript });
  await started('workspace', '.');
  const request = new OpenRequest();
  await request.reported((files) => files['a.py']?.length === 3);
  await client.open(uriOf('a.py'), 'import torch\n');
  await until('the open text', () => request.parts.length > 0);
  assert.deepEqual(
    request.parts.map(({ version }) => version),
    [1],
  );
  assert.deepEqual(await request.reported(() => true), { 'a.py': [] });
  await client.close(uriOf('a.py'));
  assert.deepEqual(await request.reported((files) => files['a.py']?.length === 3), {
    'a.py': rulesOfTrainScript,
  });
});

test('only who wants the whole workspace is offered it', async () => {
  await write({ 'a.py': trainScript });
  await started('openFiles', '.');
  assert.deepEqual(await ask(), { items: [] });
  assert.equal(client.offersWorkspace, false);
  assert.equal(await client.stop(), 0);
  await started('workspace', '.');
  assert.equal(client.offersWorkspace, true);
});

for (const seed of [1, 2, 3, 4])
  test(`random edits in the editor and on disk end in the findings of a fresh server (seed ${seed})`, async () => {
    const trainer = 'from tools import record\n\n\ndef done(loss):\n    record(loss)\n';
    const texts: Record<string, readonly string[]> = {
      'train.py': [calling, calling.replace('record(loss)', 'pass'), trainScript, 'import torch\n'],
      'main.py': [calling.replaceAll('record', 'done').replace('from tools', 'from trainer'), ''],
      'trainer.py': [trainer, trainer.replace('    record', '    if loss > 3: record'), 'done = print\n'],
      'tools.py': [tools, tools.replace('.item()', '.detach()'), `\n${tools}`, 'from other import record\n'],
      'other.py': [tools, 'def record(loss):\n    if loss.item() > 100:\n        raise RuntimeError\n'],
    };
    const names = Object.keys(texts);
    let state = seed;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pick = <T>(from: readonly T[]): T => {
      const one = from[next(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    };
    await write(Object.fromEntries(names.map((name) => [name, texts[name]?.[0] ?? ''])));
    await started('workspace', '.');
    const whole = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
    for (let index = 0; index < 60; index += 1) {
      const name = pick(names);
      const [usual = '', ...others] = texts[name] ?? [];
      const text = pick([usual, usual, usual, ...others]);
      const isOpen = client.documents.has(uriOf(name));
      const act = next(6);
      if (act === 0 && isOpen) await client.close(uriOf(name));
      else if (act === 0) await client.open(uriOf(name), text);
      else if (act === 1) {
        await rm(join(folder, name), { force: true });
        await told(name, 3);
      } else if (isOpen && act < 4) await client.edit(uriOf(name), [{ range: whole, text }]);
      else {
        await write({ [name]: text });
        await told(name, 1);
      }
      if (next(5) === 0) await client.diagnostics(uriOf(pick(names)));
      if (next(12) === 0) await new Promise((resolve) => setTimeout(resolve, 500));
    }
    // A file that was closed is reported anew, also where it holds nothing.
    const found = ({ items }: WorkspaceDiagnosticReport): Record<string, unknown[]> =>
      named(items.filter((report) => report.kind === 'full' && report.items.length > 0));
    const after = found(await ask());
    const open = [...client.documents.values()].map(
      (document) => [document.uri, document.getText()] as const,
    );
    assert.equal(await client.stop(), 0);
    await started('workspace', '.');
    for (const [uri, text] of open) await client.open(uri, text);
    assert.deepEqual(after, found(await ask()));
  });

test('a request for an open file is answered while the workspace is gone through', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 150 }, (_, i) => [`m${i}.py`, `${trainScript}# ${i}\n`.repeat(1 + (i % 3))]),
  );
  await write(many);
  await started('workspace', '.');
  await client.open(uriOf('m0.py'), trainScript);
  const begin = performance.now();
  const request = new OpenRequest();
  const waits: number[] = [];
  const top = { line: 0, character: 0 };
  while (request.parts.length < 149 && performance.now() - begin < 60_000) {
    await new Promise((resolve) => setTimeout(resolve, 450));
    const sent = performance.now();
    await client.edit(uriOf('m0.py'), [{ range: { start: top, end: top }, text: '#' }]);
    assert.equal((await client.diagnostics(uriOf('m0.py'))).length, 3);
    waits.push(performance.now() - sent);
  }
  const all = performance.now() - begin;
  const slowest = Math.max(...waits);
  t.diagnostic(
    `150 files in ${all.toFixed(0)} ms; ${waits.length} edits meanwhile, the slowest answered after ${slowest.toFixed(0)} ms`,
  );
  assert.ok(new Set(request.parts.map(({ uri }) => uri)).size >= 149);
  assert.ok(slowest < all / 3);
});
