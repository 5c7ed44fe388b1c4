/** The facts beneath the rules, asked directly. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { gradientsOff } from './gradMode.ts';
import type { Call, Node } from './nodes.ts';
import { analyse, type Program } from './program.ts';
import { Device } from './values.ts';
import { visit } from './walk.ts';

const program = (text: string): Program => analyse(parser.parse(text), { path: 'train.py' });

/** The value of the expression that stands in `mark(...)`. */
function marked(text: string): ReturnType<Program['valueOf']> {
  const p = program(text);
  return p.valueOf(markOf(p).args[0] as Call);
}

function markOf(p: Program): Call {
  let found: Call | undefined;
  for (const s of p.module.body.body)
    visit(s, (n: Node) => {
      if (n.kind === 'Call' && n.callee.kind === 'Name' && n.callee.id === 'mark') found = n;
      return undefined;
    });
  assert.ok(found);
  return found;
}

test('qualified names through imports, aliases and re-assignments', () => {
  const same = (text: string): void => assert.equal(marked(text).type, 'torch.utils.data.DataLoader', text);
  same('from torch.utils.data import DataLoader as D\nmark(D)\n');
  same('import torch.utils.data as data\nmark(data.DataLoader)\n');
  same('import torch\nL = torch.utils.data.dataloader.DataLoader\nmark(L)\n');
  same('def f():\n    from torch.utils import data\n    mark(data.DataLoader)\n');
});

test('kind, device, dtype and dimensions of values', () => {
  const head = 'import torch, numpy as np\nfrom torch import nn\nimport torch.nn.functional as F\n';
  const loss = marked(
    `${head}m = nn.Linear(2, 2).cuda()\nmark(F.mse_loss(m(torch.ones(2).cuda()), torch.ones(2).cuda()))\n`,
  );
  assert.deepEqual(
    [loss.kind, loss.device, loss.scalar, loss.dtype],
    ['tensor', Device.cuda, 'yes', 'float'],
  );
  const hits = marked(`${head}a = torch.ones(2, device="cuda")\nmark((a.argmax(1) == a).sum())\n`);
  assert.deepEqual([hits.scalar, hits.dtype, hits.device], ['yes', 'int', Device.cuda]);
  assert.equal(marked(`${head}mark(np.mean([1]))\n`).kind, 'array');
  assert.equal(marked(`${head}mark(torch.ones(2).cuda().cpu())\n`).device, Device.cpu);
  assert.equal(marked(`${head}mark(torch.ones(2).to(torch.float16))\n`).device, Device.cpu);
  const either = marked(`${head}d = torch.device("cuda" if torch.cuda.is_available() else "cpu")\nmark(d)\n`);
  assert.equal(either.device, Device.cuda | Device.cpu);
  assert.equal(marked(`${head}def f(device):\n    mark(torch.ones(2).to(device))\n`).device, Device.some);
});

test('values through functions, attributes, argparse and dataclasses', () => {
  assert.equal(
    marked('import torch\ndef make():\n    return torch.ones(1).cuda()\nmark(make())\n').device,
    Device.cuda,
  );
  assert.equal(
    marked(`import torch
class A:
    def __init__(self):
        self.device = torch.device("cuda")
    def go(self):
        mark(torch.ones(1).to(self.device))
`).device,
    Device.cuda,
  );
  const n = marked(`import argparse
p = argparse.ArgumentParser()
p.add_argument("-j", "--num-workers", type=int, default=0)
def main(args):
    mark(args.num_workers)
main(p.parse_args())
`);
  assert.deepEqual([n.constant, n.overridable], [0, true]);
  assert.equal(marked('class C:\n    workers: int = 4\nmark(C().workers)\n').constant, 4);
});

test('step regions, epoch loops and what they reach', () => {
  const p = program(`import torch
def step(model, x):
    model(x).mean().backward()
def main(data):
    model = torch.nn.Linear(2, 2).cuda()
    loader = torch.utils.data.DataLoader(data)
    for epoch in range(3):
        for i, x in enumerate(loader):
            step(model, x)
        for x in loader:
            model(x)
main([])
`);
  assert.deepEqual(
    p.regions.map((r) => [r.role, r.repeated, [...r.functions].map((f) => f.node.name)]),
    [
      ['train', true, ['step']],
      ['eval', true, []],
    ],
  );
});

test('gradient mode by context, decorator and caller', () => {
  const off = (text: string): string => {
    const p = program(`import torch\n${text}`);
    return gradientsOff(p, markOf(p));
  };
  assert.equal(off('mark(1)\n'), 'no');
  assert.equal(off('with torch.no_grad():\n    mark(1)\n'), 'yes');
  assert.equal(off('@torch.inference_mode()\ndef f():\n    mark(1)\nf()\n'), 'yes');
  assert.equal(off('def f():\n    mark(1)\nwith torch.no_grad():\n    f()\n'), 'yes');
  assert.equal(off('def f():\n    mark(1)\nf()\n'), 'no');
  assert.equal(off('def f():\n    torch.no_grad().__enter__()\n    mark(1)\nf()\n'), 'yes');
  assert.equal(off('def f():\n    open("x").__enter__()\n    mark(1)\nf()\n'), 'no');
  assert.equal(off('def f():\n    mark(1)\n'), 'unknown');
  assert.equal(off('@wrapped\ndef f():\n    mark(1)\nf()\n'), 'unknown');
  // One caller that records them is enough, whoever else calls; one that switches them off speaks for all.
  const called = 'def f():\n    mark(1)\n\ndef somebody():\n    f()\n';
  assert.equal(off(called), 'unknown');
  assert.equal(off(`${called}f()\n`), 'no');
  assert.equal(off(`${called}f()\nwith torch.no_grad():\n    f()\n`), 'yes');
  assert.equal(off('def f(n):\n    mark(1)\n    f(n - 1)\n'), 'unknown');
  assert.equal(off('def f(n):\n    mark(1)\n    f(n - 1)\nf(3)\n'), 'no');
});

test('the grammar misreads some lines; we do not', () => {
  const p = program('class A:\n    def f(self):\n        type(self).x = 1\nx = [*a.b()]\n');
  assert.equal(p.module.syntaxErrorAt, undefined);
  const list = p.module.body.body[1];
  assert.ok(list?.kind === 'Assign' && list.value?.kind === 'List');
  const [star] = list.value.items;
  assert.ok(star?.kind === 'Starred' && star.value?.kind === 'Call');
});
