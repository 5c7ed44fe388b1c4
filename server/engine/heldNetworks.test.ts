import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reported } from '../../test/rules/checking.ts';

const read = 'sync-scalar-in-step';

/** A step that reads its loss: marked where all that runs in it is known. */
const script = (made: string, body = 'x = torch.relu(x)'): string => `import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import models
from elsewhere import Block, zoo


class Layer(nn.Module):
    def forward(self, x):
        return torch.relu(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(4)])
        self.blocks = nn.ModuleList([Layer(), Block()])
        self.filled = nn.ModuleList()
        self.filled.append(Block())

    def forward(self, x):
        ${body}
        return x


def train(dataset, arch):
    model = ${made}.cuda()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    loader = DataLoader(dataset, num_workers=4, pin_memory=True)
    total = 0
    for images in loader:
        loss = model(images.cuda(non_blocking=True)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
`;

const marks = (made: string, body?: string): string[] =>
  reported(script(made, body), undefined, read).filter((line) => line.endsWith(read));

test('a network that is chosen by its name is one of its library', () => {
  assert.equal(marks('models.__dict__[arch]()').length, 1);
  assert.equal(marks('models.segmentation.__dict__["fcn_resnet50"]()').length, 1);
  // Boxes are suppressed on values; what another package holds is anything.
  assert.deepEqual(marks('models.detection.__dict__[arch]()'), []);
  assert.deepEqual(marks('zoo.__dict__[arch]()'), []);
});

test('what runs in a list of networks is followed, by loop, number and slice', () => {
  assert.equal(marks('Net()', 'for layer in self.layers: x = layer(x)').length, 1);
  assert.equal(marks('Net()', 'for i, layer in enumerate(self.layers): x = layer(x)').length, 1);
  assert.equal(marks('Net()', 'for i in range(4): x = self.layers[i](x)').length, 1);
  assert.equal(marks('Net()', 'for layer in self.layers[1:]: x = layer(x)').length, 1);
});

test('a list of several kinds, or one that is filled later, says nothing', () => {
  assert.deepEqual(marks('Net()', 'for block in self.blocks: x = block(x)'), []);
  assert.deepEqual(marks('Net()', 'for block in self.filled: x = block(x)'), []);
});
