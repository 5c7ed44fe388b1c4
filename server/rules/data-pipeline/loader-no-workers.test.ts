import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, found, lineOf, parser, reported } from '../../../test/rules/checking.ts';
import { checkText } from '../../engine/check.ts';
import { rules } from '../index.generated.ts';

const name = 'loader-no-workers';

interface Parts {
  readonly call?: string;
  readonly item?: string;
  readonly init?: string;
  readonly base?: string;
  readonly head?: string;
  readonly before?: string;
  readonly device?: string;
  readonly epochs?: boolean;
}

/** A script with one data set, one loader and one loop on CUDA. */
function script(parts: Parts = {}): string {
  const loop =
    parts.epochs === true
      ? 'for epoch in range(3):\n        for x in loader:\n            '
      : 'for x in loader:\n        ';
  return `import argparse
import torch
from functools import partial
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset
${parts.head ?? ''}

class Photos(${parts.base ?? 'Dataset'}):
    def __init__(self, paths, transform=None):
        self.paths = paths
        self.transform = transform
        ${parts.init ?? 'pass'}

    def __getitem__(self, i):
        ${parts.item ?? 'return Image.open(self.paths[i])'}


def main(paths, **given):
    device = torch.device(${parts.device ?? '"cuda"'})
    model = torch.nn.Linear(3, 1).to(device)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    ${parts.before ?? 'pass'}
    loader = ${parts.call ?? 'DataLoader(Photos(paths), batch_size=8)'}
    ${loop}model(x.to(device)).mean().backward()


main([])
`;
}

const lineOfLoader = lineOf(script(), script().indexOf('loader = '));

const reports = (parts: Parts): void => {
  const text = script(parts);
  assert.deepEqual(reported(text).filter((r) => r.endsWith(name)).length, 1, text);
};
const silent = (parts: Parts): void => {
  const text = script(parts);
  assert.deepEqual(reported(text), [], text);
};

const triggers: Readonly<Record<string, Parts>> = {
  'no argument': {},
  'a dict literal without it': {
    before: 'settings = {"batch_size": 8}',
    call: 'DataLoader(Photos(paths), **settings)',
  },
  'partial without it': { head: 'Loader = partial(DataLoader, shuffle=True)', call: 'Loader(Photos(paths))' },
  'module attribute': { call: 'torch.utils.data.DataLoader(Photos(paths))' },
  'transforms in the item': {
    item: 'return self.transform(self.paths[i])',
    call: 'DataLoader(Photos(paths, given["transform"]), batch_size=8)',
  },
  'work in a helper': {
    head: 'def read(p):\n    with open(p) as f:\n        return f.read()\n',
    item: 'return read(self.paths[i])',
  },
  'part of a data set': { call: 'DataLoader(torch.utils.data.Subset(Photos(paths), [0, 1]))' },
  'scans of MONAI': {
    head: 'from monai.data import DataLoader, Dataset as Scans\n',
    call: 'DataLoader(Scans(paths, transform=paths), batch_size=2)',
  },
  'random split': {
    before: 'a, b = torch.utils.data.random_split(Photos(paths), [1, 2])',
    call: 'DataLoader(a)',
  },
};
for (const [what, parts] of Object.entries(triggers)) test(`${name} reports: ${what}`, () => reports(parts));

const written: Readonly<Record<string, Parts>> = {
  'by name': { call: 'DataLoader(Photos(paths), num_workers=0)' },
  'by position': { call: 'DataLoader(Photos(paths), 8, True, None, None, 0)' },
  'in a variable': { before: 'n = 0', call: 'DataLoader(Photos(paths), num_workers=n)' },
};
for (const [what, parts] of Object.entries(written))
  test(`${name} lists: zero written out ${what}`, () => {
    silent(parts);
    const text = script(parts);
    assert.deepEqual(found(text), [`${lineOfLoader} ${name}`]);
    const inRuns = check(text, undefined, 'possible').findings.map((f) => [f.confidence, f.confidenceInRuns]);
    assert.deepEqual(inRuns, [['possible', 'certain']]);
  });

const nevers: Readonly<Record<string, Parts>> = {
  'workers are set': { call: 'DataLoader(Photos(paths), num_workers=4)' },
  'workers come from somewhere': { call: 'DataLoader(Photos(paths), num_workers=len(paths))' },
  'in memory': { item: 'return self.paths[i]' },
  'tensors in memory': { call: 'DataLoader(torch.utils.data.TensorDataset(torch.randn(3, 3)))' },
  'a list': { call: 'DataLoader([1, 2, 3])' },
  'on the GPU already': { item: 'return Image.open(self.paths[i]).cuda()' },
  'moved in the item': { item: 'return torch.load(self.paths[i]).to("cuda")' },
  'kwargs we cannot see through': {
    head: 'from elsewhere import settings',
    call: 'DataLoader(Photos(paths), **settings())',
  },
  'kwargs that a caller gives': {
    call: 'make(Photos(paths), num_workers=4)',
    head: 'def make(data, **given):\n    return DataLoader(data, **given)\n',
  },
  'kwargs filled in a branch': {
    before: 'settings = {}\n    if paths:\n        settings["num_workers"] = 4',
    call: 'DataLoader(Photos(paths), **settings)',
  },
  'kwargs updated in a branch': {
    before: 'settings = dict(batch_size=8)\n    if paths:\n        settings.update(num_workers=4)',
    call: 'DataLoader(Photos(paths), **settings)',
  },
  'merged dicts': {
    before: 'settings = {"batch_size": 8} | {"num_workers": 2}',
    call: 'DataLoader(Photos(paths), **settings)',
  },
  'partial supplies it': {
    head: 'Loader = partial(DataLoader, num_workers=2)',
    call: 'Loader(Photos(paths))',
  },
  'a conditional number': { call: 'DataLoader(Photos(paths), num_workers=4 if paths else 0)' },
  'another library': { head: 'from torch_geometric.loader import DataLoader' },
  'a subclass': { head: 'class Mine(DataLoader):\n    pass', call: 'Mine(Photos(paths))' },
  'an iterable data set': { base: 'IterableDataset' },
  'a lambda in a transform': { call: 'DataLoader(Photos(paths, transform=lambda x: x))' },
  'a lambda as collate function': { call: 'DataLoader(Photos(paths), collate_fn=lambda b: b)' },
  'a nested collate function': {
    before: 'def collate(b):\n        return b',
    call: 'DataLoader(Photos(paths), collate_fn=collate)',
  },
  'a collate function that uses the GPU': {
    head: 'def collate(items):\n    return torch.stack(items).to(torch.device("cuda"))\n',
    call: 'DataLoader(Photos(paths), collate_fn=collate)',
  },
  'a data set that says it has few items': {
    item: 'return Image.open(self.paths[i])\n\n    def __len__(self):\n        return 2',
  },
  'a handle opened in __init__': { head: 'import h5py', init: 'self.file = h5py.File(paths)' },
  'a data set we do not see': { head: 'from data import Photos as Other', call: 'DataLoader(Other(paths))' },
  'scans of MONAI with workers': {
    head: 'from monai.data import DataLoader, Dataset as Scans\n',
    call: 'DataLoader(Scans(paths, transform=paths), 4, batch_size=2)',
  },
  'scans of MONAI as they are': {
    head: 'from monai.data import DataLoader, Dataset as Scans\n',
    call: 'DataLoader(Scans(paths), batch_size=2)',
  },
  'CPU only': { device: '"cpu"' },
};
for (const [what, parts] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(parts));

test(`${name} stays silent: managed by Accelerate or Lightning, or never iterated here`, () => {
  const managed = script({
    before: 'from accelerate import Accelerator\n    accelerator = Accelerator()',
  }).replace('    for x in loader', '    loader = accelerator.prepare(loader)\n    for x in loader');
  assert.deepEqual(reported(managed), []);
  assert.deepEqual(
    reported(script().replace('    for x in loader:\n        model(x.to(device))', '    model(paths)')),
    [],
  );
  assert.deepEqual(
    reported(`import lightning as L
from PIL import Image
from torch.utils.data import DataLoader, Dataset

class Photos(Dataset):
    def __getitem__(self, i):
        return Image.open(str(i))

class Net(L.LightningModule):
    def train_dataloader(self):
        return DataLoader(Photos())
`),
    [],
  );
});

test(`${name} stays silent: only the first batch of each new iterator is taken`, () => {
  const taken = (step: string): string[] =>
    reported(
      script({
        before:
          'small = DataLoader(Photos(paths), batch_size=8)\n    batches = iter(small)\n    for _ in range(9):\n        ' +
          `${step}\n        model(x.to(device)).mean().backward()`,
        call: '[]',
      }),
    ).filter((r) => r.endsWith(name));
  assert.equal(taken('x = next(iter(small))').length, 0);
  assert.equal(taken('x = next(batches)').length, 1);
});

test(`${name} stays silent: a data set that keeps its tensors on the GPU`, () => {
  const item = 'return self.transform(self.data[i])';
  silent({ init: 'self.data = torch.load(paths).to("cuda")', item });
  silent({ init: 'self.data = torch.load(paths).cuda()', item });
  reports({
    init: 'self.data = torch.load(paths).to(torch.float32)',
    item: 'return Image.open(self.paths[i])',
  });
});

test(`${name} stays silent: every loop over it leaves after a few turns`, () => {
  const timed = (turns: number): string =>
    script().replace(
      'for x in loader:\n',
      `for i, x in enumerate(loader):\n        if i == ${turns}:\n            break\n`,
    );
  assert.deepEqual(reported(timed(3)), []);
  assert.equal(reported(timed(3000)).length, 1);
});

test(`${name} stays silent: every loop over it does all its work in the first few turns`, () => {
  const shown = (turns: number): string =>
    script().replace(
      'for x in loader:\n        ',
      `for i, x in enumerate(loader):\n        if i < ${turns}:\n            `,
    );
  assert.deepEqual(reported(shown(3)), []);
  assert.equal(reported(shown(3000)).length, 1);
});

test(`${name} stays silent: each sample is made into sound that is written to a file`, () => {
  const synthesis = (what: string): string[] =>
    reported(
      script({ head: 'import soundfile' }).replace(
        'model(x.to(device)).mean().backward()',
        `wave = model(x.to(device)).cpu()\n        ${what}`,
      ),
    ).filter((r) => r.endsWith(name));
  assert.equal(synthesis('soundfile.write("a.wav", wave, 16000)').length, 0);
  assert.equal(synthesis('paths.append(wave)').length, 1);
});

test(`${name} stays silent: a figure is drawn for each batch`, () => {
  const shown = (what: string): number =>
    reported(
      script({ head: 'import matplotlib.pyplot as plt', before: 'model.eval()' }).replace(
        'model(x.to(device)).mean().backward()',
        `out = model(x.to(device)).cpu()\n        ${what}`,
      ),
    ).filter((r) => r.endsWith(name)).length;
  assert.equal(shown('plt.figure()\n        plt.imshow(out)\n        plt.savefig("a.png")'), 0);
  assert.equal(shown('paths.append(out)'), 1);
});

test(`${name} stays silent: what is read is kept by number, which each worker would do for itself`, () => {
  const read = 'image = Image.open(self.paths[i])\n        ';
  silent({ init: 'self.seen = {}', item: `${read}self.seen[i] = image\n        return image` });
  silent({ init: 'self.seen = [0]', item: `${read}self.seen[0] += 1\n        return image` });
  reports({ item: `${read}self.last = i\n        return image` });
});

test(`${name} stays silent: no transform is given to what lies in memory`, () => {
  const item = 'return self.transform(self.paths[i]) if self.transform else self.paths[i]';
  silent({ item });
  reports({ item, call: 'DataLoader(Photos(paths, given["transform"]))' });
});

test(`${name} stays silent: the training loop makes it anew every so many steps`, () => {
  const training = (indent: string): string[] =>
    reported(
      script({
        before: `first = DataLoader(Photos(paths), batch_size=8)
    batches = iter(first)
    for step in range(900):
        x = next(batches)
        optimizer.zero_grad()
        model(x.to(device)).mean().backward()
        optimizer.step()
${indent}if paths:
${indent}    first = DataLoader(Photos(paths), batch_size=16)
${indent}    batches = iter(first)`,
        call: '[]',
      }),
    ).filter((r) => r.endsWith(name));
  assert.equal(training('        ').length, 0);
  assert.equal(training('    ').length, 1);
});

test(`${name} stays silent: queue-backed loaders of reinforcement learning`, () =>
  silent({ item: 'return self.paths.get()' }));

test(`${name} stays silent: tests and tutorials`, () => {
  for (const path of ['tests/test_data.py', 'tutorials/data.py', 'benchmarks/data.py'])
    assert.deepEqual(reported(script(), `/project/${path}`), []);
});

test(`${name}: information, certain when files are read, likely when a default may be overridden`, () => {
  const own = (text: string) => check(text).findings.find((f) => f.rule === name);
  const finding = own(script());
  assert.equal(finding?.severity, 'information');
  assert.equal(finding?.confidence, 'certain');
  const text = script({
    before:
      'parser = argparse.ArgumentParser()\n    parser.add_argument("--num-workers", type=int, default=0)\n    args = parser.parse_args()',
    call: 'DataLoader(Photos(paths), num_workers=args.num_workers)',
  });
  assert.equal(own(text)?.confidence, 'likely');
  const after = fixed(text, name);
  assert.match(after, /default=min\(8, os\.cpu_count\(\) or 1\)\)/);
});

test(`${name} fix: into the call, with the import, persistent where epochs repeat`, () => {
  const once = fixed(script(), name);
  assert.match(once, /^import argparse\nimport os\nimport torch\n/);
  assert.match(
    once,
    /DataLoader\(Photos\(paths\), batch_size=8, num_workers=min\(8, os\.cpu_count\(\) or 1\)\)/,
  );
  assert.match(fixed(script({ epochs: true }), name), /or 1\), persistent_workers=True\)/);
});

test(`${name} fix: trailing comma, lines of their own, zero replaced, dict literal`, () => {
  const lines = fixed(
    script({ call: 'DataLoader(\n        Photos(paths),\n        batch_size=8,\n    )', head: 'import os' }),
    name,
  );
  assert.match(lines, /\n {8}batch_size=8,\n {8}num_workers=min\(8, os\.cpu_count\(\) or 1\),\n {4}\)/);
  assert.match(
    fixed(script({ call: 'DataLoader(Photos(paths), num_workers=0, shuffle=True)' }), name, 'possible'),
    /num_workers=min\(8, os\.cpu_count\(\) or 1\), shuffle=True\)/,
  );
  assert.match(
    fixed(
      script({ before: 'settings = {"batch_size": 8}', call: 'DataLoader(Photos(paths), **settings)' }),
      name,
    ),
    /\{"batch_size": 8, "num_workers": min\(8, os\.cpu_count\(\) or 1\)\}/,
  );
});

test(`${name}: a system that imports the script in each worker needs a guarded start`, () => {
  const found = (text: string, os: 'linux' | 'macos' | 'windows'): number =>
    checkText({
      parser,
      path: '/project/train.py',
      text,
      rules,
      options: { root: '/project', assume: { os } },
    }).findings.filter(({ rule }) => rule === name).length;
  const bare = script();
  const guarded = bare.replace('\nmain([])', '\nif __name__ == "__main__":\n    main([])');
  assert.notEqual(guarded, bare);
  assert.deepEqual([found(bare, 'windows'), found(bare, 'macos'), found(bare, 'linux')], [0, 0, 1]);
  // A script that names its data by a path of Windows runs there, unless somebody says otherwise.
  const there = bare.replace('main([])', 'main(["D:/photos"])');
  assert.deepEqual([reported(there).length, found(there, 'linux')], [0, 1]);
  assert.deepEqual([found(guarded, 'windows'), found(guarded, 'macos'), found(guarded, 'linux')], [1, 1, 1]);
});

for (const above of [true, false])
  test(`${name} reports: a generator of batches kept in an attribute, defined ${above ? 'above' : 'below'}`, () => {
    const cycle = 'def cycle(dl):\n    while True:\n        for data in dl:\n            yield data\n';
    const text = `import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

${above ? cycle : ''}
class Photos(Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __getitem__(self, i):
        return Image.open(self.paths[i])

class Trainer:
    def __init__(self, model, paths):
        self.model = model.cuda()
        self.ds = Photos(paths)
        self.dl = cycle(DataLoader(self.ds, batch_size=8))
        self.step = 0
        self.opt = torch.optim.SGD(self.model.parameters(), 0.1)

    def train(self):
        while self.step < 100:
            data = next(self.dl).cuda()
            loss = self.model(data).mean()
            loss.backward()
            self.opt.step()
            self.step += 1

${above ? '' : cycle}
Trainer(torch.nn.Linear(3, 1), []).train()
`;
    assert.equal(reported(text).filter((r) => r.endsWith(name)).length, 1, text);
  });

const listed = (text: string): string[] =>
  check(text, undefined, 'possible')
    .findings.filter((finding) => finding.rule === name)
    .map(({ confidence, message, related }) => `${confidence} ${message.slice(0, 2)} ${related.length}`);
const factory = (settings: string, around = 'loaders'): string => `import torch
from torch.utils.data import DataLoader
from zoo import build


def ${around}(config, images, device):
    train = DataLoader(build(config), 8${settings})
    return train, DataLoader(images, 8${settings})
`;

test(`${name} lists: data sets that a factory or a parameter gives, once for a function`, () => {
  for (const settings of ['', ', num_workers=0'])
    assert.deepEqual(listed(factory(settings)), ['possible If 1']);
  for (const settings of [', num_workers=2', ', num_workers=config', ', collate_fn=lambda items: items'])
    assert.deepEqual(listed(factory(settings)), [], settings);
});

test(`${name} does not list: a default that each run may change`, () => {
  const option =
    'parser = argparse.ArgumentParser()\nparser.add_argument("--workers", type=int, default=0)\n';
  const head = `import argparse\n${option}args = parser.parse_args()\n`;
  assert.deepEqual(listed(head + factory(', num_workers=args.workers')), []);
  assert.equal(listed(head + factory('')).length, 1);
});

test(`${name} does not list: what only looks at data, and files that speak of no device or of neither pictures nor sound`, () => {
  assert.deepEqual(listed(factory('', 'show')), []);
  assert.deepEqual(listed(factory('').replace('device', 'place')), []);
  assert.deepEqual(listed(factory('').replaceAll('images', 'items')), []);
});
