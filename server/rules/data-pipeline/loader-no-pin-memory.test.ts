import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases } from '../../../test/rules/trainingScript.ts';
import { applyEdits } from '../../applyFixes.ts';

const name = 'loader-no-pin-memory';
const { reports, silent, unsure } = cases(name);

/** A training loop over a loader with these arguments, and two workers unless they are all told; `step` uses the batch. */
const training = (settings: string, step = 'x = x.to(device)', head = ''): string =>
  loop(/^, (?!pin|collate)/.test(settings) ? settings : `, num_workers=2${settings}`, step, head);

const loop = (settings: string, step = 'x = x.to(device)', head = ''): string => `import torch
from torch.utils.data import DataLoader
${head}

def train(model, dataset, args):
    device = torch.device("cuda")
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(dataset, 8${settings})
    for x in loader:
        ${step}
        loss = model(x).mean()
        loss.backward()
        optimizer.step()
`;

const triggers: Readonly<Record<string, string>> = {
  'not set': '',
  'through kwargs': ', **{"num_workers": 2}',
};
for (const [what, settings] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(training(settings)));

test(`${name} reports: parts of a batch, and cuda()`, () => {
  reports(training('', 'x = x["image"].cuda()'));
  reports(training('', 'x = x[0].to(device, non_blocking=True)'));
});

for (const settings of [', pin_memory=False', ', None, None, None, 2, None, False'])
  test(`${name} is unsure: somebody has written that it shall not be pinned: ${settings}`, () =>
    unsure(training(settings)));

const nevers: Readonly<Record<string, string>> = {
  'set to True': ', pin_memory=True',
  'where CUDA is there': ', pin_memory=torch.cuda.is_available()',
  'settings that cannot be seen': ', **args.settings',
  'a setting of the user': ', pin_memory=args.pin',
  'a collate function of its own': ', collate_fn=args.collate',
  'by position': ', True, None, None, 2, None, True',
};
for (const [what, settings] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(training(settings)));

test(`${name} stays silent: no worker processes, so that the training process itself would pin`, () => {
  silent(loop(''));
  silent(loop(', num_workers=0'));
  silent(loop(', None, None, None, 0, None, False'));
  reports(loop(', num_workers=args.workers'));
});

test(`${name} stays silent: no copy of the batch to CUDA`, () => {
  silent(training('', 'x = x.float()'));
  silent(training('', 'x = x.to(torch.float16)'));
  silent(training('', 'x = x.to("cpu")'));
  silent(training('', 'x = args.augment(x)\n        x = x.to(device)'));
});

test(`${name} stays silent: a default that a user may change, a comment on memory, another loader`, () => {
  silent(
    training(
      ', pin_memory=options.pin',
      undefined,
      'import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument("--pin", default=False)\noptions = parser.parse_args()',
    ),
  );
  silent(training(')  # not pinned: the machine has little RAM\n    del args, (dataset'));
  silent(training('').replace('from torch.utils.data', 'from monai.data'));
  silent(training('').replace('"cuda"', '"mps"'));
});

test(`${name} stays silent: tests, benchmarks, tutorials`, () => {
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(training(''), `/project/${path}`);
});

test(`${name} fix: pins where there is a GPU, and waits for no copy`, () => {
  assert.match(fixed(training(''), name), /x = x\.to\(device, non_blocking=True\)\n/);
  assert.match(fixed(training(''), name), /DataLoader\(dataset, 8, num_workers=2, pin_memory=True\)/);
  const written = training(', pin_memory=False');
  const [fix] = check(written, undefined, 'possible').findings.find((f) => f.rule === name)?.fixes ?? [];
  assert.match(applyEdits(written, fix?.edits ?? []), /dataset, 8, num_workers=2, pin_memory=True\)/);
  const either = training('').replace('"cuda"', '"cuda" if torch.cuda.is_available() else "cpu"');
  assert.match(fixed(either, name), /pin_memory=torch\.cuda\.is_available\(\)\)/);
  const safety = check(training('')).findings.find((f) => f.rule === name)?.fixes[0]?.safety;
  assert.equal(safety, 'safe');
});

const listed = (text: string): string[] =>
  check(text, undefined, 'possible')
    .findings.filter((finding) => finding.rule === name)
    .map(({ confidence, message, related }) => `${confidence} ${message.slice(0, 2)} ${related.length}`);
const factory = (settings: string, around = 'loaders', more = ''): string => `import torch
from torch.utils.data import DataLoader


def ${around}(data, workers, device):
    train = DataLoader(data, 8${settings})
    ${more}
    return train, DataLoader(data, 8${settings})
`;

test(`${name} lists: loaders with workers that are handed on, once for a function`, () => {
  assert.deepEqual(listed(factory(', num_workers=workers')), ['possible If 1']);
  assert.deepEqual(listed(factory(', num_workers=2, pin_memory=False')), ['possible If 1']);
  for (const settings of [
    '',
    ', num_workers=0',
    ', num_workers=2, pin_memory=True',
    ', num_workers=2, collate_fn=data.join',
  ])
    assert.deepEqual(listed(factory(settings)), [], settings);
});

test(`${name} does not list: what only looks at data, what stays on the host, files that speak of no device`, () => {
  assert.deepEqual(listed(factory(', num_workers=2', 'mean_and_std')), []);
  assert.deepEqual(listed(factory(', num_workers=2').replace('device', 'place')), []);
  assert.deepEqual(listed(training('', 'x = x.sum()').replace('"cuda"', '"cpu"')), []);
});

test(`${name} lists: batches that a helper which nobody sees brings to the device`, () => {
  const helped = training('', 'x = move(x, device)', 'from helpers import move');
  assert.deepEqual(listed(helped), ['possible If 0']);
});
