import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'python-loop-over-tensor';
const { reports, silent, unsure } = cases(name);
const before = 'result = torch.zeros(64, 2, device=device)';

const triggers: Readonly<Record<string, string>> = {
  'one tensor filled from another': 'for i in range(out.size(0)):\n    result[i] = out[i] * 2',
  'by the shape': 'for i in range(out.shape[0]):\n    result[i] = out[i] * 2',
  'by the length': 'for i in range(len(out)):\n    result[i] = out[i] * 2',
  'by a name for the size': 'n, d = out.shape\nfor i in range(n):\n    result[i] = out[i] * 2',
  rows: 'for i, row in enumerate(out):\n    result[i] = row.softmax(-1)',
  'two tensors side by side': 'total = 0\nfor a, b in zip(out, x):\n    total += (a * a).sum() - b.mean()',
  'rows that are stacked':
    'rows = []\nfor row in out:\n    rows.append(torch.relu(row))\nz = torch.stack(rows)',
  'a row changed in its place': 'for row in out:\n    row.mul_(0.5)',
  'two loops':
    'for i in range(out.size(0)):\n    for j in range(out.size(1)):\n        result[i, j] = out[i, j] ** 2',
  'a name in between': 'for i in range(out.size(0)):\n    row = out[i]\n    result[i] = row - row.mean()',
  'neighbours that no turn changes': 'for i in range(out.size(0) - 1):\n    result[i] = out[i + 1] - out[i]',
  'an element picked by an index': 'for i in range(out.size(0)):\n    result[i, 0] = out[i, y[i]]',
  'behind a setting': 'if args.scaled:\n    for i in range(out.size(0)):\n        result[i] = out[i] * 2',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { before })));

test(`${name} is unsure: on a device that nobody names, behind a setting`, () => {
  unsure(
    script('doubled(dataset.x, args)', {
      head: 'def doubled(x, args):\n    x = torch.relu(x.to(args.device))\n    z = torch.zeros_like(x)\n    if args.twice:\n        for i in range(x.size(0)):\n            z[i] = x[i] * 2\n    return z\n',
    }),
  );
});

const nevers: Readonly<Record<string, string>> = {
  'a recurrence':
    'h = out[0]\nfor t in range(out.size(0)):\n    h = torch.tanh(out[t] + h)\n    result[t] = h',
  'what the turn before has filled':
    'for i in range(1, out.size(0)):\n    result[i] = result[i - 1] * out[i]',
  'a sum that is read on the way':
    'total = 0\nfor i in range(out.size(0)):\n    total += out[i].sum()\n    result[i] = total',
  'a running product': 'p = 1\nfor i in range(out.size(0)):\n    p *= out[i].sum()',
  'a network': 'for i in range(x.size(0)):\n    result[i] = model(x[i])',
  layers: 'for layer in [model] * 20:\n    z = layer(x)',
  'a function of the program': 'for i in range(out.size(0)):\n    result[i] = args.scaled(out[i])',
  'a decision': 'for i in range(out.size(0)):\n    if step > 3:\n        result[i] = out[i]',
  texts: 'for i in range(out.size(0)):\n    args.names[i] = f"{i}"',
  'a mask': 'total = 0\nfor i in range(out.size(0)):\n    total += out[i][out[i] > 0].sum()',
  'a search': 'rows = []\nfor row in out:\n    rows.append(row.nonzero())\nz = torch.cat(rows)',
  'lengths of their own':
    'rows = []\nfor i, n in enumerate(args.lengths):\n    rows.append(out[i, :n].sum())\nz = torch.stack(rows)',
  'slices that differ': 'for i in range(out.size(0)):\n    result[i] = out[:i].sum()',
  'a list that stays one': 'rows = []\nfor row in out:\n    rows.append(row * 2)\nargs.keep(rows)',
  'drawn for each row': 'for i in range(out.size(0)):\n    result[i] = out[i][torch.randperm(2)]',
  'few turns': 'for i in range(16):\n    result[i] = out[i] * 2',
  'a few rows': 'for row in [out[0], out[1]]:\n    row.mul_(2)',
  'the first rows': 'for row in out[:16]:\n    row.mul_(2)',
  heads: 'for head in range(out.size(1)):\n    result[:, head] = out[:, head] * 2',
  channels: 'for c in range(out.shape[1]):\n    result[:, c] = out[:, c] * 2',
  'a number of turns that says nothing of a tensor':
    'for i in range(args.heads):\n    result[i] = out[i] * 2',
  'a number is read': 'for i in range(out.size(0)):\n    total += out[i].sum().item()',
  'on the host': 'z = torch.zeros(64, 2)\nfor i in range(z.size(0)):\n    z[i] = z[i] * 2',
  'written to the host':
    'z = torch.zeros(64)\nfor k, n in zip(*out.argmax(-1).unique(return_counts=True)):\n    z[k] = n',
  'places that a tensor says':
    'best = out.argmax(0)\nfor j in range(best.size(0)):\n    result[best[j]] = out[j]',
  'a list of tensors':
    'grids = list(torch.meshgrid(out[0], out[1]))\nfor i in range(len(grids)):\n    grids[i] = grids[i][..., None]',
  'now and then': 'if step % 100 == 0:\n    for i in range(out.size(0)):\n        result[i] = out[i] * 2',
  'at once': 'result = out * 2',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { before })));

test(`${name} stays silent: compiled, before the loop, tests, benchmarks, tutorials, on the host`, () => {
  const head = (decorator: string): string =>
    `${decorator}\ndef doubled(out):\n    z = torch.zeros_like(out)\n    for i in range(out.size(0)):\n        z[i] = out[i] * 2\n    return z\n`;
  reports(script('doubled(out)', { head: head('') }));
  for (const decorator of ['@torch.compile', '@torch.jit.script'])
    silent(script('doubled(out)', { head: head(decorator) }));
  const step = 'for i in range(out.size(0)):\n    result[i] = out[i] * 2';
  silent(
    script('pass', { before: `${before}\nfor i in range(result.size(0)):\n    result[i] = result[i] * 2` }),
  );
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script(step, { before }), `/project/${path}`);
  silent(script(step, { before, device: '"cpu"' }));
});

test(`${name} leaves what waits to the rules of waiting: one cause, one finding`, () => {
  const rules = (step: string): string[] =>
    check(script(step, { before }))
      .findings.map((f) => f.rule)
      .filter((rule) => /loop|truth|copy|upload/.test(rule));
  assert.deepEqual(rules('for i in range(out.size(0)):\n    total += out[i, 0].item()'), [
    'sync-per-element-loop',
  ]);
  assert.deepEqual(
    rules('for i in range(out.size(0)):\n    if out[i].sum() > 0:\n        result[i] = out[i]'),
    ['tensor-truth-test-in-step'],
  );
  assert.deepEqual(rules('for i in range(out.size(0)):\n    result[i] = out[i] * 2'), [name]);
});

test(`${name} fix: the same line for the whole tensors`, () => {
  const after = (step: string): string => fixed(script(step, { before }), name);
  assert.match(
    after('for i in range(out.size(0)):\n    result[i] = out[i] * x[i].exp() + 1'),
    /\n {8}result\[:out\.size\(0\)\] = out \* x\[:out\.size\(0\)\]\.exp\(\) \+ 1\n/,
  );
  assert.match(
    after('for i in range(len(result)):\n    result[i] += out[i] / 2'),
    /\n {8}result\[:\] \+= out\[:len\(result\)\] \/ 2\n/,
  );
  assert.match(
    after('for i in range(1, out.size(0)):\n    result[i] = -out[i]'),
    /\n {8}result\[1:out\.size\(0\)\] = -out\[1:out\.size\(0\)\]\n/,
  );
  assert.match(
    after('for i, row in enumerate(out):\n    result[i] = row.sigmoid()'),
    /\n {8}result\[:len\(out\)\] = out\.sigmoid\(\)\n/,
  );
  assert.match(after('for row in out:\n    row.mul_(0.5)'), /\n {8}out\.mul_\(0\.5\)\n/);
});

test(`${name} fix: none where a line is about more than its own place`, () => {
  const fixes = (step: string): unknown =>
    check(script(step, { before })).findings.find((f) => f.rule === name)?.fixes;
  assert.deepEqual(fixes('for i in range(out.size(0)):\n    result[i] = out[i] - out[i].mean()'), []);
  assert.deepEqual(fixes('for i in range(out.size(0)):\n    result[i] = out[i] * i'), []);
  assert.deepEqual(fixes('for i in range(out.size(0) - 1):\n    result[i] = out[i + 1]'), []);
  assert.deepEqual(fixes('for i in range(out.size(0)):\n    row = out[i]\n    result[i] = row * 2'), []);
  assert.deepEqual(fixes('for i in range(out.size(0)):\n    result[i] = torch.dot(out[i], x[i])'), []);
  assert.deepEqual(fixes('for i in range(out.size(0)):\n    result[i] = out[i].squeeze(0)'), []);
});
