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
  'the loss that a module makes itself, and its other ways forward': {
    'model.py': `import torch
from torch import nn


class Ranker(nn.Module):
    def calculate_loss(self, scores):
        target = torch.ones(scores.size(0)).to(scores.device)  # finding: tensor-created-on-host
        return ((scores - target) ** 2).mean()

    def forward_features(self, x):
        return x * torch.arange(x.size(1)).to(x.device)  # finding: tensor-created-on-host

    def training_forward_pass(self, x):
        return x + torch.zeros(4).to(x.device)  # finding: tensor-created-on-host

    def forward_dummy(self, x):
        return x + torch.zeros(4).to(x.device)

    def loss_weights(self, x):
        return torch.ones(4).to(x.device)


def train(x):
    return Ranker().cuda().calculate_loss(x)
`,
  },
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
  'a callback by its name, whatever calls it': {
    'callbacks.py': `import torch


class ScoreCallback:
    def on_batch_end(self, state):
        torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop

    def on_epoch_end(self, state):
        torch.cuda.synchronize()


class Score:
    def on_batch_end(self, state):
        torch.cuda.synchronize()
`,
  },
  'the decoding of a server': {
    'engine.py': `import torch


class Engine:
    def generate_token(self, batch):
        torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop

    def generate(self, batch):
        torch.cuda.synchronize()
`,
  },
  'what torch is handed for each pass, but not for one': {
    'hooks.py': `import torch


def watch(layer):
    def noise(module, inputs, output):
        output += torch.randn(output.shape).to(output.device)  # finding: tensor-created-on-host

    return layer.register_forward_hook(noise)


def scaled(grad):
    torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop
    return grad * 2


def scale(tensor):
    tensor.register_hook(scaled)


def look(layer, x):
    def show(module, inputs, output):
        torch.cuda.synchronize()

    handle = layer.register_forward_hook(show)
    layer(x)
    handle.remove()


def model_summary(layer):
    def count(module, inputs, output):
        torch.cuda.synchronize()

    layer.register_forward_hook(count)
`,
  },
  'a function that updates the weights each time, where nobody in sight calls it': {
    'agent.py': `import torch


class Agent:
    def __init__(self, net):
        self.net = net.cuda()
        self.optimizer = torch.optim.Adam(net.parameters())

    def train(self, training_batch):
        loss = self.net(training_batch.cuda()).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        print(loss.item())  # finding: sync-scalar-in-step

    def optimize_parameters(self, step):
        self.go_backward()
        self.optimizer.step()
        torch.cuda.empty_cache()  # finding: empty-cache-in-step

    def go_backward(self):
        self.net.loss.backward()

    def train_epoch(self, batch):
        self.net(batch.cuda()).mean().backward()
        self.optimizer.step()
        torch.cuda.empty_cache()

    def overfit(self, steps, batch):
        for _ in range(steps):
            self.net(batch.cuda()).mean().backward()
            self.optimizer.step()
        torch.cuda.empty_cache()

    def report(self, batch):
        print(self.net(batch.cuda()).mean().item())
`,
  },
  'what such a function makes only the first time': {
    'once.py': `import torch


class Agent:
    def update(self, batch):
        if not hasattr(self, "anchors"):
            torch.cuda.empty_cache()
        if hasattr(self, "anchors"):
            torch.cuda.synchronize()  # finding: explicit-synchronize-in-loop
        self.net(batch.cuda()).mean().backward()
        self.optimizer.step()
`,
  },
  'such a function where its caller says that it runs once': {
    'once.py': `import torch


def train(net, optimizer, batch):
    net(batch.cuda()).mean().backward()
    optimizer.step()
    torch.cuda.empty_cache()


train(torch.nn.Linear(1, 1).cuda(), None, torch.ones(1))
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
