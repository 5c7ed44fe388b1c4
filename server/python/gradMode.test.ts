/** Whether gradients are recorded in a function that other files call, or that nobody in sight calls. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agrees, TestProject } from '../../test/rules/projectChecking.ts';

const neighbours = (mark: string): string => `import torch
from torch.utils.data import DataLoader


def fit(model, data):
    model = model.cuda()
    model.eval()
    bank = []
    for x in DataLoader(data, num_workers=4, pin_memory=True):
        bank.append(model(x.cuda(non_blocking=True)).argmax(1))${mark}
    return torch.cat(bank)
`;

const caller = (call: string): string => `import torch
import torchvision
from neighbours import fit

model = torchvision.models.resnet18().cuda()
data = torchvision.datasets.CIFAR10(".")
${call}
`;

const finding = '  # finding: eval-without-no-grad';

test('a caller in another file switches gradients off, whatever the function is called', () => {
  const call = 'with torch.no_grad():\n    fit(model, data)';
  agrees({ 'neighbours.py': neighbours(''), 'main.py': caller(call) });
});

test('a caller in another file records them', () => {
  agrees({ 'neighbours.py': neighbours(finding), 'main.py': caller('fit(model, data)') });
});

test('a name alone does not say that gradients are recorded', () => {
  assert.deepEqual(new TestProject({ 'neighbours.py': neighbours('') }).reported('likely'), []);
});

test('nobody calls what trains with gradients off', () => {
  agrees({
    'train.py': `import torch
from torch.utils.data import DataLoader


def train(model, data, held_out, optimizer):
    model = model.cuda()
    for x in DataLoader(data, num_workers=4, pin_memory=True):
        model(x.cuda(non_blocking=True)).mean().backward()
        optimizer.step()
    model.eval()
    scores = []
    for x in DataLoader(held_out, num_workers=4, pin_memory=True):
        scores.append(model(x.cuda(non_blocking=True)).argmax(1))${finding}
    return torch.stack(scores)
`,
  });
});
