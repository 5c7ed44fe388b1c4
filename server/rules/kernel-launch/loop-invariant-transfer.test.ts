import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'loop-invariant-transfer';
const { reports, silent } = cases(name);
const before = 'table = torch.arange(10)';

const triggers: Readonly<Record<string, string>> = {
  'cuda()': 'z = table.cuda()',
  'to a device': 'z = out + table.to(device)',
  'to the device of a batch': 'z = table.to(x.device, non_blocking=True)',
  'as a keyword': 'z = table.to(device=device)',
  'behind a setting': 'if args.weighted:\n    z = table.cuda()',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { before })));

test(`${name} reports: an attribute of a module that is no buffer`, () => {
  reports(`import torch
from torch.utils.data import DataLoader

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.anchors = torch.zeros(4, 4)

    def forward(self, x):
        return x - self.anchors.to(x.device)

def train(data, optimizer):
    model = Net().cuda()
    for x in DataLoader(data):
        model(x.cuda()).mean().backward()
        optimizer.step()
`);
});

const nevers: Readonly<Record<string, string>> = {
  'it takes the same name': 'table = table.to(device)',
  'the step fills it': 'table[0] = step\nz = table.to(device)',
  'the step changes it in place': 'table.add_(1)\nz = table.to(device)',
  'the step adds to it': 'table += 1\nz = table.to(device)',
  'a batch': 'z = x.cuda()',
  'it may be there already': 'z = args.table.cuda()',
  'a dtype only': 'z = table.to(torch.float16)',
  'a copy to the host': 'z = table.to("cpu")',
  'now and then': 'if step % 100 == 0:\n    z = table.cuda()',
  'made in the step': 'fresh = torch.arange(step)\nz = fresh.cuda()',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { before })));

test(`${name} stays silent: what a function is given, and a kept copy`, () => {
  silent(
    script('shifted(torch.arange(step))', { head: 'def shifted(table):\n    return table.cuda() + 1\n' }),
  );
  silent(`import torch
from torch.utils.data import DataLoader

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.anchors = torch.zeros(4, 4)

    def forward(self, x):
        if self.anchors.device != x.device:
            self.anchors = self.anchors.to(x.device)
        return x - self.anchors

def train(data, optimizer):
    model = Net().cuda()
    for x in DataLoader(data):
        model(x.cuda()).mean().backward()
        optimizer.step()
`);
});

test(`${name} stays silent: tests, benchmarks, tutorials, programs without CUDA`, () => {
  const text = script('z = table.cuda()', { before });
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(script('z = table.to(device)', { before, device: '"cpu"' }));
});

test(`${name} fix: the copy goes in front of the loop, under a free name`, () => {
  const after = fixed(script('z = out + table.to(device)', { before }), name);
  assert.match(after, /\n {4}table_on_device = table\.to\(device\)\n {4}for step/);
  assert.match(after, /z = out \+ table_on_device\n/);
});
