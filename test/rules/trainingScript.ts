/** For tests of rules about steps: one training script, whose step a case fills in. */

import assert from 'node:assert/strict';
import { check, reported } from './checking.ts';

/** A training script around the lines of a step; `x`, `y`, `model`, `loss` live on CUDA. */
export function script(
  step: string,
  options: { head?: string; before?: string; after?: string; loop?: string; device?: string } = {},
): string {
  const indent = (text: string, by: string): string =>
    text
      .split('\n')
      .map((line) => (line === '' ? '' : by + line))
      .join('\n');
  return `import torch
from torch import nn
from torch.utils.data import DataLoader
${options.head ?? ''}

def train(dataset, log, args):
    device = torch.device(${options.device ?? '"cuda"'})
    model = nn.Linear(8, 2).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(dataset, num_workers=2, pin_memory=True)
    total = 0.0
    losses = []
${indent(options.before ?? '', '    ')}
    for ${options.loop ?? 'step, (x, y) in enumerate(loader)'}:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
${indent(step, '        ')}
${indent(options.after ?? '', '    ')}


train([], print, None)
`;
}

/** What a case of one rule says; findings of other rules are their own matter. */
export function cases(name: string): {
  count(text: string, path?: string): number;
  reports(text: string): void;
  silent(text: string, path?: string): void;
  /** Found, but too unsure to be marked. */
  unsure(text: string): void;
} {
  const count = (text: string, path?: string): number =>
    reported(text, path, name).filter((r) => r.endsWith(` ${name}`)).length;
  return {
    count,
    reports: (text) => assert.equal(count(text), 1, text),
    silent: (text, path) => assert.equal(count(text, path), 0, text),
    unsure: (text) => {
      const found = check(text, undefined, 'possible').findings.filter((f) => f.rule === name);
      assert.deepEqual(
        found.map((f) => f.confidence),
        ['possible'],
        text,
      );
    },
  };
}
