/** `from module import *` brings what the module defines, what it imports from the project, and the libraries it imports. */

import { test } from 'node:test';
import { agrees } from '../../test/rules/projectChecking.ts';

type Texts = Readonly<Record<string, string>>;

const script = `import torch.nn as nn
from utils.common import *

device = torch.device("cuda")
model = nn.Linear(8, 2).to(device)
data = Pictures("list.txt")
loader = DataLoader(data, num_workers=0, pin_memory=True)MARK
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in loader:
    x = x.to(device, non_blocking=True)
    loss = model(x).mean()
    loss.backward()
    optimizer.step()
`;

const pictures = `import torch
from PIL import Image
from torch.utils.data import Dataset


class Pictures(Dataset):
    def __getitem__(self, index):
        BODY
`;

const project = (reading: string, mark: string): Texts => ({
  'train.py': script.replace('MARK', mark),
  'utils/__init__.py': '',
  'utils/common.py':
    'import os\nimport torch\nfrom torch.utils.data import DataLoader\nfrom .pictures import *\n',
  'utils/pictures.py': pictures.replace('BODY', reading),
});

test('a data set, a loader and torch itself through two stars', () => {
  agrees(project('return Image.open(self.paths[index])', '  # finding: loader-no-workers'));
});

test('the items of a data set of another file are cheap', () => {
  agrees(project('return self.items[index]', ''));
});

test('a data set of another file that brings its items to the device', () => {
  agrees(project('return torch.load(self.paths[index]).cuda()', ''));
});

const reading = 'return Image.open(self.paths[index])';
const finding = '  # finding: loader-no-workers';
const own = 'class Pictures(list):\n    pass\n\n\n';

test('of a name that is bound twice the later one counts', () => {
  const after = project(reading, '');
  agrees({ ...after, 'train.py': after['train.py']?.replace('device =', `${own}device =`) ?? '' });
  const before = project(reading, finding);
  agrees({ ...before, 'train.py': `${own}${before['train.py']}` });
});

test('a loader of the project takes the place of the library’s', () => {
  const loader = (all: string): string =>
    `${all}class DataLoader:\n    def __init__(self, data, **settings):\n        self.data = data\n`;
  const train = (mark: string): string =>
    `import torch\nfrom torch.utils.data import DataLoader\nfrom utils.pictures import Pictures\nfrom loading import *\n${script
      .replace('from utils.common import *\n', '')
      .replace('MARK', mark)}`;
  const texts = project(reading, '');
  agrees({ ...texts, 'train.py': train(''), 'loading.py': loader('') });
  agrees({ ...texts, 'train.py': train(finding), 'loading.py': loader("__all__ = ['other']\n") });
  agrees({ ...texts, 'train.py': train(''), 'loading.py': loader('__all__ = ["DataLoader"]  # all\n') });
  agrees({ ...texts, 'train.py': train(''), 'loading.py': loader('__all__ = ["other"] + more\n') });
});
