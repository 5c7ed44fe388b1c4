/** Notebooks in the bundled language server: cells as one module, each finding on its cell. */

import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';
import { NotebookClient } from './notebookClient.ts';
import { trainScript } from './scripts.ts';

const [head = '', evaluate = '', main = ''] = trainScript.split('\n\n\n');
const training = [
  `%matplotlib inline\n!nvidia-smi\n${head}`,
  '%%bash\nls *.py | while read x; do echo $x; done',
  `# 😀\n${evaluate}`,
  `${main}\nfiles = !ls\nmain()\n`,
];
const marksOfTraining = [
  [],
  [],
  ['eval-without-no-grad 6'],
  ['loader-no-workers 4', 'sync-scalar-in-step 15'],
];

const record = 'import torch\nhistory = []\ndef record(loss):\n    history.append(loss.item())';
const loop = (step: string): string => `model = torch.nn.Linear(8, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in torch.utils.data.DataLoader(dataset, num_workers=2):
    loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
    loss.backward()
    optimizer.step()
    ${step}`;

let built: Bundle;
let folder: string;
let client: LanguageClient;
before(async () => {
  built = await bundle('server/main.ts');
});
after(() => built.remove());
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-notebook-')));
  client = await LanguageClient.start(built.path);
});
afterEach(async () => {
  assert.equal(await client.stop(), 0);
  await rm(folder, { recursive: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const opened = (texts: readonly string[], type?: string): Promise<NotebookClient> =>
  NotebookClient.open(client, uriOf('train.ipynb'), texts, type);

test('the cells are one module, and each finding stands on its own cell and line', async () => {
  const notebook = await opened(training);
  assert.deepEqual(await notebook.marks(), marksOfTraining);
});

test('an edit of one cell changes what stands on another, and the editor is asked to look again', async () => {
  const notebook = await opened([record, loop('record(loss)')]);
  assert.deepEqual(await notebook.marks(), [['sync-scalar-in-step 3'], []]);
  for (const [step, expected] of [
    ['pass', []],
    ['record(loss)', ['sync-scalar-in-step 3']],
    ['record(3)', []],
  ] as const) {
    const before = client.refreshes;
    await notebook.replace(1, loop(step));
    await client.diagnostics(notebook.uriOf(1));
    await client.refreshed(before);
    assert.deepEqual(await client.diagnostics(notebook.uriOf(0)).then((all) => all.length), expected.length);
  }
});

test('cells that are put in, moved and taken out count in the order in which they stand', async () => {
  const notebook = await opened([record]);
  assert.deepEqual(await notebook.marks(), [[]]);
  await notebook.insert(1, loop('record(loss)'));
  assert.deepEqual(await notebook.marks(), [['sync-scalar-in-step 3'], []]);
  await notebook.insert(1, 'def record(loss):\n    history.append(loss)');
  assert.deepEqual(await notebook.marks(), [[], [], []]);
  await notebook.remove(1);
  assert.deepEqual(await notebook.marks(), [['sync-scalar-in-step 3'], []]);
  await notebook.insert(0, '# above\n');
  assert.deepEqual(await notebook.marks(), [[], ['sync-scalar-in-step 3'], []]);
});

test('an unchanged cell answers that it is unchanged', async () => {
  const notebook = await opened([record, loop('record(loss)')]);
  const first = await client.pull(notebook.uriOf(0));
  assert.ok(first.kind === 'full' && first.items.length === 1 && first.resultId !== undefined);
  await notebook.replace(1, `# a comment\n${loop('record(loss)')}`);
  assert.equal((await client.pull(notebook.uriOf(0), first.resultId)).kind, 'unchanged');
  await notebook.replace(0, `\n${record}`);
  const moved = await client.pull(notebook.uriOf(0), first.resultId);
  assert.ok(moved.kind === 'full' && moved.items[0]?.range.start.line === 4);
});

test('hovers, fixes and allow comments work inside a cell', async () => {
  const notebook = await opened(training);
  assert.match(await client.hover(notebook.uriOf(3), 15, 24), /sync-scalar-in-step/);
  assert.equal(await client.hover(notebook.uriOf(0), 3, 8), '');
  const allow = (await client.actions(notebook.uriOf(3))).find(
    ({ title }) => title === 'Allow sync-scalar-in-step on this line',
  );
  assert.ok(allow);
  await notebook.apply(allow);
  assert.match(notebook.text(3), /loss\.item\(\) {2}# perjoule: allow sync-scalar-in-step\n/);
  assert.deepEqual((await notebook.marks())[3], ['loader-no-workers 4']);
  const fix = (await client.actions(notebook.uriOf(2))).find(
    ({ edit, title }) => edit !== undefined && !title.startsWith('Allow'),
  );
  assert.ok(fix);
  await notebook.apply(fix);
  assert.deepEqual((await notebook.marks())[2], []);
  assert.ok((await client.actions(notebook.uriOf(0))).length === 0);
});

test('fix all is for the whole notebook and never for a single cell', async () => {
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: { 'graph-retained-accumulation': 'warning' } },
  });
  const sum = (total: string): string => `%time ${total} = 0\n${total} = 0.0\n${loop(`${total} += loss`)}`;
  const notebook = await opened(['import torch', sum('a'), '# nothing here', sum('b')]);
  assert.deepEqual(await notebook.marks(), [
    [],
    ['graph-retained-accumulation 8'],
    [],
    ['graph-retained-accumulation 8'],
  ]);
  for (const only of [['source'], ['source.fixAll'], ['source.fixAll.perjoule']])
    assert.deepEqual(await client.actions(notebook.uriOf(1), undefined, only), []);
  await notebook.insert(0, '# Text', 'markdown');
  for (const kind of ['notebook', 'notebook.source.fixAll', 'notebook.source.fixAll.perjoule']) {
    const [all, ...rest] = await client.actions(notebook.uriOf(0), undefined, [kind]);
    assert.deepEqual([all?.kind, rest], ['notebook.source.fixAll.perjoule', []]);
  }
  assert.deepEqual(await client.actions(notebook.uriOf(0)), []);
  const [all] = await client.actions(notebook.uriOf(3), undefined, ['notebook.source.fixAll.perjoule']);
  assert.ok(all);
  await notebook.apply(all);
  for (const [cell, name] of [
    [2, 'a'],
    [4, 'b'],
  ] as const)
    assert.equal(notebook.text(cell), sum(name).replace('+= loss', '+= loss.detach()'));
  assert.deepEqual(await notebook.marks(), [[], [], [], [], []]);
});

test('a notebook calls into open files, and settings beside it hold', async () => {
  const notebook = await opened(['import torch\nfrom tools import record', loop('record(loss)')]);
  await client.open(uriOf('tools.py'), record);
  const lines = async (): Promise<unknown[]> =>
    (await client.diagnostics(uriOf('tools.py'))).map(({ range }) => range.start.line);
  assert.deepEqual(await lines(), [3]);
  const [found] = await client.diagnostics(uriOf('tools.py'));
  assert.deepEqual(
    found?.relatedInformation?.map(({ location }) => [location.uri, location.range.start.line]),
    [[notebook.uriOf(1), 6]],
  );
  await notebook.replace(1, loop('pass'));
  assert.deepEqual(await lines(), []);
  await notebook.replace(1, loop('print(loss.item())'));
  assert.deepEqual((await notebook.marks())[1], ['sync-scalar-in-step 6']);
  await writeFile(join(folder, 'pyproject.toml'), '[tool.perjoule]\nignore = ["all"]\n');
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uriOf('pyproject.toml'), type: 1 }],
  });
  assert.deepEqual((await notebook.marks())[1], []);
});

test('what is closed or removed is silent, and nonsense about notebooks does no harm', async () => {
  const notebook = await opened([record, loop('record(loss)')]);
  const [first, second] = [notebook.uriOf(0), notebook.uriOf(1)];
  const { connection } = client;
  const other = { notebookDocument: { uri: uriOf('other.ipynb') }, cellTextDocuments: [] };
  for (const params of [null, {}, other])
    for (const method of ['didOpen', 'didChange', 'didSave', 'didClose'])
      await connection.sendNotification(`notebookDocument/${method}`, params);
  await connection.sendNotification('notebookDocument/didChange', {
    notebookDocument: { uri: notebook.uri, version: 7 },
    change: { cells: { data: [{ document: 'x' }] } },
  });
  assert.deepEqual(await notebook.marks(), [['sync-scalar-in-step 3'], []]);
  await notebook.remove(1);
  assert.deepEqual(await client.diagnostics(second), []);
  assert.deepEqual(await client.diagnostics(first), []);
  await notebook.close();
  for (const uri of [first, second, notebook.uri]) {
    assert.deepEqual(await client.diagnostics(uri), []);
    assert.deepEqual(await client.actions(uri), []);
  }
  const again = await opened(training);
  assert.deepEqual(await again.marks(), marksOfTraining);
});
