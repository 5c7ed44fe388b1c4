import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../test/rules/checking.ts';
import { notebookText } from './notebook.ts';
import { blankMagics } from './notebookMagics.ts';

test('magics, shell lines and help become nothing at the same length', () => {
  const cases: readonly [string, string][] = [
    ['%matplotlib inline\nx = 1', '0\nx = 1'],
    ['!ls', '0'],
    ['!pip install -q torch_xla-1.9.whl', '0#ip install -q torch_xla-1.9.whl'],
    ['if x:\n    !pip install torch \\\n        timm\ny = 2', 'if x:\n    0\n\ny = 2'],
    ['files = !ls *.py\n', 'files = 0\n'],
    ['torch.nn?\nmodel??', '0\n0'],
    ['%%bash\nrm -rf x\n', '\n\n'],
    ['\n%%time\nloss.backward()', '\n\nloss.backward()'],
    ['%%capture out\n%time f()\n', '\n0\n'],
  ];
  for (const [source, expected] of cases) {
    const blanked = blankMagics(source);
    assert.equal(blanked.replace(/ +$/gm, ''), expected);
    assert.deepEqual(
      blanked.split('\n').map(({ length }) => length),
      source.split('\n').map(({ length }) => length),
    );
  }
});

test('what only looks like a magic stays', () => {
  for (const source of [
    'x = (a\n  % b)',
    'text = """\n%matplotlib inline\n!ls\n"""\n',
    'y = a \\\n  % b',
    'z = "it\\"s (" \n%'.slice(0, -1),
    "w = '''a\\'''\n%b\n'''\n",
    'q = a if b != c else d\nok = x %y\n',
    '# (\nx = 1\n',
    'x %= 2\nx != 2',
  ])
    assert.equal(blankMagics(source), source);
  // Behind a closed bracket and a comment with one, a magic is a magic again.
  assert.equal(blankMagics('f(1)  # (\n%cd x'), 'f(1)  # (\n0    ');
});

test('cells are one module in order and keep their numbers', () => {
  const notebook = {
    nbformat: 4,
    metadata: { kernelspec: { language: 'python' } },
    cells: [
      { cell_type: 'markdown', source: ['# title\n'] },
      { cell_type: 'code', source: ['import torch\n', 'x = 1'] },
      { cell_type: 'raw', source: 'raw' },
      { cell_type: 'code', source: '' },
      { cell_type: 'code', source: '!ls\nprint(x)\n' },
    ],
  };
  const read = notebookText(JSON.stringify(notebook));
  assert.ok('text' in read);
  assert.equal(read.text, 'import torch\nx = 1\n\n0  \nprint(x)\n\n');
  assert.deepEqual(
    read.cells.map(({ number, start, end }) => [number, read.text.slice(start, end)]),
    [
      [2, 'import torch\nx = 1'],
      [4, ''],
      [5, '0  \nprint(x)\n'],
    ],
  );
});

test('what is no notebook of ours says why, or nothing', () => {
  const other = { metadata: { language_info: { name: 'R' } }, cells: [{ cell_type: 'code', source: 'x' }] };
  assert.deepEqual(notebookText(JSON.stringify(other)), { text: '', cells: [] });
  for (const json of ['', '{', 'null', '3', '{"worksheets": []}', '[]'])
    assert.ok('unreadable' in notebookText(json), json);
  for (const json of ['{"cells": [null, 3, {"cell_type": "code", "source": [3, null]}]}', '{"cells": []}'])
    assert.ok('text' in notebookText(json), json);
});

test('a line of a megabyte takes no time', () => {
  const begin = performance.now();
  for (const line of [
    ' '.repeat(1e6),
    'a'.repeat(1e6),
    `x = "${'"'.repeat(1e6)}`,
    `'''${"\\'".repeat(5e5)}`,
    '('.repeat(1e6),
  ])
    blankMagics(`${line}\n%cd x`);
  assert.ok(performance.now() - begin < 2000);
});

test('a notebook that installs torch_xla runs on a TPU: no finding about a GPU', () => {
  const training = `import torch
model = torch.nn.Linear(2, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x in torch.utils.data.DataLoader([], num_workers=2, pin_memory=True):
    loss = model(x.cuda(non_blocking=True)).mean()
    loss.backward()
    optimizer.step()
    print(loss.item())
`;
  const findings = (first: string): number => {
    const cells = [first, training].map((source) => ({ cell_type: 'code', source }));
    const read = notebookText(JSON.stringify({ nbformat: 4, metadata: {}, cells }));
    assert.ok('text' in read);
    return check(read.text).findings.length;
  };
  assert.equal(findings('!pip install tqdm'), 1);
  assert.equal(findings('!pip install cloud-tpu-client https://example.invalid/torch_xla-1.9.whl'), 0);
});
