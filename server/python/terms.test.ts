import { test } from 'node:test';
import { cases } from '../../test/rules/trainingScript.ts';

const { unsure, silent } = cases('sync-scalar-in-step');

/** A loop over a model of which nothing is known, so that only the backward pass says what its loss is; reads beside it are only listed. */
const loop = (lines: readonly string[]): string => `import torch
from torch.utils.data import DataLoader


def train(workspace, dataset, log, args):
    device = torch.device("cuda")
    for batch in DataLoader(dataset, num_workers=2, pin_memory=True):
        batch = {name: x.to(device, non_blocking=True) for name, x in batch.items()}
${lines.map((line) => `        ${line}`).join('\n')}
`;

const losses: Readonly<Record<string, readonly string[]>> = {
  'divided for the accumulation of gradients': ['loss = raw / args.accumulate', 'loss.backward()'],
  'a term of the loss': ['loss = other + 0.1 * raw', 'loss.backward()'],
  'weighed by a setting': ['loss = other + raw * args.weight', 'loss.backward()'],
  'added to the loss': ['loss = workspace.other(batch)', 'loss += raw', 'loss.backward()'],
  'through a name in between': ['both = other + raw', 'loss = both / 2', 'loss.backward()'],
};
for (const [what, lines] of Object.entries(losses))
  test(`what a loss is computed from is a number of the device: ${what}`, () => {
    unsure(loop(['raw = workspace.loss()', 'other = workspace.other()', ...lines, 'log(float(raw))']));
  });

test('the sum of parts of unknown shape is one number where a backward pass starts from it', () => {
  unsure(
    loop([
      'parts = workspace.parts()',
      'loss = sum(parts) / workspace.count()',
      'loss.backward()',
      'print(loss)',
    ]),
  );
});

const others: Readonly<Record<string, readonly string[]>> = {
  'a weight of the loss': ['loss = weight * workspace.loss()', 'loss.backward()', 'log(float(weight))'],
  'a divisor of the loss': ['loss = workspace.loss() / weight', 'loss.backward()', 'log(float(weight))'],
  'no part of what goes backward': [
    'loss = workspace.loss()',
    'score = weight / 2',
    'loss.backward()',
    'log(float(weight))',
  ],
};
for (const [what, lines] of Object.entries(others))
  test(`nothing is taken for a number of the device: ${what}`, () => {
    silent(loop(['weight = workspace.weight()', ...lines]));
  });
