import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { TestProject } from '../../../test/rules/projectChecking.ts';
import { cases } from '../../../test/rules/trainingScript.ts';

const name = 'cuda-tensor-in-worker';
const { reports, silent, unsure } = cases(name);

interface Parts {
  readonly item?: string;
  readonly collate?: string;
  readonly call?: string;
  readonly loop?: string;
  readonly head?: string;
  readonly init?: string;
}

/** A script with one data set, one collate function and one loop on CUDA. */
const script = (parts: Parts): string => `import argparse
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset
${parts.head ?? ''}

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Photos(Dataset):
    def __init__(self, paths, place=None):
        self.paths = paths
        self.place = place
        ${parts.init ?? 'pass'}

    def __getitem__(self, i):
        ${parts.item ?? 'return torch.load(self.paths[i])'}


def collate(items):
    ${parts.collate ?? 'return torch.stack(items)'}


def train(paths, args):
    model = torch.nn.Linear(3, 1).to(device)
    for x in ${parts.call ?? 'DataLoader(Photos(paths), num_workers=4, collate_fn=collate)'}:
        ${parts.loop ?? 'model(x).mean().backward()'}
`;

const triggers: Readonly<Record<string, Parts>> = {
  'an item moved': { item: 'return torch.load(self.paths[i]).cuda()' },
  'moved to a device that is there': { item: 'return torch.load(self.paths[i]).to(device)' },
  'made there': { item: 'return torch.zeros(3, device="cuda")' },
  'made as a tensor of CUDA': { item: 'return torch.cuda.FloatTensor(self.paths[i])' },
  'in a function that the item calls': {
    head: 'def loaded(path):\n    return torch.load(path).cuda()\n',
    item: 'return loaded(self.paths[i])',
  },
  'on a device that the data set was given': {
    item: 'return torch.load(self.paths[i]).to(self.place)',
    call: 'DataLoader(Photos(paths, "cuda"), num_workers=4)',
  },
  'behind a setting': { item: 'if self.place:\n            return torch.load(self.paths[i]).cuda()' },
  'a part of the data set': {
    item: 'return torch.load(self.paths[i]).cuda()',
    call: 'DataLoader(Subset(ConcatDataset([Photos(paths)]), [1, 2]), num_workers=4)',
  },
  'put together on the GPU': { collate: 'return torch.stack(items).cuda()' },
  'a number of workers by default': {
    collate: 'return torch.stack(items).cuda()',
    head: 'parser = argparse.ArgumentParser()\nparser.add_argument("--workers", type=int, default=4)\noptions = parser.parse_args()',
    call: 'DataLoader(paths, num_workers=options.workers, collate_fn=collate)',
  },
  'when a worker starts': {
    collate: 'torch.zeros(1, device="cuda")',
    call: 'DataLoader(paths, num_workers=4, worker_init_fn=collate)',
  },
  'an object that puts together': {
    head: 'class Together:\n    def __call__(self, items):\n        return torch.stack(items).cuda()\n',
    call: 'DataLoader(paths, num_workers=4, collate_fn=Together())',
  },
};
for (const [what, parts] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(parts)));

test(`${name} tells of a function once, with its other moves and its loaders`, () => {
  const text = script({
    item: 'x = torch.load(self.paths[i])\n        return x[0].cuda(), x[1].cuda()',
    call: 'DataLoader(Photos(paths), num_workers=4)',
  }).concat('    for x in DataLoader(Photos(paths), num_workers=2):\n        model(x)\n');
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    findings.map((f) => f.related.length),
    [3],
  );
});

test(`${name} tells at the loader of a data set of another file`, () => {
  const data = `import torch
from torch.utils.data import Dataset


class Photos(Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __getitem__(self, i):
        return torch.load(self.paths[i])MOVED
`;
  const train = `import torch
from torch.utils.data import DataLoader
from data import Photos


def train(paths):
    model = torch.nn.Linear(3, 1).cuda()
    for x in DataLoader(Photos(paths), num_workers=4):
        model(x.cuda()).mean().backward()
`;
  const found = (moved: string): string[] =>
    new TestProject({ 'data.py': data.replace('MOVED', moved), 'train.py': train })
      .reported('likely')
      .filter((f) => f.endsWith(name));
  assert.deepEqual(found('.cuda()'), [`train.py:8 ${name}`]);
  assert.deepEqual(found(''), []);
});

test(`${name} is unsure: a number of workers that comes from elsewhere`, () => {
  const collate = 'return torch.stack(items).cuda()';
  unsure(script({ collate, call: 'DataLoader(paths, num_workers=args.workers, collate_fn=collate)' }));
  unsure(script({ collate, call: 'DataLoader(paths, collate_fn=collate, **args.loading)' }));
});

const cuda = 'return torch.load(self.paths[i]).cuda()';
const nevers: Readonly<Record<string, Parts>> = {
  'no workers': { item: cuda, call: 'DataLoader(Photos(paths), num_workers=0)' },
  'workers are not spoken of': { item: cuda, call: 'DataLoader(Photos(paths))' },
  'no workers by default': {
    item: cuda,
    head: 'parser = argparse.ArgumentParser()\nparser.add_argument("--workers", type=int, default=0)\noptions = parser.parse_args()',
    call: 'DataLoader(Photos(paths), num_workers=options.workers)',
  },
  'spawned at this loader': {
    item: cuda,
    call: 'DataLoader(Photos(paths), num_workers=4, multiprocessing_context="spawn")',
  },
  'spawned everywhere': {
    item: cuda,
    head: 'import torch.multiprocessing as mp\nmp.set_start_method("spawn", force=True)',
  },
  'it asks which worker it is': {
    item: `if torch.utils.data.get_worker_info() is None:\n            ${cuda}`,
  },
  'a library that loads on the GPU': { item: cuda, head: 'from nvidia.dali import pipeline_def' },
  'on the host': { item: 'return torch.load(self.paths[i]).to("cpu")' },
  'nobody says which device': { item: 'return torch.load(self.paths[i]).to(self.place)' },
  'another device': { item: 'return torch.load(self.paths[i]).to("mps")' },
  'a dtype': { item: 'return torch.load(self.paths[i]).to(torch.float32)' },
  'now and then': {
    item: 'if i % 1000 == 0:\n            torch.zeros(1).cuda()\n        return torch.load(self.paths[i])',
  },
  'before, in the training process': { init: 'self.data = torch.load(paths).cuda()' },
  'the loop moves the batch': { loop: 'model(x.cuda()).mean().backward()' },
};
for (const [what, parts] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(parts)));

test(`${name} stays silent: tests, benchmarks, tutorials`, () => {
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script({ item: cuda }), `/project/${path}`);
});

test(`${name} fix: the moves are left out where the loop moves the batch itself, and only there`, () => {
  const twice = fixed(
    script({ item: cuda, loop: 'x = x.to(device)\n        model(x).mean().backward()' }),
    name,
  );
  assert.match(twice, /return torch\.load\(self\.paths\[i\]\)\n/);
  const needed = check(script({ item: cuda })).findings.find((f) => f.rule === name);
  assert.deepEqual(needed?.fixes, []);
});
