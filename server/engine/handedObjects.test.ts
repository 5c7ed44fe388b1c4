/** What a function is handed, by its annotation or by what it does with it, when nobody in sight calls it. */

import { test } from 'node:test';
import { agrees } from '../../test/rules/projectChecking.ts';

test('an annotation names Fabric, which prepares the model', () => {
  agrees({
    'tune.py': `import lightning as L
import torch


def main(fabric: L.Fabric, net: torch.nn.Module, data):
    model = fabric.setup(net)
    validate(fabric, model, data)


@torch.no_grad()
def validate(fabric: L.Fabric, model: torch.nn.Module, data):
    losses = torch.zeros(100)
    for k in range(100):
        losses[k] = model(data[k]).mean().item()  # finding: sync-scalar-in-step
    return losses.mean()
`,
  });
});

test('an annotation names a class of the project', () => {
  agrees({
    'net.py': `from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x.mean()
`,
    'evaluate_all.py': `import torch
from torch.utils.data import DataLoader
from net import Net


def main(model: Net, data, device):
    model.to(device)
    model.eval()
    for x in DataLoader(data, num_workers=2, pin_memory=True):
        model(x.to(device, non_blocking=True))  # finding: eval-without-no-grad
`,
  });
});

test('a class of the project goes before a library that has one of the same name', () => {
  const accelerator = (head: string): string => `${head}import torch
import torchvision


def prepare(accelerator: Accelerator, model):
    data = torchvision.datasets.ImageFolder("pictures")
    model = accelerator.prepare(model)
    for x, y in torch.utils.data.DataLoader(data, num_workers=4, pin_memory=True):
        loss = model(x).mean()
        loss.backward()
        print(loss.item())MARK
`;
  const own = `class Accelerator:
    def prepare(self, model):
        return model.to("cpu")
`;
  const library = accelerator('from accelerate import Accelerator\n').replace(
    'MARK',
    '  # finding: sync-scalar-in-step',
  );
  agrees({ 'train.py': library });
  agrees({
    'own.py': own,
    'train.py': accelerator('from own import Accelerator\n').replace('MARK', ''),
  });
});

test('a batch of a kind of its own moves what it holds', () => {
  agrees({
    'trainer.py': `import torch


def train(batches, model, optimizer, device):
    total = 0.0
    for batch in batches:
        batch.to(device)
        loss = model(batch.states).mean()
        loss.backward()
        optimizer.step()
        total += loss.item()  # finding: sync-scalar-in-step
    print(total)
`,
  });
});

test('a number that is read only to be added to a tensor', () => {
  const step = (line: string): string => `import torch


def train(loader, model, optimizer):
    model = model.cuda()
    total = torch.zeros(1).cuda()
    for x in loader:
        loss = model(x.cuda()).mean()
        loss.backward()
        optimizer.step()
        ${line}
    print(total)
`;
  agrees({ 'train.py': step('total.add_(loss.item())  # finding: sync-scalar-in-step') });
  agrees({ 'train.py': step('total.clamp_(loss.item())') });
  for (const needed of [
    'total.add_(total, alpha=loss.item())',
    'total.add_(other=total, alpha=-loss.item())',
    'for p in model.parameters():\n            p.sub_(loss.item())',
    'model.weight.data.add_(loss.item())',
    'unknown.add_(loss.item())',
  ])
    agrees({ 'train.py': step(needed) });
});
