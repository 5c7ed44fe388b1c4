import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { rules } from '../rules/index.generated.ts';
import { type CheckOptions, checkText } from './check.ts';

/** Zero workers by default only, and pictures that may be cheap: two things taken for granted. */
const script = (comment = ''): string => `import argparse
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=0)
args = parser.parse_args()


class Trainer:
    def fit(self, model, device=torch.device("cuda")):
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        data = datasets.MNIST("data", transform=transforms.ToTensor())
        loader = DataLoader(data, num_workers=args.workers, pin_memory=True)${comment}
        for images, labels in loader:
            loss = model(images.to(device, non_blocking=True)).sum()
            loss.backward()
            optimizer.step()


Trainer().fit(torch.nn.Linear(4, 4).cuda())
`;

const check = (text: string, options: CheckOptions = {}): ReturnType<typeof checkText> =>
  checkText({ parser, path: '/project/train.py', text, rules, options: { root: '/project', ...options } });

test('a finding that is only possible is there for who asks for it', () => {
  assert.deepEqual(check(script()).findings, []);
  const { findings, functions } = check(script(), { minConfidence: 'possible' });
  assert.deepEqual(
    findings.map(({ rule, confidence }) => [rule, confidence]),
    [['loader-no-workers', 'possible']],
  );
  assert.deepEqual(
    functions?.map(({ name, start, end }) => [name, script().slice(start, end).split('\n').length]),
    [['Trainer.fit', 8]],
  );
});

test('a comment that allows one is not stale, whoever asks', () => {
  const text = script('  # perjoule: allow loader-no-workers');
  assert.deepEqual(check(text).problems, []);
  assert.deepEqual(check(text, { minConfidence: 'possible' }).problems, []);
  assert.deepEqual(check(text, { minConfidence: 'possible' }).findings, []);
});
