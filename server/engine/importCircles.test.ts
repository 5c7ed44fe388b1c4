/** Files that import each other in circles: summed up within bounds, and what a step does across them is still found. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

/** `part0` … each takes its helper from the next one, the last one from the first. */
function circle(count: number, star: boolean): Record<string, string> {
  const texts: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const next = (i + 1) % count;
    texts[`part${i}.py`] = `import torch
${star ? `from part${next} import *` : `import part${next}`}


def read${i}(loss, depth):
    if depth == 0:
        return loss
    return ${star ? '' : `part${next}.`}read${next}(loss, depth - 1)
`;
  }
  texts['train.py'] = `import torch
from torch.utils.data import DataLoader
from part0 import read0


def train(model, optimizer, dataset):
    model = model.cuda()
    total = 0.0
    for batch in DataLoader(dataset, num_workers=2, pin_memory=True):
        loss = model(batch.cuda(non_blocking=True)).mean()
        loss.backward()
        optimizer.step()
        total += loss.item()  # finding: sync-scalar-in-step
        read0(loss, 3)
    return total
`;
  return texts;
}

for (const star of [false, true])
  test(`200 files in a circle${star ? ' of star imports' : ''}`, () => {
    const texts = circle(200, star);
    const project = new TestProject(texts, { frozen: true });
    const before = process.cpuUsage();
    assert.deepEqual(project.reported(), markedIn(texts));
    const { user } = process.cpuUsage(before);
    // Some 10 ms a file on a slow machine; a walk of the circle from each of its files would take minutes.
    assert.ok(user < 20_000_000, `${user / 1000} ms`);
  });

test('a file that imports itself, a pair, and a class that inherits from itself by way of another file', () => {
  const texts = {
    ...circle(1, false),
    'own.py':
      'import torch\nfrom own import *\nfrom own import helper\n\n\ndef helper():\n    return helper()\n',
    'left.py':
      'import torch\nfrom right import Right\n\n\nclass Left(Right):\n    def forward(self, x):\n        return super().forward(x)\n',
    'right.py': 'import torch\nfrom left import Left\n\n\nclass Right(Left):\n    pass\n',
  };
  assert.deepEqual(new TestProject(texts).reported(), markedIn(texts));
});
