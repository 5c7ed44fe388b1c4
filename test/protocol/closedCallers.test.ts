/** What files that are not open pass to those that are, in the bundled language server. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

const script = (step: string, from = 'tools'): string => `import torch
from torch.utils.data import DataLoader
from ${from} import record


def main(dataset):
    model = torch.nn.Linear(8, 2).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i, (x, y) in enumerate(DataLoader(dataset, num_workers=2)):
        loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        ${step}


main([])
`;
const tools = 'history = []\n\n\ndef record(loss):\n    history.append(loss.item())\n';

let built: Bundle;
let folder: string;
let client: LanguageClient | undefined;
before(async () => {
  built = await bundle('server/main.ts');
});
after(() => built.remove());
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-callers-')));
});
afterEach(async () => {
  assert.equal(await client?.stop(), 0);
  client = undefined;
  await rm(folder, { recursive: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const whole = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** The workspace on disk, and one of its files open. */
async function opened(files: Readonly<Record<string, string>>, name = 'tools.py'): Promise<LanguageClient> {
  await write(files);
  client = await LanguageClient.start(built.path, {}, [pathToFileURL(folder).href]);
  await client.open(uriOf(name), files[name] ?? '');
  return client;
}

const places = async (it: LanguageClient, name = 'tools.py'): Promise<string[]> =>
  (await it.diagnostics(uriOf(name))).map(
    ({ range, relatedInformation }) =>
      `${range.start.line + 1} ${relatedInformation
        ?.map(({ location }) => `${location.uri.split('/').at(-1)}:${location.range.start.line + 1}`)
        .join(' ')}`,
  );

/** The findings once the editor was asked to pull them again. */
async function afterRefresh(it: LanguageClient, act: () => Promise<unknown>): Promise<string[]> {
  const before = it.refreshes;
  await act();
  await it.refreshed(before);
  return places(it);
}

const told = (it: LanguageClient, name: string, type: 1 | 2 | 3): Promise<void> =>
  it.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uriOf(name), type }],
  });

test('a step of a closed file makes a function of the open one hot; its changes on disk are followed', async () => {
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  assert.deepEqual(await afterRefresh(it, () => places(it)), ['5 train.py:13']);
  const edit = async (step: string, type: 1 | 2): Promise<void> => {
    await write({ 'train.py': script(step) });
    await told(it, 'train.py', type);
  };
  assert.deepEqual(await afterRefresh(it, () => edit('pass', 2)), []);
  assert.deepEqual(await afterRefresh(it, () => edit('print(i)\n        record(loss)', 2)), [
    '5 train.py:14',
  ]);
  await rm(join(folder, 'train.py'));
  assert.deepEqual(await afterRefresh(it, () => told(it, 'train.py', 3)), []);
  assert.deepEqual(await afterRefresh(it, () => edit('record(loss)', 1)), ['5 train.py:13']);
});

test('a caller that is open counts as it stands in the editor, and as on disk once it is closed', async () => {
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  assert.deepEqual(await afterRefresh(it, () => places(it)), ['5 train.py:13']);
  await it.open(uriOf('train.py'), script('pass'));
  assert.deepEqual(await places(it), []);
  await it.edit(uriOf('train.py'), [{ range: whole, text: script('print(i); record(loss)') }]);
  assert.deepEqual(await places(it), ['5 train.py:13']);
  await it.edit(uriOf('train.py'), [{ range: whole, text: script('pass') }]);
  assert.deepEqual(await places(it), []);
  assert.deepEqual(await afterRefresh(it, () => it.close(uriOf('train.py'))), ['5 train.py:13']);
});

test('a caller of a caller counts, and an edit of the open file is judged with them', async () => {
  const trainer = 'from tools import record\n\n\ndef done(loss):\n    record(loss)\n';
  const it = await opened({
    'pkg/main.py': script('done(loss)', 'trainer').replace('import record', 'import done'),
    'trainer.py': trainer,
    'tools.py': tools,
  });
  assert.deepEqual(await afterRefresh(it, () => places(it)), ['5 trainer.py:5']);
  await it.edit(uriOf('tools.py'), [
    { range: whole, text: `# above\n${tools}\n\ndef other(loss):\n    history.append(loss.item())\n` },
  ]);
  assert.deepEqual(await places(it), ['6 trainer.py:5']);
  await it.edit(uriOf('tools.py'), [{ range: whole, text: tools.replace('.item()', '.detach()') }]);
  assert.deepEqual(await places(it), []);
});

test('what git ignores, what tests call and what is not in the workspace counts for nothing', async () => {
  const call = script('record(loss)');
  const it = await opened({
    '.git/HEAD': '',
    '.gitignore': 'out/\n',
    'out/train.py': call,
    'tests/test_train.py': call,
    'node_modules/x/train.py': call,
    'tools.py': tools,
  });
  assert.deepEqual(await places(it), []);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(it.refreshes, 0);
  assert.deepEqual(await places(it), []);
  // The same call from a file that counts is seen.
  await write({ 'run.py': call });
  assert.deepEqual(await afterRefresh(it, () => told(it, 'run.py', 1)), ['5 run.py:13']);
});

test('each folder of a workspace has its own files; one that is taken away counts no more', async () => {
  const it = await opened(
    { 'a/tools.py': tools, 'b/tools.py': tools, 'b/train.py': script('record(loss)') },
    'a/tools.py',
  );
  await it.open(uriOf('b/tools.py'), tools);
  const b = (): Promise<string[]> => places(it, 'b/tools.py');
  const before = it.refreshes;
  await b();
  await it.refreshed(before);
  assert.deepEqual(await b(), ['5 train.py:13']);
  assert.deepEqual(await places(it, 'a/tools.py'), []);
  const again = it.refreshes;
  const [added, removed] = [uriOf('a'), pathToFileURL(folder).href];
  await it.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
    event: { added: [{ uri: added, name: 'a' }], removed: [{ uri: removed, name: 'all' }] },
  });
  await it.refreshed(again);
  assert.deepEqual(await b(), []);
});

test('keys do not wait for the callers: a long list of them is gone through a file at a time', async (t) => {
  const filler = Array.from(
    { length: 120 },
    (_, i) => `def f${i}(x):\n    y = torch.ones(${i + 1}).cuda()\n    return y + x\n`,
  ).join('\n');
  const callers = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`train${i}.py`, `${script('record(loss)')}${filler}`]),
  );
  const it = await opened({ ...callers, 'tools.py': `import torch\n${tools}` });
  await it.diagnostics(uriOf('tools.py'));
  const begin = performance.now();
  const waits: number[] = [];
  const top = { line: 0, character: 0 };
  let callersFound = 0;
  while (callersFound < 40 && performance.now() - begin < 60_000) {
    // Keys come in bursts: in between the list is gone through.
    await new Promise((resolve) => setTimeout(resolve, 430));
    for (let key = 0; key < 3; key += 1) {
      const sent = performance.now();
      await it.edit(uriOf('tools.py'), [{ range: { start: top, end: top }, text: '#' }]);
      const [found] = await it.diagnostics(uriOf('tools.py'));
      waits.push(performance.now() - sent);
      callersFound = found?.relatedInformation?.length ?? 0;
    }
  }
  const all = performance.now() - begin;
  const slowest = Math.max(...waits);
  t.diagnostic(
    `40 callers in ${all.toFixed(0)} ms; ${waits.length} keys meanwhile, the slowest answered after ${slowest.toFixed(0)} ms`,
  );
  assert.equal(callersFound, 40);
  assert.ok(slowest < all / 3);
});

const named = trainScript
  .replace('import torch\n', 'import torch\nimport yaml\n')
  .replace('\n\ndef main', '\nwith open("conf/train.yaml") as f:\n    cfg = yaml.safe_load(f)\n\n\ndef main')
  .replace('shuffle=True', 'num_workers=cfg["data"]["workers"]');
const withWorkers = rulesOfTrainScript.filter((rule) => rule !== 'loader-no-workers');

test('settings that the open script reads are followed on the disk; others that a run writes are no matter', async () => {
  const it = await opened(
    { 'train.py': named, 'conf/train.yaml': 'data: {workers: 0}\n', 'run/state.json': '{}' },
    'train.py',
  );
  const rules = async (): Promise<unknown[]> =>
    (await it.diagnostics(uriOf('train.py'))).map(({ code }) => code).sort();
  assert.deepEqual(await rules(), rulesOfTrainScript);
  const before = it.refreshes;
  await write({ 'run/state.json': '{"step": 1}' });
  await told(it, 'run/state.json', 2);
  await write({ 'conf/train.yaml': 'data: {workers: 4}\n' });
  await told(it, 'conf/train.yaml', 2);
  await it.refreshed(before);
  assert.equal(it.refreshes, before + 1);
  assert.deepEqual(await rules(), withWorkers);
});
