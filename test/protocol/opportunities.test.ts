/** The list beside the editor, and the hints that somebody has dismissed: what the server says of both. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CodeAction } from 'vscode-languageserver';
import {
  byWorth,
  type Dismissal,
  type DismissalKind,
  type DismissalTarget,
  dismissalsNotification,
  dismissCommands,
  type FileOpportunities,
  type OpportunitiesResult,
  opportunitiesRequest,
  type WorkspaceFilesResult,
  workspaceFilesRequest,
} from '../../contracts/opportunities.ts';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';
import { NotebookClient } from './notebookClient.ts';
import { onlyRules } from './onlyRules.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

/** One rule in preview waits on every step; the loader may have workers and its pictures may be cheap. */
const unsureScript = `import argparse
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=0)
args = parser.parse_args()


def train(model, device=torch.device("cuda")):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    data = datasets.MNIST("data", transform=transforms.ToTensor())
    loader = DataLoader(data, num_workers=args.workers)
    for images, labels in loader:
        loss = model(images.to(device)).sum()
        loss.backward()
        optimizer.step()
        torch.cuda.synchronize()


if __name__ == "__main__":
    train(torch.nn.Linear(4, 4).cuda())
`;

let built: Bundle;
let folder: string;
let client: LanguageClient;

before(async () => {
  built = await bundle('server/main.ts');
});
after(() => built.remove());
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-opportunities-')));
  const project = onlyRules(...rulesOfTrainScript, 'explicit-synchronize-in-loop');
  await writeFile(join(folder, 'pyproject.toml'), project);
});
afterEach(async () => {
  assert.equal(await client.stop(), 0);
  await rm(folder, { recursive: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;

async function started(options: unknown = {}): Promise<LanguageClient> {
  client = await LanguageClient.start(built.path, options);
  return client;
}

async function opened(text = trainScript, options: unknown = {}): Promise<string> {
  await started(options);
  await client.open(uriOf('train.py'), text);
  return uriOf('train.py');
}

async function listed(...uris: string[]): Promise<readonly FileOpportunities[]> {
  const { files } = await client.connection.sendRequest<OpportunitiesResult>(opportunitiesRequest, { uris });
  return files;
}

async function standings(uri: string): Promise<string[]> {
  const [file] = await listed(uri);
  return [...(file?.opportunities ?? [])].sort(byWorth).map(({ rule, standing }) => `${rule} ${standing}`);
}

const codes = async (uri: string): Promise<unknown[]> =>
  (await client.diagnostics(uri)).map(({ code }) => code).sort();

const dismiss = (...dismissals: Dismissal[]): Promise<void> =>
  client.connection.sendNotification(dismissalsNotification, { dismissals });

async function target(uri: string, rule: string): Promise<DismissalTarget> {
  const [file] = await listed(uri);
  const found = file?.opportunities.find((one) => one.rule === rule);
  assert.ok(found, `${rule} is not listed`);
  return found.target;
}

const said = (of: DismissalTarget, kind: DismissalKind = 'intended'): Dismissal => ({
  ...of,
  kind,
  dismissedAtMs: 1,
});

/** Replaces the first occurrence of a line's text. */
async function rewrite(uri: string, from: string, to: string): Promise<void> {
  const document = client.document(uri);
  const at = document.getText().indexOf(from);
  assert.ok(at >= 0, from);
  const range = { start: document.positionAt(at), end: document.positionAt(at + from.length) };
  await client.edit(uri, [{ range, text: to }]);
}

test('marks and advice are listed, advice is not marked, and what the user switched off is in neither', async () => {
  const uri = await opened(unsureScript);
  assert.deepEqual(await codes(uri), []);
  assert.deepEqual(await standings(uri), [
    'explicit-synchronize-in-loop preview',
    'loader-no-workers unsure',
  ]);
  const [file] = await listed(uri);
  const loader = file?.opportunities.find(({ rule }) => rule === 'loader-no-workers');
  const lines = unsureScript.split('\n');
  assert.equal(lines[loader?.range.startLine ?? 0]?.includes('DataLoader(data'), true);
  assert.equal(loader?.target.functionName, 'train');
  assert.match(loader?.why ?? '', /\w+ \w+/);
  assert.equal(loader?.measured, null);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: { 'explicit-synchronize-in-loop': 'off', 'loader-no-workers': 'off' } },
  });
  assert.deepEqual(await standings(uri), []);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: { 'explicit-synchronize-in-loop': 'warning' } },
  });
  // Named, a rule in preview marks like any other.
  assert.deepEqual(await codes(uri), ['explicit-synchronize-in-loop']);
  assert.deepEqual(await standings(uri), ['explicit-synchronize-in-loop marked', 'loader-no-workers unsure']);
});

test('files that are not open are listed as they are on disk; what is no Python file has nothing', async () => {
  await writeFile(join(folder, 'closed.py'), trainScript);
  await writeFile(join(folder, 'plain.py'), 'print("no GPU here")\n');
  await started();
  const files = await listed(uriOf('closed.py'), uriOf('plain.py'), uriOf('gone.py'));
  assert.deepEqual(
    files.map(({ uri, opportunities }) => [uri, opportunities.map(({ rule }) => rule).sort()]),
    [
      [uriOf('closed.py'), rulesOfTrainScript],
      [uriOf('plain.py'), []],
      [uriOf('gone.py'), []],
    ],
  );
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { enable: false },
  });
  assert.deepEqual((await listed(uriOf('closed.py')))[0]?.opportunities, []);
  assert.deepEqual(await client.connection.sendRequest(opportunitiesRequest, { uris: [1, null] }), {
    files: [],
  });
});

test('measured joules come first, the unsure after the sure, the refuted last', async () => {
  const uri = await opened();
  const { findings } = await client.findings(uri);
  const hashOf = (rule: string): string => findings.find((one) => one.rule === rule)?.regionHash ?? '';
  const measured = (rule: string, verdict: 'confirmed' | 'refuted', energyJ: number): unknown => ({
    rule,
    path: join(folder, 'train.py'),
    regionHash: hashOf(rule),
    verdict,
    energyJ,
    share: 0.1,
    runId: 'r',
    runName: 'train.py · run 3',
    simulated: true,
  });
  await client.connection.sendNotification('perjoule/measured', {
    hints: [measured('loader-no-workers', 'confirmed', 900), measured('eval-without-no-grad', 'refuted', 0)],
  });
  assert.deepEqual(await standings(uri), [
    'loader-no-workers marked',
    'sync-scalar-in-step marked',
    'eval-without-no-grad marked',
  ]);
  const [file] = await listed(uri);
  assert.deepEqual(file?.opportunities.find(({ rule }) => rule === 'loader-no-workers')?.measured, {
    verdict: 'confirmed',
    energyJ: 900,
    share: 0.1,
    runName: 'train.py · run 3',
    simulated: true,
    sharedBy: 1,
  });
});

const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

const offers = (actions: readonly CodeAction[]): string[] =>
  actions
    .map(({ title }) => title)
    .filter((title) => /^(Intended|Tiny)/.test(title))
    .sort();

test('the light bulb offers both words for the function; advice is offered to who asks, and lights no bulb', async () => {
  const uri = await opened();
  const actions = await client.actions(uri);
  assert.deepEqual(offers(actions), [
    'Intended here: hide eval-without-no-grad in evaluate()',
    'Intended here: hide loader-no-workers in main()',
    'Intended here: hide sync-scalar-in-step in main()',
    'Tiny data: hide all hints in evaluate()',
    'Tiny data: hide all hints in main()',
  ]);
  const intended = actions.find(({ title }) => title.startsWith('Intended here: hide eval'));
  assert.equal(intended?.command?.command, dismissCommands.intended);
  assert.equal(intended?.edit, undefined);
  assert.deepEqual(intended?.command?.arguments, [await target(uri, 'eval-without-no-grad')]);

  const other = uriOf('unsure.py');
  await client.open(other, unsureScript);
  const ask = (triggerKind: number, only?: string[]): Promise<CodeAction[]> =>
    client.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: other },
      range: whole,
      context: { diagnostics: [], triggerKind, ...(only === undefined ? {} : { only }) },
    });
  assert.deepEqual(await ask(2), []);
  const asked = (await ask(1)).map(({ title }) => title);
  assert.ok(
    asked.some((title) => title.startsWith('Delete the call')),
    asked.join('\n'),
  );
  assert.ok(asked.includes('Intended here: hide loader-no-workers in train()'), asked.join('\n'));
  // Fixing all takes what is marked, whoever asks.
  assert.deepEqual(await ask(1, ['source.fixAll']), []);
});

test('the safe fix of advice is offered to who asks, but only that of a mark is preferred', async () => {
  const sum = `import torch

def train(model, loader, optimizer):
    model.cuda()
    total = 0.0
    for x, y in loader:
        loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        total += loss
    return total
`;
  await writeFile(join(folder, 'pyproject.toml'), '');
  await started();
  const uri = uriOf('sum.py');
  await client.open(uri, sum);
  const fixes = async (): Promise<unknown[]> => {
    const actions: CodeAction[] = await client.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri },
      range: whole,
      context: { diagnostics: [], triggerKind: 1, only: ['quickfix'] },
    });
    return actions
      .filter(({ title }) => title.startsWith('Add the value'))
      .map(({ isPreferred }) => isPreferred === true);
  };
  assert.deepEqual(await fixes(), [false]);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: { 'graph-retained-accumulation': 'warning' } },
  });
  assert.deepEqual(await fixes(), [true]);
});

test('what is dismissed is gone from marks, hovers, light bulb, list and runs, and back once restored', async () => {
  const uri = await opened();
  const dismissal = said(await target(uri, 'sync-scalar-in-step'));
  await dismiss(dismissal);
  assert.deepEqual(await codes(uri), ['eval-without-no-grad', 'loader-no-workers']);
  assert.ok(!(await standings(uri)).join().includes('sync-scalar-in-step'));
  assert.ok(!(await client.findings(uri)).findings.some(({ rule }) => rule === 'sync-scalar-in-step'));
  const line = trainScript.split('\n').findIndex((text) => text.includes('loss.item()'));
  assert.equal(await client.hover(uri, line, 25), '');
  assert.deepEqual(
    (await client.actions(uri)).filter(({ title }) => title.includes('sync-scalar-in-step')),
    [],
  );
  const [file] = await listed(uri);
  assert.deepEqual(
    file?.hidden.map(({ rule, range }) => [rule, range.startLine]),
    [['sync-scalar-in-step', line]],
  );
  await dismiss();
  assert.deepEqual(await codes(uri), rulesOfTrainScript);
  assert.deepEqual((await listed(uri))[0]?.hidden, []);
});

test('a word about tiny data counts for every rule of its function, and only there', async () => {
  const uri = await opened();
  await dismiss(said(await target(uri, 'sync-scalar-in-step'), 'tinyData'));
  assert.deepEqual(await codes(uri), ['eval-without-no-grad']);
  // Runs go on measuring what somebody thinks is too little to matter.
  const { findings } = await client.findings(uri);
  assert.deepEqual(findings.map(({ rule }) => rule).sort(), rulesOfTrainScript);
  const sync = findings.find(({ rule }) => rule === 'sync-scalar-in-step');
  assert.ok(sync);
  await client.measured([
    {
      rule: sync.rule,
      path: sync.path,
      regionHash: sync.regionHash,
      verdict: 'confirmed',
      energyJ: 6100,
      share: 0.3,
      runId: 'r',
      runName: 'run',
      simulated: false,
    },
  ]);
  // The run knows better, for what it measured.
  assert.deepEqual(await codes(uri), ['eval-without-no-grad', 'sync-scalar-in-step']);
});

test('a dismissal outlives edits elsewhere and small ones, and ends with the code that it was said of', async () => {
  const uri = await opened();
  await dismiss(said(await target(uri, 'sync-scalar-in-step')));
  const hidden = ['eval-without-no-grad', 'loader-no-workers'];
  await rewrite(uri, 'def evaluate(', 'def first():\n    return 1\n\n\ndef evaluate(');
  await rewrite(uri, 'correct = 0', 'correct = 0.0');
  assert.deepEqual(await codes(uri), hidden, 'an edit elsewhere');
  await rewrite(uri, 'lr=0.1', 'lr=0.01');
  await rewrite(uri, '    running = 0.0', '    # the sum of the epoch\n    running = 0.0');
  assert.deepEqual(await codes(uri), hidden, 'a small edit');
  await client.open(uriOf('copy.py'), trainScript);
  assert.deepEqual(await codes(uriOf('copy.py')), rulesOfTrainScript, 'another file');
  for (const [from, to] of [
    ['torch.device("cuda")', 'torch.device("cuda:0")'],
    ['nn.Linear(784, 10)', 'nn.Linear(784, 20)'],
    ['ImageFolder("data"', 'ImageFolder("other"'],
    ['batch_size=64', 'batch_size=128'],
    ['SGD(model', 'Adam(model'],
    ['nn.CrossEntropyLoss()', 'nn.NLLLoss()'],
    ['range(10)', 'range(20)'],
  ] as const)
    await rewrite(uri, from, to);
  assert.deepEqual(await codes(uri), rulesOfTrainScript, 'another function by now');
  // The text as it was: so is the word about it.
  await client.edit(uri, [
    { range: { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } }, text: trainScript },
  ]);
  assert.deepEqual(await codes(uri), hidden, 'the edits taken back');
});

test('code outside functions is one place; methods are told apart by their class', async () => {
  const body = trainScript
    .slice(trainScript.indexOf('    device = '), trainScript.indexOf('        print(epoch'))
    .replaceAll(/^ {4}/gm, '');
  const head = trainScript.slice(0, trainScript.indexOf('def evaluate'));
  const uri = await opened(`${head}${body}`);
  const loose = await target(uri, 'sync-scalar-in-step');
  assert.equal(loose.functionName, '');
  await dismiss(said(loose));
  assert.deepEqual(await codes(uri), ['loader-no-workers']);

  const method = (name: string): string =>
    `class ${name}:\n    def fit(self):\n${body.replaceAll(/^(?=.)/gm, '        ')}\n\n`;
  const classes = uriOf('classes.py');
  await client.open(classes, `${head}${method('One')}${method('Two')}One().fit()\nTwo().fit()\n`);
  assert.equal((await codes(classes)).filter((code) => code === 'sync-scalar-in-step').length, 2);
  await dismiss(said({ ...(await target(classes, 'sync-scalar-in-step')), functionName: 'Two.fit' }));
  assert.equal((await codes(classes)).filter((code) => code === 'sync-scalar-in-step').length, 1);
});

test('dismissals are there from the first answer; what is no dismissal is left out', async () => {
  const uri = await opened();
  const dismissal = said(await target(uri, 'sync-scalar-in-step'));
  await client.stop();
  const bad = [
    null,
    1,
    { ...dismissal, kind: 'other' },
    { ...dismissal, print: [1] },
    { ...dismissal, uri: 7 },
  ];
  await opened(trainScript, { dismissals: [...bad, dismissal] });
  assert.deepEqual(await codes(uri), ['eval-without-no-grad', 'loader-no-workers']);
  // Settings that change say nothing of dismissals.
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { severity: {} },
  });
  assert.deepEqual(await codes(uri), ['eval-without-no-grad', 'loader-no-workers']);
  await dismiss(...(bad as Dismissal[]));
  assert.deepEqual(await codes(uri), rulesOfTrainScript);
});

test('a notebook is listed once, each place in its cell, and what is dismissed there is gone', async () => {
  await started();
  const [head = '', evaluate = '', main = ''] = trainScript.split('\n\n\n');
  const notebook = await NotebookClient.open(client, uriOf('train.ipynb'), [head, evaluate, main, 'main()']);
  const [file, cell] = await listed(notebook.uri, notebook.uriOf(1));
  assert.deepEqual(file?.opportunities.map(({ rule, uri, range }) => [rule, uri, range.startLine]).sort(), [
    ['eval-without-no-grad', notebook.uriOf(1), 5],
    ['loader-no-workers', notebook.uriOf(2), 4],
    ['sync-scalar-in-step', notebook.uriOf(2), 15],
  ]);
  assert.deepEqual(cell, { uri: notebook.uriOf(1), opportunities: [], hidden: [] });
  await dismiss(said(await target(notebook.uri, 'sync-scalar-in-step')));
  assert.deepEqual(await notebook.marks(), [[], ['eval-without-no-grad 5'], ['loader-no-workers 4'], []]);
  await notebook.insert(1, '%pip install tqdm\nprint("ready")');
  assert.equal((await listed(notebook.uri))[0]?.hidden[0]?.uri, notebook.uriOf(3));
  await notebook.close();
  // Closed, it has no cells to name places in.
  const cells = [head, evaluate, main].map((source) => ({ cell_type: 'code', metadata: {}, source }));
  await writeFile(
    join(folder, 'train.ipynb'),
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }),
  );
  assert.deepEqual((await listed(notebook.uri))[0]?.opportunities, []);
});

test('the files of the workspace are those of the command line, in all its folders', async () => {
  for (const name of ['one', 'two', 'two/build', 'two/env/lib'])
    await mkdir(join(folder, name), { recursive: true });
  for (const name of [
    'one/train.py',
    'two/train.py',
    'two/build/copy.py',
    'two/env/lib/theirs.py',
    'three.py',
  ])
    await writeFile(join(folder, name), trainScript);
  await mkdir(join(folder, 'two/.git'));
  await writeFile(join(folder, 'two/.gitignore'), 'build/\n');
  await writeFile(join(folder, 'two/env/pyvenv.cfg'), '');
  await started();
  const folders = ['one', 'two'].map((name) => ({ uri: uriOf(name), name }));
  await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
    event: { added: folders, removed: [] },
  });
  const { paths, unlisted, truncated } =
    await client.connection.sendRequest<WorkspaceFilesResult>(workspaceFilesRequest);
  assert.deepEqual([...paths].sort(), [join(folder, 'one/train.py'), join(folder, 'two/train.py')]);
  assert.deepEqual([unlisted, truncated], [[], false]);
});
