/** The bundled language server on files that belong together. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';

const script = (step: string): string => `import torch
from torch.utils.data import DataLoader
from tools import record


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
const keeping = 'history = []\n\n\ndef record(loss):\n    history.append(loss.detach())\n';
const needed = 'def record(loss):\n    if loss.item() > 100:\n        raise RuntimeError\n';

let built: Bundle;
let folder: string;
let client: LanguageClient | undefined;
before(async () => {
  built = await bundle('server/main.ts');
  folder = await mkdtemp(join(tmpdir(), 'perjoule-other-'));
});
after(async () => {
  await built.remove();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function opened(texts: Readonly<Record<string, string>>): Promise<LanguageClient> {
  client = await LanguageClient.start(built.path);
  for (const [name, text] of Object.entries(texts)) await client.open(uriOf(name), text);
  return client;
}

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const whole = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };

async function lines(it: LanguageClient, name: string): Promise<number[]> {
  return (await it.diagnostics(uriOf(name))).map(({ range }) => range.start.line + 1);
}

test('an edit in one open document shows in the other, and its undoing too', async () => {
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  assert.deepEqual(await lines(it, 'tools.py'), [5]);
  for (const [step, expected] of [
    ['if i % 50 == 0: record(loss)', []],
    ['record(loss)', [5]],
    ['record(3)', []],
    ['record(loss)', [5]],
  ] as const) {
    await it.edit(uriOf('train.py'), [{ range: whole, text: script(step) }]);
    assert.deepEqual(await lines(it, 'tools.py'), expected, step);
  }
});

test('the finding names the call in the other document', async () => {
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  const [diagnostic] = await it.diagnostics(uriOf('tools.py'));
  assert.deepEqual(
    diagnostic?.relatedInformation?.map(({ location }) => [location.uri, location.range.start.line + 1]),
    [[uriOf('train.py'), 13]],
  );
});

test('an unchanged answer stays unchanged until the other file makes it another one', async () => {
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  const first = await it.pull(uriOf('tools.py'));
  assert.ok(first.kind === 'full' && first.resultId !== undefined);
  assert.equal((await it.pull(uriOf('tools.py'), first.resultId)).kind, 'unchanged');
  await it.edit(uriOf('train.py'), [{ range: whole, text: script('pass') }]);
  const second = await it.pull(uriOf('tools.py'), first.resultId);
  assert.ok(second.kind === 'full' && second.items.length === 0);
});

test('an edit of the called function shows in the script that calls it', async () => {
  const step = 'record(loss); print(loss.item())';
  const it = await opened({ 'train.py': script(step), 'tools.py': keeping });
  assert.deepEqual(await lines(it, 'train.py'), [13]);
  // The function now needs the number at once: after that wait the printed one costs next to nothing.
  await it.edit(uriOf('tools.py'), [{ range: whole, text: needed }]);
  assert.deepEqual(await lines(it, 'train.py'), []);
  await it.edit(uriOf('tools.py'), [{ range: whole, text: keeping }]);
  assert.deepEqual(await lines(it, 'train.py'), [13]);
});

test('a closed file is read from the disk; an open document counts more', async () => {
  await writeFile(join(folder, 'tools.py'), needed);
  const step = 'record(loss); print(loss.item())';
  const it = await opened({ 'train.py': script(step) });
  assert.deepEqual(await lines(it, 'train.py'), []);
  await it.open(uriOf('tools.py'), keeping);
  assert.deepEqual(await lines(it, 'train.py'), [13]);
  await it.close(uriOf('tools.py'));
  assert.deepEqual(await lines(it, 'train.py'), []);
});

test('random edits in two documents end in the findings of a fresh server', async () => {
  const names = ['train.py', 'tools.py'] as const;
  const it = await opened({ 'train.py': script('record(loss)'), 'tools.py': tools });
  let state = 7;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = [
    '\n',
    '    ',
    'record(loss)\n',
    '.item()',
    '# ',
    'def f():\n',
    'from train import main\n',
    ')',
  ];
  for (let index = 0; index < 120; index += 1) {
    const uri = uriOf(names[next(2)] ?? 'train.py');
    const document = it.document(uri);
    const at = next(document.getText().length + 1);
    const end = next(3) === 0 ? Math.min(document.getText().length, at + next(20)) : at;
    const range = { start: document.positionAt(at), end: document.positionAt(end) };
    await it.edit(uri, [{ range, text: pieces[next(pieces.length)] ?? '' }]);
    if (next(4) === 0) await it.diagnostics(uriOf(names[next(2)] ?? 'tools.py'));
  }
  const ended = async (from: LanguageClient): Promise<string> =>
    JSON.stringify(await Promise.all(names.map((name) => from.diagnostics(uriOf(name)))));
  const after = await ended(it);
  const texts = Object.fromEntries(names.map((name) => [name, it.document(uriOf(name)).getText()]));
  await it.stop();
  assert.equal(after, await ended(await opened(texts)));
});
