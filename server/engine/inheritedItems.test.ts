/** A data set that inherits its items from a class of another file says itself how many it has, and what it holds open. */

import { test } from 'node:test';
import { agrees } from '../../test/rules/projectChecking.ts';

const pictures = `import h5py
from PIL import Image
from torch.utils.data import Dataset


class Pictures(Dataset):
    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]))


class Held(Pictures):
    def __init__(self, path):
        self.file = h5py.File(path)
`;

const train = (base: string, own: string, mark = ''): string => `import h5py
import torch
import torch.nn as nn
from pictures import Held, Pictures


class Mine(${base}):
    ${own}


device = torch.device("cuda")
model = nn.Linear(8, 2).to(device)
loader = torch.utils.data.DataLoader(Mine("list.txt"), pin_memory=True)${mark}
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in loader:
    x = x.to(device, non_blocking=True)
    loss = model(x).mean()
    loss.backward()
    optimizer.step()
`;

const trains = (script: string): void => agrees({ 'pictures.py': pictures, 'train.py': script });

test('items that cost work', () => {
  trains(train('Pictures', 'pass', '  # finding: loader-no-workers'));
});

test('the heir holds a file open', () => {
  trains(train('Pictures', 'def __init__(self, path):\n        self.file = h5py.File(path)'));
});

test('the heir has its data on the device', () => {
  trains(train('Pictures', 'def __init__(self, path):\n        self.data = torch.load(path).cuda()'));
});

test('the heir has two items', () => {
  trains(train('Pictures', 'def __len__(self):\n        return 2'));
});

test('a class in between holds a file open', () => {
  trains(train('Held', 'pass'));
});
