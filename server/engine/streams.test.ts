/** A loop over what a generator makes of a loader's batches is a step loop like one over the loader itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

const rule = 'sync-scalar-in-step';

interface Parts {
  readonly head?: string;
  readonly loop: string;
  /** Whether the read in the loop is one of every step. */
  readonly hot?: boolean;
}

/** An evaluation: nothing in the loop goes backward, so only what it goes over makes it a step loop. */
function script({ head = '', loop, hot = true }: Parts): string {
  return `import torch
from torch.utils.data import DataLoader
${head}

def main(dataset):
    model = torch.nn.Linear(8, 2).cuda().requires_grad_(False)
    loader = DataLoader(dataset, num_workers=2, pin_memory=True)
    total = 0.0
    ${loop}
        total += model(x.cuda(non_blocking=True)).mean().item()${hot ? `  # finding: ${rule}` : ''}
        model.train()
    return total


main([])
`;
}

const each = 'for x in batches(loader):';
const generator = (lines: string): string =>
  `def batches(source):\n${lines
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`;
const over = generator('for x, y in source:\n    yield x');
const wrapper = `class Mover:
    def __init__(self, source):
        self.source = source

    def __iter__(self):
        for x, y in self.source:
            yield x.cuda(non_blocking=True)
`;

const alone: Readonly<Record<string, Parts>> = {
  'a generator': { head: over, loop: each },
  'one that goes on for ever': { head: generator('while True:\n    yield from source'), loop: each },
  'with an iterator of its own': {
    head: generator('it = iter(source)\nwhile True:\n    yield next(it)'),
    loop: each,
  },
  'that makes the loader': {
    head: generator('for x in DataLoader(source, num_workers=2, pin_memory=True):\n    yield x'),
    loop: 'for x in batches(dataset):',
  },
  'around another': {
    head: `${over}\n\ndef numbered(it):\n    yield from enumerate(it)\n`,
    loop: 'for i, x in numbered(batches(loader)):',
  },
  'a generator expression': { loop: 'for x in (batch[0] for batch in loader):' },
  'an object with an iterator': { head: wrapper, loop: 'for x in Mover(loader):' },
  'batches taken by hand': {
    head: over,
    loop: 'it = batches(loader)\n    for i in range(100):\n        x = next(it)',
  },
  'over something else': { head: over, loop: 'for x in batches(dataset):', hot: false },
  'once for all of the loader': {
    head: generator('total = 0\nfor x in source:\n    total = total + x\nyield total'),
    loop: each,
    hot: false,
  },
  'once for each item of a batch, which is the batch of nobody': {
    head: generator('for batch in source:\n    for x in batch:\n        yield x'),
    loop: each,
    hot: false,
  },
  'a context of one thing': {
    head: `from contextlib import contextmanager\n\n\n@contextmanager\n${over}`,
    loop: 'for x in batches(loader):',
    hot: false,
  },
};

for (const [what, parts] of Object.entries(alone))
  test(`streams: ${what}`, () => {
    const texts = { 'train.py': script(parts) };
    assert.deepEqual(new TestProject(texts).reported(), markedIn(texts));
  });

const elsewhere: Readonly<Record<string, readonly [parts: Parts, other: string]>> = {
  'a generator': [{ loop: each }, over],
  'one that moves what it yields': [
    { loop: each },
    generator('for x, y in source:\n    yield x.cuda(non_blocking=True)'),
  ],
  'one that goes on for ever': [{ loop: each }, generator('while True:\n    yield from source')],
  'with a count': [
    { loop: 'for i, x in batches(loader):' },
    generator('for i, (x, y) in enumerate(source):\n    yield i, x'),
  ],
  'that makes the loader': [
    { loop: 'for x in batches(dataset):' },
    `from torch.utils.data import DataLoader\n\n\n${generator('for x in DataLoader(source, num_workers=2, pin_memory=True):\n    yield x')}`,
  ],
  'an object with an iterator': [
    { head: 'from data import Mover', loop: 'for x in Mover(loader):' },
    wrapper.replaceAll('source', 'loader'),
  ],
  'over something else': [{ loop: 'for x in batches(dataset):', hot: false }, over],
};

for (const [what, [parts, other]] of Object.entries(elsewhere))
  test(`streams of another file: ${what}`, () => {
    const head = parts.head ?? 'from data import batches';
    const texts = { 'train.py': script({ ...parts, head }), 'data.py': other };
    assert.deepEqual(new TestProject(texts).reported(), markedIn(texts));
  });
