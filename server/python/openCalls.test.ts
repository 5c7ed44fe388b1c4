/** What a base class in another file calls on itself says how often its heir's method runs, and with gradients or without. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

type Texts = Readonly<Record<string, string>>;

const base = (inside: string): string => `import torch
from torch.utils.data import DataLoader


class Base:
    def fit(self, data):
        for batch in DataLoader(data, num_workers=2, pin_memory=True):
            self.handle(batch.cuda(non_blocking=True))
        ${inside}

    def handle(self, batch):
        raise NotImplementedError

    def check(self):
        raise NotImplementedError
`;

const heir = (mark: string): string => `import torch
from torch import nn
from torch.utils.data import DataLoader
from base import Base


class Trainer(Base):
    def __init__(self):
        self.net = nn.Linear(8, 2).cuda()
        self.data = DataLoader([1], num_workers=2, pin_memory=True)

    def handle(self, batch):
        torch.cuda.empty_cache()  # finding: empty-cache-in-step
        self.net(batch).mean().backward()

    def check(self):
        self.net.eval()
        for x in self.data:
            self.net(x.cuda(non_blocking=True))${mark}
`;

const agrees = (texts: Texts): void =>
  assert.deepEqual(new TestProject(texts).reported().sort(), markedIn(texts).sort());

test('methods left to the heir: each batch, and with gradients', () => {
  agrees({ 'base.py': base('self.check()'), 'train.py': heir('  # finding: eval-without-no-grad') });
});

test('the base class switches gradients off around its call', () => {
  const inside = 'with torch.no_grad():\n            self.check()';
  agrees({ 'base.py': base(inside), 'train.py': heir('') });
});
