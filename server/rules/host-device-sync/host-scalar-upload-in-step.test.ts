import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'host-scalar-upload-in-step';
const { reports, silent, unsure } = cases(name);
const before = 'weight = 0.5';

const triggers: Readonly<Record<string, string>> = {
  'a list': 'z = torch.tensor([1.0, -2.0], device=device)',
  'a number that is moved': 'z = torch.tensor(0.5).to(device)',
  'cuda()': 'z = torch.FloatTensor([1, 2]).cuda()',
  'a truth value': 'z = torch.as_tensor(True, device=device)',
  'a number of the surroundings': 'z = torch.tensor(weight, dtype=torch.float32, device=device)',
  'a list among the settings': 'z = torch.tensor(args.weights).to(x)',
  'behind a setting': 'if args.weighted:\n    z = torch.tensor([1.0], device=device)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { before })));

test(`${name} reports: in a function that the step calls`, () => {
  reports(
    script('weighted(out)', {
      head: 'def weighted(out):\n    return out * torch.tensor([0.2, 0.8], device="cuda")\n',
    }),
  );
});

const nevers: Readonly<Record<string, string>> = {
  'a number of the step': 'z = torch.tensor(step, device=device)',
  'a number that the step changes': 'weight = weight * 0.9\nz = torch.tensor(weight, device=device)',
  'a list of the batch': 'z = torch.tensor([len(x)], device=device)',
  'it stays on the host': 'z = torch.tensor([1.0, 2.0])',
  'it learns': 'z = torch.tensor([1.0], device=device, requires_grad=True)',
  'a size': 'z = torch.Tensor(3).cuda()',
  'settings that cannot be seen': 'z = torch.tensor([1.0], **args.settings)',
  'nobody knows what': 'z = torch.tensor(dataset.weights, device=device)',
  'now and then': 'if step % 100 == 0:\n    z = torch.tensor(0.5, device=device)',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { before })));

const module = (held: string, rest = ''): string => `import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.mean = ${held}

    def forward(self, x):
        x = x - torch.tensor(self.mean, device=x.device)
        return x
${rest}`;

test(`${name} reports: a list that a module was given when it was made, on the device of what comes in`, () => {
  reports(module('[0.48, 0.45, 0.4]'));
  reports(module('None').replace('self.mean,', 'self.config.mean,'));
});

test(`${name} in a module: what a setting chooses is found, what the shape of a batch asks for is unsure`, () => {
  const guarded = (test: string): string =>
    module('[0.5]').replace('        x = x -', `        if ${test}:\n            return x -`);
  reports(guarded('self.normalize'));
  unsure(guarded('x.shape[0] == 1'));
});

test(`${name} stays silent: a list that the module changes, or that comes from elsewhere`, () => {
  silent(module('[0.0]', '\n    def update(self, mean):\n        self.mean[0] = mean\n'));
  silent(module('[]', '\n    def update(self, mean):\n        self.mean.append(mean)\n'));
  silent(module('measured(config)'));
});

test(`${name} stays silent: what a function is given`, () => {
  silent(
    script('scaled(out, step)', {
      head: 'def scaled(out, factor):\n    return out * torch.tensor(factor, device="cuda")\n',
    }),
  );
});

test(`${name} stays silent: before the loop, tests, benchmarks, tutorials, programs without CUDA`, () => {
  const step = 'z = torch.tensor(0.5).to(device)';
  silent(script('pass', { before: step }));
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script(step), `/project/${path}`);
  silent(script(step, { device: '"cpu"' }));
});

test(`${name} fix: made once, in front of the loop`, () => {
  const after = fixed(script('z = out * torch.tensor(0.5).to(device)'), name);
  assert.match(after, /\n {4}constant = torch\.tensor\(0\.5\)\.to\(device\)\n {4}for step/);
  assert.match(after, /z = out \* constant\n/);
});
