import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, lineOf, reported } from '../../../test/rules/checking.ts';
import { TestProject } from '../../../test/rules/projectChecking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'sync-scalar-in-step';

const { reports, silent, unsure } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  item: 'print(loss.item())',
  'float()': 'total += float(loss)',
  'int()': 'total += int((out.argmax(1) == y).sum())',
  'math function': 'import math\nprint(math.exp(loss))',
  'f-string of a 0-d tensor': 'print(f"loss {loss:.3f}")',
  'str.format of a 0-d tensor': 'print("{:.3f}".format(loss))',
  'print of a 0-d tensor': 'print(loss)',
  'tolist of a 0-d tensor': 'losses.append(loss.tolist())',
  'detach, cpu, item': 'losses.append(loss.detach().cpu().item())',
  'an unknown number through the host': 'losses.append(out.score().detach().cpu().item())',
  'through a dict of logs': 'logs = {"loss": loss.item(), "step": step}\nlog(**logs)\nprint(logs)',
  'through a name': 'value = loss.item()\nprint(value)',
  'through a rounded name': 'value = round(loss.item(), 3)\nprint("loss", value)',
  'behind a rank test': 'if torch.distributed.get_rank() == 0:\n    print(loss.item())',
  'behind gradient accumulation': 'if args.accelerator.sync_gradients:\n    print(loss.item())',
};

for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: followed through a function, once, with all places`, () => {
  const text = script('record(loss, out, y)\nprint(loss.item())', {
    head: 'def record(loss, out, y):\n    print(loss.item(), (out.argmax(1) == y).float().mean().item())\n',
  });
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.equal(findings.length, 1);
  assert.deepEqual(
    findings[0]?.related.map((r) => lineOf(text, r.start)),
    [5, 24],
  );
});

test(`${name} reports: a value that the step function returns`, () => {
  reports(`import torch
from torch import nn

def step(model, batch):
    loss = nn.functional.mse_loss(model(batch), batch)
    loss.backward()
    return loss.item(), 3

def main(data):
    model = nn.Linear(2, 2).cuda()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for batch in torch.utils.data.DataLoader(data):
        value, n = step(model, batch.cuda())
        optimizer.step()
        print(value)
`);
});

test(`${name} reports: hooks of Lightning, with likely confidence`, () => {
  const text = `import torch
import lightning as L

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = torch.nn.functional.cross_entropy(self.layer(x), y)
        self.log("train_loss", loss.item())
        return loss
`;
  const [finding] = check(text).findings;
  assert.equal(finding?.rule, name);
  assert.equal(finding?.confidence, 'likely');
});

test(`${name} reports: eval loops, Accelerate; a while loop that trains is only listed`, () => {
  reports(
    script('total += loss.item()')
      .replaceAll('loss.backward()', 'pass')
      .replaceAll('optimizer.step()', 'pass'),
  );
  reports(`from accelerate import Accelerator
import torch

def main(model, data):
    accelerator = Accelerator()
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model, optimizer, loader = accelerator.prepare(model, optimizer, torch.utils.data.DataLoader(data))
    for batch in loader:
        loss = model(batch).mean()
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss.detach().item()})
`);
  unsure(`import torch
model = torch.nn.Linear(2, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
step = 0
while step < 1000:
    loss = model(torch.randn(4, 2, device="cuda")).mean()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
    step += 1
`);
});

const nevers: Readonly<Record<string, string>> = {
  'modulo guard': 'if step % 10 == 0:\n    print(loss.item())',
  'modulo behind a name': 'show = (step + 1) % args.n == 0\nif show:\n    print(loss.item())',
  'early continue on a modulo': 'if step % 10 != 0:\n    continue\nprint(loss.item())',
  'should_log()': 'if args.should_log(step):\n    print(loss.item())',
  log_interval: 'if args.log_interval and step > args.log_interval:\n    print(loss.item())',
  'first turn': 'if step == 0:\n    print(loss.item())',
  'time since the last line': 'import time\nif time.time() - total > 10:\n    print(loss.item())',
  'debug flag': 'if args.debug:\n    print(loss.item())',
  'error handler': 'try:\n    pass\nexcept RuntimeError:\n    print(loss.item())',
  'conditional expression with a cadence': 'value = loss.item() if step % 10 == 0 else None\nprint(value)',
  'NumPy scalar': 'import numpy as np\nprint(np.mean([1.0]).item())',
  'CPU tensor': 'print(torch.ones(3).sum().item())',
  'pandas scalar': 'import pandas as pd\nprint(pd.Series([1]).max().item())',
  'item method of something else': 'print(log.item())',
  'decides whether to stop': 'if loss.item() < 0.1:\n    break',
  'decides through a name': 'value = loss.item()\nif value != value:\n    raise ValueError(value)',
  'feeds a scheduler': 'args.scheduler.step(loss.item())',
  'feeds an environment': 'state = args.env.step(out.argmax().item())',
  'feeds the priorities of a buffer': 'args.buffer.update_priorities([step], [loss.item()])',
  'is an index': 'print(args.names[out[0].argmax().item()])',
  'length of the next loop': 'for _ in range(out.argmax().item()):\n    pass',
  'after a wait that must be': 'if torch.isnan(loss):\n    continue\nprint(loss.item())',
  'just before a wait that must be': 'total += loss.item()\nif torch.isnan(loss):\n    break',
  'after a value that was needed': 'if loss.item() > 9:\n    break\nprint(loss.item())',
  'after an explicit synchronize': 'torch.cuda.synchronize()\nprint(loss.item())',
  'after pictures were written':
    'from torchvision.utils import save_image\nsave_image(x, "x.png")\nprint(loss.item())',
  'after an enabled scaler stepped':
    'args.scaler = torch.amp.GradScaler()\nargs.scaler.step(optimizer)\nprint(loss.item())',
  'right after an array was copied to the host':
    'losses.extend(out.argmax(1).cpu().numpy())\ntotal += criterion(out, y).item()',
  'scale of the scaler': 'print(args.scaler.get_scale())',
  'shape and size': 'print(x.shape[0], x.size(0), len(x), x.numel())',
};

for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name}: a copy to the host counts only until there is new work, and only for arrays`, () => {
  unsure(
    script('losses.extend(out.argmax(1).cpu().numpy())\nmodel(x).mean().backward()\nprint(loss.item())'),
  );
  reports(script('losses.append(loss.detach().cpu().numpy())\nprint(loss.item())'));
});

test(`${name} stays silent: right after elements were picked by a mask, whose number the host waits for`, () => {
  silent(script('loss = criterion(out[y >= 0], y[y >= 0])\ntotal += loss.item()'));
  silent(script('kept = out[~(y == 1)]\ntotal += kept.mean().item()'));
  silent(script('rows = (y == 1).nonzero()\ntotal += loss.item()'));
  silent(script('total += criterion(torch.masked_select(out, out > 0), y).item()'));
  silent(script('kept = out[args.keep_mask]\ntotal += kept.mean().item()'));
  // New work has been given since, and a fill by a mask asks for no number.
  unsure(script('kept = out[y >= 0]\nkept.mean().backward()\ntotal += loss.item()'));
  reports(script('out[y == 1] = 0\ntotal += loss.item()'));
  reports(script('out[0]\ntotal += loss.item()'));
});

test(`${name} stays silent: a copy that only programs with a GPU make comes next`, () => {
  const head = 'train_on_gpu = torch.cuda.is_available()';
  const copy = '(out.argmax(1) == y)';
  silent(
    script(`total += loss.item()\nhits = ${copy}.numpy() if not train_on_gpu else ${copy}.cpu().numpy()`, {
      head,
    }),
  );
  silent(script('total += loss.item()\nif args.use_cuda:\n    losses.extend(out.argmax(1).cpu().numpy())'));
  unsure(script('total += loss.item()\nif args.keep:\n    losses.extend(out.argmax(1).cpu().numpy())'));
});

test(`${name} stays silent: the same copy comes next, so that the wait would only move there`, () => {
  silent(script('total += loss.item()\nlosses.extend(out.argmax(1).cpu().numpy())'));
  silent(script('total += loss.item()\nlosses.append(out.argmax(1).cpu())'));
  silent(script('losses.extend(out.argmax(1).tolist())\ntotal += loss.item()'));
  // On some steps only: on the others the read waits for itself.
  reports(
    script('total += loss.item()\nif step % 50 == 0:\n    losses.append(out.argmax(1).cpu())', {
      loop: 'step, (x, y) in enumerate(loader)',
    }),
  );
});

test(`${name} stays silent: a loop that leaves after a few turns`, () => {
  const loop = 'step, (x, y) in enumerate(loader)';
  silent(script('print(loss.item())\nif step >= 7:\n    break', { loop }));
  silent(
    script('print(loss.item())', { head: 'from itertools import islice', loop: 'x, y in islice(loader, 5)' }),
  );
  reports(script('print(loss.item())\nif step >= 5000:\n    break', { loop }));
  const shown = (options: string): string =>
    script(`print(loss.item())\nif step == options.shown - 1:\n    break`, {
      loop,
      head: `import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument("--shown", type=int, ${options})\noptions = parser.parse_args()`,
    });
  silent(shown('default=8'));
  reports(shown('default=8000'));
  reports(shown('default=-1'));
  reports(shown('required=True'));
  // What is counted is not the turns.
  reports(script('print(loss.item())\nif x.size(0) >= 7:\n    break', { loop }));
});

test(`${name} stays silent: a value right after a copy is needed, so that the step waits anyway`, () => {
  const step = (use: string): string =>
    script(`rows = out.cpu().numpy()\n${use}\nmodel(x).mean().backward()\nprint(loss.item())`);
  silent(step('if out[0].sum().item() > 3:\n    continue'));
  unsure(step('losses.append(out[0].sum().item())'));
});

test(`${name} stays silent: right after a meeting of all processes`, () => {
  silent(script('torch.distributed.barrier()\ntotal += loss.item()'));
  silent(script('import horovod.torch as hvd\nshared = hvd.allreduce(loss)\ntotal += shared.item()'));
  unsure(script('torch.distributed.barrier()\nmodel(x).mean().backward()\ntotal += loss.item()'));
});

test(`${name}: beside another wait that stays, wherever in the step, the finding is too unsure to be marked`, () => {
  const work = 'model(x).mean().backward()';
  unsure(script(`total += loss.item()\n${work}\nif out.max().item() > 9:\n    break`));
  unsure(script(`total += loss.item()\n${work}\nrows = (y == 1).nonzero()`));
  unsure(script(`total += loss.item()\n${work}\nkept = torch.distributions.Categorical(logits=out)`));
  reports(
    script(
      `total += loss.item()\n${work}\nkept = torch.distributions.Categorical(logits=out, validate_args=False)`,
    ),
  );
  // What is collected of each element has to come to the host, if not one by one.
  const each = (record: string): string =>
    `total += loss.item()\n${work}\nfor i in range(y.size(0)):\n    ${record}`;
  unsure(script(each('losses.append(out.argmax(1)[i].item())')));
  unsure(script(each('total += (out.argmax(1) == y)[i].item()')));
  reports(script(`total += loss.item()\n${work}\nif step % 50 == 0:\n    rows = (y == 1).nonzero()`));
  // Its argument is of no known kind, its class in a module of its own.
  const normal = (more: string): string =>
    script(`total += loss.item()\n${work}\nkept = Normal(out.score(), 1.0${more})`, {
      head: 'from torch.distributions.normal import Normal',
    });
  unsure(normal(''));
  reports(normal(', validate_args=False'));
});

test(`${name}: what each step waits for where a setting says so makes the finding too unsure to be marked`, () => {
  const work = 'model(x).mean().backward()';
  const check = (lines: string): string =>
    script(`total += loss.item()\n${work}\nif args.check:\n    ${lines}`);
  unsure(check('rows = (y == 1).nonzero()'));
  unsure(check('kept = out[y >= 0]'));
  reports(check('out[y == 1] = 0'));
  // A scaler that an option switches on looks for infinities on the host.
  const scaled = (enabled: string): string =>
    script('scaler.step(optimizer)\nscaler.update()\ntotal += loss.item()', {
      before: `scaler = torch.amp.GradScaler(enabled=${enabled})`,
    });
  unsure(scaled('args.amp'));
  reports(scaled('False'));
});

test(`${name}: what is handed the same tensors and is not at hand may wait as well`, () => {
  unsure(script('args.metric.update(out, y)\ntotal += loss.item()'));
  unsure(script('total += loss.item()\nargs.metric.update(out, y)'));
  unsure(script('args.scores.add_batch(predictions=out.argmax(1), references=y)\ntotal += loss.item()'));
  unsure(script('args.metric.update(out, y)\nmodel(x).mean().backward()\ntotal += loss.item()'));
  unsure(script('kept = args.extra_loss(out, y)\ntotal += loss.item()'));
  unsure(script('args.teacher(x)\ntotal += loss.item()'));
  // It is handed a number only, or is a network like another.
  reports(script('args.meter.update(loss.item(), len(y))\ntotal += loss.item()'));
  reports(script('nn.Linear(8, 2).to(device)(x)\ntotal += loss.item()'));
});

test(`${name} stays silent: all processes meet next, here or in a function of another file`, () => {
  silent(script('total += loss.item()\nargs.accelerator.wait_for_everyone()'));
  const count = (meet: string): number =>
    new TestProject({
      'train.py': script('total += loss.item()\nmeet()', { head: 'from processes import meet' }),
      'processes.py': `import torch.distributed as dist\n\ndef meet():\n    ${meet}\n`,
    }).reported().length;
  assert.equal(count('if dist.get_world_size() == 1:\n        return\n    dist.barrier()'), 0);
  assert.equal(count('return dist.get_rank()'), 1);
});

test(`${name} stays silent: a test of a counter, made once before an inner loop`, () => {
  const parts = (flag: string): string => `import torch

class Trainer:
    def __init__(self):
        self.model = torch.nn.Linear(2, 2).cuda()
        self.steps = 0

    def step(self, parts, args):
        show = ${flag}
        for part in parts:
            loss = self.model(part.cuda()).mean()
            loss.backward()
            if show:
                print(loss.item())
        self.steps += 1
`;
  silent(parts('self.steps % 32 == 0'));
  unsure(parts('args.show'));
});

test(`${name} stays silent: copies in both branches of a test for the first turn`, () => {
  const copies =
    'if len(losses) == 0:\n    losses.append(out.cpu().numpy())\nelse:\n    losses[0] = np.append(losses[0], out.cpu().numpy())';
  silent(script(`total += loss.item()\n${copies}`, { head: 'import numpy as np' }));
});

test(`${name} stays silent: each step begins with a test of a sum on the device`, () => {
  const loop = (test: string): string => `import torch
from torch.utils.data import DataLoader

def train(model, loader, optimizer, device):
    total = 0.0
    for data in loader:
        data = data.to(device)
        ${test}
            continue
        loss = model(data.x).mean()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total

train(torch.nn.Linear(2, 2).cuda(), DataLoader([]), None, torch.device("cuda"))
`;
  silent(loop('if data.mask.sum() == 0:'));
  unsure(loop('if data.num_nodes == 0:'));
  reports(loop('if data is None:'));
});

test(`${name}: a copy to the host for one number is one of the reads`, () => {
  const text = script('hits = (out.argmax(1) == y).cpu().sum()\nprint(loss.item(), hits.item())');
  const [finding] = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    [finding, ...(finding?.related ?? [])].map((f) => text.slice(f?.start, f?.end)),
    ['(out.argmax(1) == y).cpu()', 'loss.item()'],
  );
});

test(`${name} stays silent: once per epoch`, () => {
  silent(script('pass', { after: 'print(loss.item())' }));
  silent(`import torch
model = torch.nn.Linear(2, 2).cuda()
x = torch.randn(4, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for epoch in range(200):
    loss = model(x).mean()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
`);
  silent(`import torch
model = torch.nn.Linear(2, 2).cuda()
x = torch.randn(4, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)

def evaluate():
    return 1

for _ in range(200):
    loss = model(x).mean()
    loss.backward()
    optimizer.step()
    score = evaluate()
    print(loss.item(), score)
`);
});

test(`${name} stays silent: programs that cannot use CUDA`, () => {
  silent(script('print(loss.item())', { device: '"cpu"' }));
  silent(script('print(loss.item())', { device: '"mps"' }));
  silent(script('print(loss.item())', { head: 'import torch_xla.core.xla_model as xm\n' }));
  silent(script('print(loss.item())').replace(/\.to\(device(, non_blocking=True)?\)/g, ''));
});

test(`${name} stays silent: a thread that reads, Lightning's log of a tensor`, () => {
  silent(
    script('args.queue.put(loss.detach())', {
      head: 'import threading\n\ndef reader(queue):\n    while True:\n        print(queue.get().item())\n\nthreading.Thread(target=reader).start()\n',
    }),
  );
  silent(`import torch
import lightning as L

class Net(L.LightningModule):
    def training_step(self, batch, batch_idx):
        loss = self(batch).mean()
        self.log("train_loss", loss)
        return loss
`);
});

test(`${name} stays silent: tests, benchmarks, tutorials, vendored and generated files`, () => {
  const text = script('print(loss.item())');
  for (const path of [
    'tests/test_train.py',
    'benchmarks/train.py',
    'tutorials/train.py',
    'third_party/x/train.py',
    'docs/train.py',
  ])
    assert.deepEqual(reported(text, `/project/${path}`), [], path);
  assert.deepEqual(reported(`# Generated file, do not edit\n${text}`), []);
  assert.equal(check(text, '/project/examples/train.py').findings[0]?.severity, 'hint');
});

test(`${name}: information when the only read closes the step, warning otherwise`, () => {
  assert.equal(check(script('print(loss.item())')).findings[0]?.severity, 'information');
  assert.equal(check(script('print(loss.item())\nx = None')).findings[0]?.severity, 'warning');
  assert.equal(
    check(script('print(loss.item())\nprint(out.mean().item())')).findings[0]?.severity,
    'warning',
  );
});

test(`${name}: what a caller outside would have to tell makes it less certain, then silent`, () => {
  const text = `import torch
from torch import nn

def train(model, loader, optimizer, DEVICE):
    criterion = nn.CrossEntropyLoss()
    for x, y in loader:
        loss = criterion(model(x.to(DEVICE)), y.to(DEVICE))
        loss.backward()
        optimizer.step()
        print(loss.item())
`;
  unsure(text.replaceAll('DEVICE', 'device'));
  silent(text.replaceAll('.to(DEVICE)', ''));
});

test(`${name}: a step of which not all is in sight is too unsure to be marked`, () => {
  const read = 'total += loss.item()\nx = None';
  reports(script(read));
  // Not over a loader; not in every step; a criterion from elsewhere; a network of a library that may ask the device.
  unsure(script(read, { loop: 'step, (x, y) in enumerate(dataset[:9000])' }));
  unsure(script(`if args.log:\n    ${read.replaceAll('\n', '\n    ')}`));
  unsure(script(`loss = args.criterion(out, y)\n${read}`));
  reports(script(`loss = nn.functional.l1_loss(out, y)\n${read}`));
  unsure(
    script(`loss = other(x).mean()\n${read}`, {
      head: 'from torch_geometric.nn import GCNConv',
      before: 'other = GCNConv(8, 2).to(device)',
    }),
  );
});

test(`${name}: a network that is handed over has to be known`, () => {
  const text = `import torch
from torch.utils.data import DataLoader

def fit(model, loader: DataLoader, optimizer):
    for x, y in loader:
        loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        print(loss.item())
        x = None
`;
  unsure(text);
  unsure(`${text}\nfrom elsewhere import made\nfit(made().cuda(), DataLoader([]), None)\n`);
  reports(`${text}\nfit(torch.nn.Linear(2, 2).cuda(), DataLoader([]), None)\n`);
});

test(`${name}: marked is only a step of which all that runs is known to wait for nothing else`, () => {
  const also = (line: string): string => script(`total += loss.item()\n${line}\nx = None`);
  // Picked by what may be a mask, against numbers and whole numbers of the device.
  unsure(also('kept = out[args.chosen[0]]'));
  reports(also('kept = out[1:, None, 0]'));
  reports(also('kept = out[torch.arange(4, device=device)]'));
  unsure(also('out[args.chosen[0]] = torch.randn(3, device=device)'));
  reports(also('out[args.chosen] = 0'));
  // Looked at by what is compared, tested, put into a text or an order.
  unsure(also('best = args.found[0] if args.found[0] > 1 else None'));
  unsure(also('for kept in [row for row in x if row.sum() > 0]:\n    pass'));
  unsure(also('text = f"{args.found()}"'));
  unsure(also('largest = max(out.mean(), loss)'));
  reports(also('wide = 2 if args.wide else 1'));
  reports(also('wide = 2 if args.mode == "wide" else 1'));
  // Functions and objects that look, or of which nothing is known.
  unsure(also('same = torch.equal(x, y)'));
  unsure(also('drawn = out.softmax(1).multinomial(1)'));
  unsure(also('args.finish()'));
  unsure(also('args.writer.add_scalar("loss", loss, step)'));
  reports(also('args.writer.add_scalar("rate", 0.5, step)'));
  unsure(also('args.scaler.step(optimizer)'));
  // A number read by an index, as before torch 0.4.
  unsure(also('losses.append(loss.data[0])'));
  // Reads of another rule stay where they are.
  unsure(also('losses.extend([row.item() for row in out.mean(1)])'));
});

test(`${name}: a file that does not know torch waits for nothing when it is handed numbers`, () => {
  const marks = (given: string, imported: string): number =>
    new TestProject({
      'train.py': script(`total += loss.item()\nnote(${given})`, { head: 'from history import note' }),
      'history.py': `${imported}\n\ndef note(value):\n    write(f"{value}")\n`,
    })
      .reported('likely')
      .filter((line) => line.startsWith('train.py') && line.endsWith(name)).length;
  assert.equal(marks('step', 'from sys import write'), 1);
  assert.equal(marks('out', 'from sys import write'), 0);
  assert.equal(marks('step', 'import torch'), 0);
});

test(`${name}: what a network of another file calls has to be known too`, () => {
  const marks = (inner: string): number =>
    new TestProject({
      'train.py': script('total += loss.item()\nx = None', { head: 'from network import Network' }).replace(
        'nn.Linear(8, 2)',
        'Network()',
      ),
      'network.py': `import torch\nfrom solver import solve\n\n\nclass Network(torch.nn.Module):\n    def __init__(self):
        super().__init__()\n        self.head = torch.nn.Linear(8, 2)\n\n    def forward(self, x):\n        return ${inner}\n`,
    })
      .reported('likely')
      .filter((line) => line.endsWith(name)).length;
  assert.equal(marks('self.head(x).relu()'), 1);
  assert.equal(marks('self.head(solve(x))'), 0);
});

test(`${name}: what a function of another file reads, if only for a record, is a wait that stays`, () => {
  const marks = (returned: string): number =>
    new TestProject({
      'train.py': script('total += loss.item()\nprint(score(out, y))', { head: 'from scores import score' }),
      'scores.py': `def score(out, y):\n    return ${returned}\n`,
    })
      .reported('likely')
      .filter((line) => line.startsWith('train.py') && line.endsWith(name)).length;
  assert.equal(marks('(out.argmax(1) == y).float().mean().item()'), 0);
  assert.equal(marks('out.shape[0]'), 1);
});

// Fixes -------------------------------------------------------------------------------------------------------------------

test(`${name} fix: a sum becomes a number after the loop`, () => {
  const after = fixed(script('total += loss.item()', { after: 'return total / len(loader)' }), name);
  assert.match(after, /total \+= loss\.detach\(\)\n/);
  assert.match(after, /\n {4}total = float\(total\)\n {4}return total \/ len\(loader\)/);
});

test(`${name} fix: a count stays a whole number`, () => {
  const after = fixed(
    script('hits += (out.argmax(1) == y).sum().item()', { before: 'hits = 0', after: 'print(hits)' }),
    name,
  );
  assert.match(after, /hits \+= \(out\.argmax\(1\) == y\)\.sum\(\)\n {4}hits = int\(hits\)\n/);
});

test(`${name} fix: a list keeps tensors until after the loop`, () => {
  const after = fixed(script('losses.append(loss.item())', { after: 'print(sum(losses))' }), name);
  assert.match(
    after,
    /losses\.append\(loss\.detach\(\)\)\n {4}losses\[:\] = \[float\(value\) for value in losses\]\n/,
  );
});

test(`${name} fix: records go behind the step counter`, () => {
  const after = fixed(script('log.info(loss.item())\nprint(step)'), name);
  assert.match(after, /\n {8}if step % 50 == 0:\n {12}log\.info\(loss\.item\(\)\)\n {8}print\(step\)/);
});

test(`${name} fix: a counter is made where there is none`, () => {
  const after = fixed(script('print(loss.item())', { loop: 'x, y in loader' }), name);
  assert.match(after, /for step, \(x, y\) in enumerate\(loader\):/);
  assert.match(after, /if step % 50 == 0:\n {12}print\(loss\.item\(\)\)/);
});

test(`${name} fix: a name and its uses move together, a sum they show is read there`, () => {
  const after = fixed(
    script(
      'total += loss.item()\nvalue = loss.item()\nprint(f"{total / (step + 1):.3f} {value}")\nlog.writerow([step, value])',
      {
        after: 'return total',
      },
    ),
    name,
  );
  assert.match(
    after,
    /total \+= loss\.detach\(\)\n {8}if step % 50 == 0:\n {12}value = loss\.item\(\)\n {12}print\(f"\{float\(total\) \/ \(step \+ 1\):\.3f\} \{value\}"\)\n {12}log\.writerow\(\[step, value\]\)\n/,
  );
});

test(`${name} fix: an existing log guard reads the sum`, () => {
  const after = fixed(
    script('total += loss.item()\nif step % 20 == 19:\n    print(total / 20)\n    total = 0.0'),
    name,
  );
  assert.match(after, /print\(float\(total\) \/ 20\)/);
});

test(`${name} fix: a name that is summed and shown stays on the device`, () => {
  const after = fixed(
    script('value = loss.item()\ntotal += value * 2\nprint(value)', { after: 'return total' }),
    name,
  );
  assert.match(
    after,
    /value = loss\.detach\(\)\n {8}total \+= value \* 2\n {8}if step % 50 == 0:\n {12}print\(float\(value\)\)\n/,
  );
});

test(`${name} fix: behind gradient accumulation the counter beside it counts, or nobody`, () => {
  const step = 'if args.accelerator.sync_gradients:\n    seen += 1\n    print(loss.item())';
  assert.match(fixed(script(step, { before: 'seen = 0' }), name), /seen \+= 1\n {12}if seen % 50 == 0:\n/);
  const [finding] = check(script(step.replace('seen += 1', 'pass'))).findings;
  assert.equal(finding?.fixes.length, 0);
});

test(`${name} fix: CRLF and tabs stay`, () => {
  const after = fixed(script('print(loss.item())').replaceAll('    ', '\t').replaceAll('\n', '\r\n'), name);
  assert.match(after, /\r\n\t\tif step % 50 == 0:\r\n\t\t\tprint\(loss\.item\(\)\)\r\n/);
  assert.doesNotMatch(after, /[^\r]\n/);
});

test(`${name}: no fix where half of it would be left, the finding stays`, () => {
  const [finding] = check(script('args.last = loss.item()\nprint(args.last)')).findings;
  assert.equal(finding?.fixes.length, 0);
});

test(`${name}: one number that is read twice is written as one`, () => {
  const [twice] = check(script('print(loss.item())\ntotal += loss.item()')).findings;
  assert.match(
    twice?.message ?? '',
    / 2 times .* to read "loss", which is only recorded; keep it on the device and read it every N steps\.$/,
  );
  const [two] = check(script('print(loss.item())\nprint(out.sum().item())')).findings;
  assert.match(two?.message ?? '', / and "out\.sum\(\)", which are only recorded; keep them .* read them /);
});

test(`${name} is unsure: what runs in a branch of which nobody can tell how often, and may wait`, () => {
  const head = 'from elsewhere import mix, picture\nflipped = False\n';
  const mixed = (test: string): string =>
    script(`if ${test}:\n    out = picture(out)\nprint(loss.item())`, { head });
  unsure(mixed('mix()'));
  reports(mixed('step % 50 == 0'));
  reports(mixed('not step % 50'));
  reports(mixed('step == 0'));
  reports(mixed('args.debug'));
  unsure(mixed('total == 0'));
  unsure(mixed('step % 50 != 0'));
  unsure(script('if step % 50 == 0:\n    pass\nelse:\n    picture(out)\nprint(loss.item())', { head }));
  reports(script('if mix():\n    picture(out)\n    break\nprint(loss.item())', { head }));
  unsure(
    script('if mix():\n    total += (out.argmax(1) == y).sum().item()\nprint(loss.item())', {
      head,
    }),
  );
});

test(`${name} is unsure: a property that reads, a text by %, elements copied by a mask, a copy by its type`, () => {
  const head = `class Meter:
    def __init__(self, loss):
        self.loss = loss

    @property
    def value(self):
        return self.loss.item()

    @property
    def name(self):
        return "meter"
`;
  const metered = (what: string): string =>
    script(`meter = Meter(loss)\nlog(meter.${what})\nprint(loss.item())`, {
      head,
      before: 'log = print',
    });
  unsure(metered('value'));
  reports(metered('name'));
  unsure(script('print("%s" % out.score)\nprint(loss.item())'));
  reports(script('print("%d of %d" % (step, loader.batch_size))\nprint(loss.item())'));
  unsure(script('out.masked_scatter_(y > 1, x)\nprint(loss.item())'));
  unsure(script('y.type(torch.FloatTensor)\nprint(loss.item())'));
  unsure(script('y.type("torch.FloatTensor")\nprint(loss.item())'));
  reports(script('y.type(torch.cuda.FloatTensor)\nprint(loss.item())'));
});

test(`${name} is unsure: a measure that goes through the batch sample by sample`, () => {
  const measured = (over: string): string =>
    script(`for _ in ${over}:\n    out = out * 2\nprint(loss.item())`);
  for (const over of [
    'y',
    'range(len(y))',
    'range(y.size(0))',
    'range(y.shape[0])',
    'zip(x, y)',
    'y.view(-1)',
  ])
    unsure(measured(over));
  for (const over of ['range(4)', 'range(y.size(1))', 'model.parameters()']) reports(measured(over));
});

test(`${name} is unsure: a loader that gives all samples as one batch`, () => {
  const sized = (size: string, before = ''): string =>
    script('print(loss.item())', {
      before: `${before}\nwhole = DataLoader(dataset, batch_size=${size}, num_workers=2, pin_memory=True)`,
      loop: 'step, (x, y) in enumerate(whole)',
    });
  unsure(sized('len(dataset)'));
  unsure(sized('n', 'n = len(dataset)'));
  unsure(script('print(loss.item())').replace('dataset, num_workers', 'dataset, len(dataset), num_workers'));
  reports(sized('64'));
  reports(sized('args.batch_size'));
});

test(`${name} is unsure: nothing brings the batches to a GPU, though another network is there`, () => {
  const text = script('print(loss.item())');
  const move = 'x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)\n        out';
  assert.ok(text.includes(move));
  unsure(text.replace(move, 'out'));
  reports(
    text
      .replace(move, 'out')
      .replace('def train', 'def collate(items):\n    return torch.stack(items).to("cuda")\n\n\ndef train'),
  );
  reports(
    text
      .replace(move, 'out')
      .replace('.to(device)\n    crit', '.to(device)\n    model = nn.DataParallel(model)\n    crit'),
  );
});

test(`${name} is unsure: the step of another file that calls the function reads too, and does not name it`, () => {
  const step = (line: string): Record<string, string> => ({
    'train.py': `import torch
from torch import nn
from torch.utils.data import DataLoader
from measure import accuracy

def train(dataset, total):
    model = nn.Linear(8, 2).cuda()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in DataLoader(dataset, batch_size=8, num_workers=2, pin_memory=True):
        x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        ${line}
        print(accuracy(out, y))
`,
    'measure.py':
      'import torch\n\ndef accuracy(out, y):\n    return (out.argmax(1) == y).float().mean().item()\n',
  });
  const told = (line: string): string[] =>
    new TestProject(step(line)).reported('likely').filter((r) => r.endsWith(name));
  assert.deepEqual(told('pass'), ['measure.py:4 sync-scalar-in-step']);
  assert.deepEqual(told('total += loss.item()'), []);
});

test(`${name} is unsure: a walk that ends by its limit has not seen everything`, () => {
  const chain = (length: number): string =>
    Array.from({ length }, (_, i) => `def f${i}(v):\n    return f${i + 1}(v)\n\n`).join('') +
    `def f${length}(v):\n    return v\n`;
  const long = (length: number): string => script('f0(out)\nprint(loss.item())', { head: chain(length) });
  reports(long(4));
  unsure(long(14));
});

test(`${name} is unsure: a loop within the step that trains is a step of its own, and not looked at`, () => {
  const attacked = (line: string): string =>
    script('attack(model, x)\nprint(loss.item())', {
      head: `def attack(model, x):
    delta = torch.zeros_like(x, requires_grad=True)
    search = torch.optim.SGD([delta], lr=0.1)
    for _ in range(30):
        found = model(x + delta).mean()
        ${line}
    return delta
`,
    });
  unsure(attacked('found.backward()\n        search.step()'));
  reports(attacked('found = found + 1'));
});

test(`${name} is unsure: the cache of the GPU is emptied beside it`, () => {
  unsure(script('print(loss.item())\ntorch.cuda.empty_cache()'));
});

test(`${name} is unsure: the network is one of several, of which one may look at a value`, () => {
  const chosen = (second: string): string => `import torch
from torch import nn
from torch.utils.data import DataLoader


class Queue(nn.Module):
    def forward(self, x):
        return x[int(self.pointer):].sum()


class Plain(nn.Module):
    def forward(self, x):
        return x.sum()


class Trainer:
    def __init__(self, name):
        if name == "plain":
            self.network = Plain()
        else:
            self.network = ${second}()
        self.network = self.network.cuda()

    def epoch(self, loader, optimizer):
        total = 0
        for x in loader:
            loss = self.network(x.cuda())
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total


trainer = Trainer("plain")
trainer.epoch(DataLoader([1], num_workers=2), torch.optim.SGD(trainer.network.parameters()))
`;
  unsure(chosen('Queue'));
  reports(
    chosen('Plain').replace('total += loss.item()', 'total += loss.item()  # finding: sync-scalar-in-step'),
  );
});

test(`${name} only lists what is read after a wait that the step needs, once it has given new work`, () => {
  const work = 'model(x).sum().backward()\nprint(loss.item())';
  unsure(script(`if loss.item() > 9:\n    break\n${work}`));
  unsure(script(`args.scaler = torch.amp.GradScaler()\nargs.scaler.step(optimizer)\n${work}`));
  unsure(script(`torch.cuda.synchronize()\n${work}`));
  // A wait that only some settings need.
  unsure(script(`if args.rescale:\n    x = x[: int(y.max().item())]\nprint(loss.item())`));
  unsure(
    script(
      'if args.amp:\n    scaler = torch.amp.GradScaler()\n    scaler.step(optimizer)\nprint(loss.item())',
    ),
  );
});
