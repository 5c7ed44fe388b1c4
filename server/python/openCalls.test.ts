/** What a base class in another file calls on itself says how often its heir's method runs, and with gradients or without. */

import { test } from 'node:test';
import { agrees } from '../../test/rules/projectChecking.ts';

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

test('methods left to the heir: each batch, and with gradients', () => {
  agrees({ 'base.py': base('self.check()'), 'train.py': heir('  # finding: eval-without-no-grad') });
});

test('the base class switches gradients off around its call', () => {
  const inside = 'with torch.no_grad():\n            self.check()';
  agrees({ 'base.py': base(inside), 'train.py': heir('') });
});

const refreshing = (parameters: string, decorator: string): Texts => ({
  'base.py': `from torch.utils.data import DataLoader


class Base:
    ${decorator}
    def run_all(${parameters}):
        for batch in DataLoader(data, num_workers=2, pin_memory=True):
            model.refresh(batch.cuda(non_blocking=True))
`,
  'train.py': `import torch
from base import Base


class Trainer(Base):
    def refresh(self, batch):
        torch.cuda.synchronize()${decorator === '' ? '  # finding: explicit-synchronize-in-loop' : ''}
        return 2
`,
});

test('the first parameter of a static method is no object of the class', () => {
  agrees(refreshing('model, data', ''));
  agrees(refreshing('model, data', '@staticmethod'));
  agrees(refreshing('model, data', '@classmethod'));
});

test('a function inside a method with an object of its own', () => {
  const inside = (self: string): string => `from torch.utils.data import DataLoader


class Base:
    def fit(self, data):
        def go(${self}):
            for batch in DataLoader(data, num_workers=2, pin_memory=True):
                self.handle(batch.cuda(non_blocking=True))

        go(data)
`;
  const train = (mark: string): string => `import torch
from base import Base


class Trainer(Base):
    def handle(self, batch):
        torch.cuda.empty_cache()${mark}
        return 1
`;
  agrees({ 'base.py': inside('data'), 'train.py': train('  # finding: empty-cache-in-step') });
  agrees({ 'base.py': inside('self'), 'train.py': train('') });
});

const overriding = (body: string, mark: string): string => `import torch
from base import Base


class Trainer(Base):
    def fit(self, data):
        ${body}

    def handle(self, batch):
        torch.cuda.empty_cache()${mark}
        return 1
`;

test('the heir puts another method in the place of the one with the loop', () => {
  agrees({ 'base.py': base('pass'), 'train.py': overriding('self.handle(data)', '') });
  const finding = '  # finding: empty-cache-in-step';
  agrees({ 'base.py': base('pass'), 'train.py': overriding('super().fit(data)', finding) });
});

test('a class in between puts another method in its place', () => {
  const between = `from base import Base


class Between(Base):
    def fit(self, data):
        self.handle(data)
`;
  const train = `import torch
from between import Between


class Trainer(Between):
    def handle(self, batch):
        torch.cuda.empty_cache()
        return 1
`;
  agrees({ 'base.py': base('pass'), 'between.py': between, 'train.py': train });
});
