import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

const rule = 'sync-scalar-in-step';

/** A training script; `head` imports, `step` stands at the end of each step, `loss` between forward and backward. */
function script(parts: {
  head?: string;
  model?: string;
  loss?: string;
  step?: string;
  loop?: string;
}): string {
  const indent = (text: string): string => text.replace(/^/gm, '        ');
  return `import torch
from torch import nn
from torch.utils.data import DataLoader
${parts.head ?? ''}

def main(dataset):
    model = ${parts.model ?? 'nn.Linear(8, 2)'}.cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(dataset, num_workers=2, pin_memory=True)
    total = 0.0
    for ${parts.loop ?? 'x, y in loader'}:
        x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
        out = model(x)
        loss = nn.functional.cross_entropy(out, y)
${indent(parts.loss ?? 'pass')}
        loss.backward()
        optimizer.step()
${indent(parts.step ?? 'pass')}
    return total


main([])
`;
}

type Texts = Readonly<Record<string, string>>;

/** Findings stand exactly where the texts mark them. */
function agrees(texts: Texts): void {
  assert.deepEqual(new TestProject(texts).reported().sort(), markedIn(texts).sort());
  // The same when nothing changes meanwhile, as for the command line.
  assert.deepEqual(new TestProject(texts, { frozen: true }).reported().sort(), markedIn(texts).sort());
}

const record = (mark = ''): string =>
  `def record(loss, history):\n    history.append(loss.item())${mark === '' ? '' : `  # finding: ${mark}`}\n`;

const cases: Readonly<Record<string, Texts>> = {
  'a read in a function of another file that the step calls': {
    'train.py': script({ head: 'from tools import record', step: 'record(loss, [])' }),
    'tools.py': record(rule),
  },
  'the same behind a test of the step counter is no read of every step': {
    'train.py': script({
      head: 'from tools import record',
      loop: 'step, (x, y) in enumerate(loader)',
      step: 'if step % 50 == 0:\n    record(loss, [])',
    }),
    'tools.py': record(),
  },
  'the same with a number of the host': {
    'train.py': script({ head: 'from tools import record', step: 'record(total, [])' }),
    'tools.py': record(),
  },
  'called only by a test': {
    'test_train.py': script({ head: 'from tools import record', step: 'record(loss, [])' }),
    'tools.py': record(),
  },
  'import of the module, under another name': {
    'train.py': script({ head: 'import lib.tools as t', step: 't.record(loss, [])' }),
    'lib/__init__.py': '',
    'lib/tools.py': record(rule),
  },
  'a relative import, handed on by the package': {
    'app/train.py': script({ head: 'from .lib import record', step: 'record(loss, [])' }),
    'app/__init__.py': '',
    'app/lib/__init__.py': 'from .tools import (\n    record,  # for others\n)\n',
    'app/lib/tools.py': record(rule),
  },
  'handed on by a star': {
    'train.py': script({ head: 'from lib import record as note', step: 'note(loss, [])' }),
    'lib/__init__.py': 'from .tools import *\n',
    'lib/tools.py': record(rule),
  },
  'through a function of a third file': {
    'train.py': script({ head: 'from steps import after', step: 'after(loss)' }),
    'steps.py': 'from tools import record\n\n\ndef after(loss):\n    record(loss, [])\n',
    'tools.py': record(rule),
  },
  'a method of a class of another file': {
    'train.py': script({ head: 'from meters import Meter\n\nmeter = Meter()', step: 'meter.update(loss)' }),
    'meters.py':
      'class Meter:\n    def __init__(self):\n        self.total = 0.0\n\n    def update(self, value):\n' +
      `        self.total += value.item()  # finding: ${rule}\n`,
  },
  'what the function reads is needed by the caller': {
    'train.py': script({ head: 'from tools import number', step: 'if number(loss) > 100:\n    break' }),
    'tools.py': 'def number(loss):\n    return loss.item()\n',
  },
  'what the function reads is only recorded by the caller': {
    'train.py': script({ head: 'from tools import number', step: 'print(number(loss))' }),
    'tools.py': `def number(loss):\n    return loss.item()  # finding: ${rule}\n`,
  },
  'a function of another file waits for what the step needs: what is read beside it costs nothing': {
    'train.py': script({
      head: 'from tools import scaled',
      loss: 'loss = scaled(loss)\ntotal += loss.item()',
    }),
    'tools.py': 'def scaled(loss):\n    return loss * 0.5 if loss.item() > 10 else loss\n',
  },
  'a function of another file waits, but only for a record': {
    'train.py': script({
      head: 'from tools import largest',
      loss: `total += loss.item()  # finding: ${rule}\nprint(largest(out))`,
    }),
    'tools.py': 'def largest(x):\n    return x.max() if x.isfinite().all().item() else x.sum()\n',
  },
  'the model of another file reads a number at the end of its forward pass': {
    'train.py': script({
      head: 'from queue_model import Queue',
      model: 'Queue()',
      loss: 'total += loss.item()',
    }),
    'queue_model.py':
      'import torch\nfrom torch import nn\n\n\nclass Queue(nn.Module):\n    def __init__(self):\n' +
      '        super().__init__()\n        self.net = nn.Linear(8, 2)\n' +
      '        self.register_buffer("keys", torch.randn(2, 64))\n' +
      '        self.register_buffer("at", torch.zeros(1, dtype=torch.long))\n\n' +
      '    def forward(self, x):\n        out = self.net(x)\n        at = int(self.at)\n' +
      '        self.keys[:, at : at + 8] = out.T\n        return out\n',
  },
  'a loop in another file, over a loader of a telling name or not': {
    'main.py':
      'import torch\nfrom torch.utils.data import DataLoader\nfrom engine import fit\n\n\ndef main(data):\n' +
      '    model = torch.nn.Linear(8, 2).cuda()\n    source = DataLoader(data, num_workers=2, pin_memory=True)\n' +
      '    fit(model, source, torch.optim.SGD(model.parameters(), 0.1))\n\n\nmain([])\n',
    'engine.py':
      'def fit(net, batches, rule):\n    for x, y in batches:\n        out = net(x.cuda(non_blocking=True))\n' +
      '        loss = (out - y.cuda(non_blocking=True)).square().mean()\n        loss.backward()\n        rule.step()\n' +
      `        print(loss.item())  # finding: ${rule}\n`,
  },
  'a hook of a class whose framework base stands in another file': {
    'model.py':
      'import torch\nfrom base import Base\n\n\nclass Net(Base):\n    def training_step(self, batch, batch_idx):\n' +
      '        loss = self.net(batch).mean()\n' +
      `        self.seen.append(loss.item())  # finding: ${rule}\n        return loss\n`,
    'base.py':
      'import lightning as L\nimport torch\n\n\nclass Base(L.LightningModule):\n    def __init__(self):\n' +
      '        super().__init__()\n        self.net = torch.nn.Linear(8, 2)\n        self.seen = []\n',
  },
};

const evaluation = (mark = ''): string =>
  `import torch


def evaluate(model, loader):
    model.eval()
    outputs = []
    for x in loader:
        out = model(x.cuda(non_blocking=True))${mark === '' ? '' : `  # finding: ${mark}`}
        outputs.append(out.argmax(1))
    return outputs
`;

const caller = (call: string, head = ''): string =>
  `import torch
from torch.utils.data import DataLoader
from evaluation import evaluate
${head}

def main(dataset):
    model = torch.nn.Linear(8, 2).cuda()
    loader = DataLoader(dataset, num_workers=2, pin_memory=True)
${call.replace(/^/gm, '    ')}


main([])
`;

const evaluations: Readonly<Record<string, Texts>> = {
  'evaluation in another file, called as it is': {
    'main.py': caller('evaluate(model, loader)'),
    'evaluation.py': evaluation('eval-without-no-grad'),
  },
  'its caller switches gradients off': {
    'main.py': caller('with torch.no_grad():\n    evaluate(model, loader)'),
    'evaluation.py': evaluation(),
  },
  'one of two callers does': {
    'main.py': caller('evaluate(model, loader)\nwith torch.no_grad():\n    evaluate(model, loader)'),
    'evaluation.py': evaluation(),
  },
  'a function of another file needs gradients within the loop': {
    'main.py': caller('evaluate(model, loader)'),
    'evaluation.py': evaluation()
      .replace('import torch', 'import torch\nfrom change import worst')
      .replace('model(x.cuda(non_blocking=True))', 'model(worst(model, x.cuda(non_blocking=True)))'),
    'change.py':
      'import torch\n\n\ndef worst(model, x):\n    x.requires_grad_()\n' +
      '    (slope,) = torch.autograd.grad(model(x).sum(), x)\n    return x + slope.sign()\n',
  },
};

for (const [what, texts] of Object.entries({ ...cases, ...evaluations }))
  test(`across files: ${what}`, () => agrees(texts));

test('across files: a wait before the forward pass is one of every step, so that the record is only listed', () => {
  const project = new TestProject({
    'train.py': script({
      head: 'from tools import scaled',
      loss: 'x = scaled(x)\nout = model(x)\nloss = out.mean()\ntotal += loss.item()',
    }),
    'tools.py': 'def scaled(x):\n    return x * 0.5 if x.max().item() > 10 else x\n',
  });
  assert.equal(project.reported().length, 1);
  assert.deepEqual(project.reported('likely'), []);
});

test('a finding names the step of the other file that calls its function', () => {
  const texts: Texts = {
    'train.py': script({ head: 'from tools import record', step: 'record(loss, [])' }),
    'tools.py': record(),
  };
  const related = new TestProject(texts).check('tools.py').findings[0]?.related ?? [];
  assert.deepEqual(
    related.map((r) => [r.path, texts['train.py']?.slice(r.start, r.end)]),
    [['/project/train.py', 'record(loss, [])']],
  );
});

test('the result of a closed file stands, although its analysis was let go, until what it was made from changes', () => {
  const texts = {
    'train.py': script({ head: 'from tools import record', step: 'record(loss)\ntotal += loss.item()' }),
    'tools.py': 'def record(loss):\n    pass\n',
  };
  const project = new TestProject(texts, { closed: true });
  const first = project.check('train.py');
  assert.deepEqual(
    first.findings.map((finding) => finding.rule),
    [rule],
  );
  assert.equal(project.parsed, 2);
  assert.equal(project.check('train.py'), first);
  assert.equal(project.parsed, 2);
  project.texts.set('/project/tools.py', 'def record(loss):\n    print(loss)\n');
  project.check('train.py');
  assert.ok(project.parsed > 2);
  project.texts.set('/project/train.py', 'import torch\n');
  assert.deepEqual(project.check('train.py').findings, []);
});

test('results under settings of long ago and of files that are gone are let go', () => {
  const project = new TestProject({ 'train.py': script({}) }, { closed: true });
  const path = '/project/train.py';
  const under = (nth: number) => project.checker.check(path, { disabled: new Set([`rule-${nth}`]) });
  const first = under(0);
  assert.equal(under(0), first);
  for (let i = 1; i < 20; i++) under(i);
  assert.notEqual(under(0), first);

  const last = under(0);
  const text = project.texts.get(path) ?? '';
  project.texts.delete(path);
  for (let i = 0; i < 300; i++) {
    project.texts.set(`/project/${i}.py`, 'import torch\n');
    project.check(`${i}.py`);
  }
  project.texts.set(path, text);
  assert.notEqual(under(0), last);
});

test('a name below one of two libraries is not taken for one of the package itself, which asks for the file again', () => {
  const project = new TestProject({
    'ops/__init__.py': 'from .gather import *\n',
    'ops/gather.py':
      'import torch\nfrom .reduce import Reduce\n\n\ndef all_reduce(x):\n    return Reduce(x)\n',
    'ops/reduce.py': `import torch

try:
    import fast_ops as ops
except ImportError:
    import slow_ops as ops


class Reduce:
    def __init__(self, x):
        self.x = ops.all_reduce(x)
`,
    'train.py': 'import torch\nfrom ops import all_reduce\n\nall_reduce(torch.ones(1))\n',
  });
  assert.deepEqual(project.check('train.py').problems, []);
});
