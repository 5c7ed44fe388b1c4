/** Where a value lies when some callers say so and others do not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestProject } from '../../test/rules/projectChecking.ts';

const mask = `import torch


def length_mask(lengths):
    longest = int(max(lengths.shape))
    return torch.arange(longest)[None, :].to(lengths.device) < lengths[:, None]
`;
const callers = (lengths: string): string => `import torch
from torch import nn
from mask import length_mask


class Tokens(nn.Module):
    def forward(self, words):
        return length_mask(torch.tensor([len(w) for w in words]))


class Sound(nn.Module):
    def forward(self, wave):
        return wave * length_mask(${lengths})
`;

test('a helper that one caller gives numbers of the host and another nobody knows what may run on the GPU', () => {
  const project = new TestProject({ 'mask.py': mask, 'model.py': callers('measured()') });
  assert.deepEqual(project.reported(), ['mask.py:6 tensor-created-on-host']);
});

test('a helper that every caller gives numbers of the host runs there', () => {
  const project = new TestProject({ 'mask.py': mask, 'model.py': callers('torch.tensor([4, 2])') });
  assert.deepEqual(project.reported(), []);
});

test('moved to another tensor, a tensor is where that one is', () => {
  const text = (to: string): string => `import torch


def train(model, loader, optimizer, args):
    model = model.cuda()
    for x, y in loader:
        x = x.cuda(non_blocking=True)
        weights = torch.tensor([0.5, 2.0]).to(${to})
        loss = (model(x) * weights).mean()
        loss.backward()
        optimizer.step()
`;
  assert.deepEqual(new TestProject({ 'train.py': text('x') }).reported(), [
    'train.py:8 host-scalar-upload-in-step',
  ]);
  assert.deepEqual(new TestProject({ 'train.py': text('y') }).reported(), []);
});
