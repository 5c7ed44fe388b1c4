/** Code that is part of every step by what it is; a program without a GPU has none of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

type Texts = Readonly<Record<string, string>>;

function agrees(texts: Texts): void {
  assert.deepEqual(new TestProject(texts).reported().sort(), markedIn(texts).sort());
}

const norms = `import torch


def NAME(parameters, device):
    total = 0.0
    for p in parameters:
        norm = p.grad.norm()
        total += norm.item() ** 2MARK
    return total ** 0.5
`;

const cases: Readonly<Record<string, Texts>> = {
  'the forward pass of a module, and what it calls in another file': {
    'layers.py': `import torch
from torch import nn
from ops import attend


class Attention(nn.Module):
    def forward(self, query, mask):
        lengths = [m.sum().item() for m in mask]  # finding: sync-per-element-loop
        return attend(query), lengths
`,
    'ops.py': `import torch


def attend(query):
    torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop
    return query.softmax(-1)
`,
  },
  'a tensor by its annotation': {
    'loss.py': `import torch
from torch import nn


class Loss(nn.Module):
    def forward(self, out: torch.Tensor, size: int):
        eye = torch.eye(size).to(out.device)  # finding: tensor-created-on-host
        return (out * eye).mean()
`,
  },
  'the step of an optimizer': {
    'lamb.py': `import torch


class Lamb(torch.optim.Optimizer):
    def step(self, closure=None):
        torch.cuda.empty_cache()  # finding: empty-cache-in-step
`,
  },
  'a moving average, but not any class with a step': {
    'ema.py': `import torch


class ModelEMA:
    def update(self, parameters):
        torch.cuda.empty_cache()  # finding: empty-cache-in-step


class Cleaner:
    def update(self, parameters):
        torch.cuda.empty_cache()
`,
  },
  'clipping of gradients': {
    'clip.py': norms.replace('NAME', 'clip_grad_norm_').replace('MARK', '  # finding: grad-norm-python-item'),
  },
  'printing of gradients': { 'show.py': norms.replace('NAME', 'print_grad_norms').replace('MARK', '') },
  'a search that leaves the choice to its heirs': {
    'search.py': `import torch


class Search:
    def select(self, logprobs):
        raise NotImplementedError

    def advance(self, logprobs):
        tokens = self.select(logprobs)
        self.hypotheses = [tokens[i].item() for i in range(self.width)]  # finding: sync-per-element-loop


class Greedy(Search):
    def select(self, logprobs):
        return logprobs.argmax(-1)
`,
  },
  'modules that reach each other': {
    'tree.py': `import torch
from torch import nn


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.child = Node()

    def forward(self, x):
        torch.cuda.empty_cache()  # finding: empty-cache-in-step
        return self.child(x)


class Node(nn.Module):
    def __init__(self):
        super().__init__()
        self.leaf = Leaf()

    def forward(self, x):
        torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop
        return self.leaf(x)
`,
  },
  'a program that has no GPU calls it': {
    'net.py': `import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return [row.sum().item() for row in x]
`,
    'main.py': `import torch
from net import Net

net = Net()
for batch in torch.utils.data.DataLoader([1], num_workers=2):
    net(batch)
`,
  },
};

for (const [name, texts] of Object.entries(cases)) test(`roles: ${name}`, () => agrees(texts));

test('a module that calls itself is seen once', () => {
  const path = 'tree.py';
  const text = `import torch
from torch import nn


class Tree(nn.Module):
    def forward(self, x, depth):
        torch.cuda.empty_cache()
        if depth:
            return self.forward(x, depth - 1)
        return x
`;
  const [finding] = new TestProject({ [path]: text }).check(path).findings;
  assert.equal(finding?.rule, 'empty-cache-in-step');
  assert.deepEqual(finding.related, []);
  assert.equal(finding.fixes[0]?.title, 'Delete the call');
  assert.equal(finding.fixes[0].edits.length, 1);
});
