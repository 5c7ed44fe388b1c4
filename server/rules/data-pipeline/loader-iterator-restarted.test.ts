import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'loader-iterator-restarted';
const { reports, silent } = cases(name);
const other = 'other = DataLoader(dataset, num_workers=4)';

const triggers: Readonly<Record<string, string>> = {
  'a second loader': 'z = next(iter(other))',
  'its iterator alone': 'it = iter(other)\nz = next(it)',
  'behind a setting': 'if args.replay:\n    z = next(iter(other))',
  'a loader that is built anew': 'z = next(iter(DataLoader(dataset, shuffle=True)))',
  'the loader of the loop itself': 'z = next(iter(loader))',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { before: other })));

test(`${name} reports: in a method that the step calls`, () => {
  reports(`import torch
from torch.utils.data import DataLoader

class Trainer:
    def __init__(self, model, data):
        self.model = model.cuda()
        self.loader = DataLoader(data, num_workers=2)

    def batch(self):
        return next(iter(self.loader))

    def train(self, optimizer):
        for step in range(1000):
            loss = self.model(self.batch().cuda()).mean()
            loss.backward()
            optimizer.step()
`);
});

const nevers: Readonly<Record<string, string>> = {
  'the handler of StopIteration': 'try:\n    z = next(it)\nexcept StopIteration:\n    it = iter(other)',
  'now and then': 'if step % 500 == 0:\n    z = next(iter(other))',
  'an evaluation inside the step': 'for z in other:\n    total += 1',
  'an iterator of something else': 'z = next(iter(args.names))',
  'a loader over what the step found': 'found = args.pick(x)\nz = next(iter(DataLoader(found)))',
  'a loader that the step chose': 'chosen = args.loaders[step]\nz = next(iter(chosen))',
  'one batch on purpose': 'overfit_batch = next(iter(other))',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { before: `${other}\nit = iter(other)` })));

test(`${name} stays silent: once per epoch and before the loop`, () => {
  silent(script('pass', { before: `${other}\nit = iter(other)`, after: 'it = iter(other)' }));
  silent(`import torch
from torch.utils.data import DataLoader

def train(model, data, optimizer):
    model.cuda()
    loader = DataLoader(data, num_workers=2)
    for epoch in range(10):
        batches = iter(loader)
        for step in range(len(loader)):
            loss = model(next(batches).cuda()).mean()
            loss.backward()
            optimizer.step()
`);
});

test(`${name} stays silent: tests, benchmarks, tutorials`, () => {
  const text = script('z = next(iter(other))', { before: other });
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
});

test(`${name}: without worker processes it is only information`, () => {
  const severity = (before: string): string | undefined =>
    check(script('z = next(iter(other))', { before })).findings.find((f) => f.rule === name)?.severity;
  assert.equal(severity(other), 'warning');
  assert.equal(severity('other = DataLoader(dataset)'), 'information');
});

test(`${name} fix: one endless iterator before the loop`, () => {
  const text = script('z = next(iter(other))', { before: other });
  const after = fixed(text, name);
  assert.match(after, /^import itertools$/m);
  assert.match(
    after,
    /\n {4}batches = \(batch for _ in itertools\.count\(\) for batch in other\)\n {4}for step/,
  );
  assert.match(after, / z = next\(batches\)\n/);
});
