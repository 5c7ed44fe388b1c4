/** A network that another file's method runs: whether gradients are off there counts as well. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestProject } from '../../test/rules/projectChecking.ts';

const name = 'eval-without-no-grad';

test('a method in another file that switches gradients off itself is no evaluation without no_grad()', () => {
  const model = (inside: string): string => `import torch
from torch import nn


class Vocoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 2)

    def speak(self, mels):
        self.eval()
${inside}
            return self.net(mels)
`;
  const speak = `import torch
from model import Vocoder
from torch.utils.data import DataLoader


def generate(data):
    model = Vocoder().cuda()
    model.eval()
    for mels in DataLoader(data, num_workers=2, pin_memory=True):
        wave = model.speak(mels.cuda(non_blocking=True))
        wave.cpu().numpy().tofile("out.raw")


generate([])
`;
  const found = (inside: string): boolean =>
    new TestProject({ 'model.py': model(inside), 'speak.py': speak })
      .reported()
      .some((line) => line.includes(name));
  assert.equal(found('        if mels is not None:'), true);
  assert.equal(found('        with torch.no_grad():'), false);
});
