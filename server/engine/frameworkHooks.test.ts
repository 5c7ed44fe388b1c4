/** Methods that frameworks call for each batch are steps; what a framework does itself is none of the program's waste. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

const sync = 'sync-scalar-in-step';

type Texts = Readonly<Record<string, string>>;

function agrees(texts: Texts): void {
  assert.deepEqual(new TestProject(texts).reported().sort(), markedIn(texts).sort());
}

/** A class with one method whose lines are given; `base` as it is written. */
function hooked(imports: string, base: string, signature: string, lines: string): string {
  const body = lines
    .trim()
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
  return `import torch\nfrom torch import nn\n${imports}\n\n\nclass Mine(${base}):\n    def ${signature}:\n${body}\n`;
}

const lightning = (signature: string, lines: string): string =>
  hooked('import lightning.pytorch as pl', 'pl.LightningModule', signature, lines);

const recorded = `loss = self.net(batch).mean()\nself.log("loss", loss.item())  # finding: ${sync}\nreturn loss`;

const cases: Readonly<Record<string, string>> = {
  'Lightning: a training step': lightning('training_step(self, batch, batch_idx)', recorded),
  'by the older name of the package': hooked(
    'from pytorch_lightning import LightningModule',
    'LightningModule',
    'training_step(self, batch, batch_idx)',
    recorded,
  ),
  'by the path of its file': hooked(
    'from lightning.pytorch.core.module import LightningModule',
    'LightningModule',
    'validation_step(self, batch, batch_idx)',
    recorded,
  ),
  'a batch with an annotation': lightning(
    'training_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_idx: int) -> torch.Tensor',
    `x, y = batch\nloss = nn.functional.mse_loss(self.net(x), y)\nself.seen.append(loss.item())  # finding: ${sync}\nreturn loss`,
  ),
  'handed over as it is': lightning(
    'training_step(self, batch, batch_idx)',
    'loss = self.net(batch).mean()\nself.log("loss", loss)\nreturn loss',
  ),
  'behind a test of the batch index': lightning(
    'training_step(self, batch, batch_idx)',
    'loss = self.net(batch).mean()\nif batch_idx % 100 == 0:\n    print(loss.item())\nreturn loss',
  ),
  'a method for the end of an epoch': lightning(
    'on_train_epoch_end(self)',
    'print(torch.stack(self.losses).cuda().mean().item())',
  ),
  'a helper of the class that a step calls': `${lightning(
    'training_step(self, batch, batch_idx)',
    'return self.both(batch, "train")',
  )}
    def both(self, batch, name):
        loss = self.net(batch).mean()
        self.history[name].append(loss.item())  # finding: ${sync}
        return loss
`,
  'Lightning: a callback': hooked(
    'from lightning.pytorch.callbacks import Callback',
    'Callback',
    'on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx)',
    `self.seen.append(outputs["loss"].item())  # finding: ${sync}\nself.count += 1`,
  ),
  'a callback at the end of an epoch': hooked(
    'from lightning.pytorch.callbacks import Callback',
    'Callback',
    'on_train_epoch_end(self, trainer, pl_module)',
    'self.seen.append(pl_module.total.item())\nself.count += 1',
  ),
  'a callback of something else': hooked(
    'from bookings import Callback',
    'Callback',
    'on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx)',
    'self.seen.append(outputs["loss"].item())\nself.count += 1',
  ),
  'evaluation under Lightning is without gradients': `${lightning(
    'on_validation_epoch_end(self)',
    'self.eval()\nself.look()',
  )}
    def look(self):
        for x in self.loader:
            self.net(x.cuda())
`,
  'the Trainer: its loss': hooked(
    'from transformers import Trainer',
    'Trainer',
    'compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None)',
    `outputs = model(**inputs)\nself.seen.append(outputs.loss.item())  # finding: ${sync}\nreturn outputs.loss`,
  ),
  'by the path of its file, and of TRL': hooked(
    'from trl.trainer.sft_trainer import SFTTrainer',
    'SFTTrainer',
    'training_step(self, model, inputs, num_items_in_batch=None)',
    `loss = self.compute_loss(model, inputs)\nself.accelerator.backward(loss)\nself.seen += loss.item()  # finding: ${sync}\nreturn loss.detach()`,
  ),
  'the Trainer: metrics that a helper fills and another keeps': `${hooked(
    'from transformers import Trainer',
    'Trainer',
    'compute_loss(self, model, inputs, return_outputs=False)',
    'loss, metrics = self.measured(model, inputs)\nself.keep(metrics)\nreturn (loss, metrics) if return_outputs else loss',
  )}
    def measured(self, model, inputs):
        metrics = {}
        loss = model(**inputs).loss
        margins = (loss * 2).detach()
        metrics["margin"] = margins.mean().item()  # finding: ${sync}
        metrics["highest"] = margins.max().item()
        metrics["lowest"] = margins.min().item()
        metrics["spread"] = margins.std().item()
        return loss, metrics

    def keep(self, metrics):
        for name, value in metrics.items():
            self.kept[name].append(value)
`,
  'one of them decides what comes next': `${hooked(
    'from transformers import Trainer',
    'Trainer',
    'compute_loss(self, model, inputs, return_outputs=False)',
    'loss, metrics = self.measured(model, inputs)\nfor value in metrics.values():\n    if value > 10:\n        raise ValueError(value)\nreturn loss',
  )}
    def measured(self, model, inputs):
        metrics = {}
        loss = model(**inputs).loss
        metrics["loss"] = loss.mean().item()
        return loss, metrics
`,
  'Lightning: a number handed back beside the loss': lightning(
    'training_step(self, batch, batch_idx)',
    `loss = self.net(batch).mean()\nreturn {"loss": loss, "seen": loss.item()}  # finding: ${sync}`,
  ),
  'a callback of the Trainer': hooked(
    'from transformers import TrainerCallback',
    'TrainerCallback',
    'on_step_end(self, args, state, control, model=None, **kwargs)',
    `norm = model.head.weight.norm()\nself.norms.append(norm.item())  # finding: ${sync}\nreturn control`,
  ),
  'a callback of the Trainer where it logs': hooked(
    'from transformers import TrainerCallback',
    'TrainerCallback',
    'on_log(self, args, state, control, model=None, **kwargs)',
    'norm = model.head.weight.norm()\nself.norms.append(norm.item())\nreturn control',
  ),
  'Keras over torch': hooked(
    'import keras',
    'keras.Model',
    'train_step(self, data)',
    `x, y = data\nloss = self.compute_loss(y=y, y_pred=self(x.cuda()))\nloss.backward()\nself.total += loss.item()  # finding: ${sync}\nreturn {"loss": loss}`,
  ),
  'Keras over what is traced': hooked(
    'import keras',
    'keras.Model',
    'train_step(self, data)',
    'loss = self.compute_loss(data)\nself.total += loss.item()\nreturn {"loss": loss}',
  ).replace('import torch\nfrom torch import nn\n', 'import tensorflow as tf\n'),
  'Ignite: a function for each batch': `import torch
from ignite.engine import Engine

model = torch.nn.Linear(8, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
losses = []


def update(engine, batch):
    loss = model(batch.cuda()).mean()
    losses.append(loss.item())  # finding: ${sync}
    loss.backward()
    optimizer.step()


trainer = Engine(update)
trainer.run(torch.utils.data.DataLoader([]), max_epochs=3)
`,
  'a function that somebody else is handed': `import torch
from engines import Engine

model = torch.nn.Linear(8, 2).cuda()
losses = []


def update(engine, batch):
    loss = model(batch.cuda()).mean()
    losses.append(loss.item())
    loss.backward()


trainer = Engine(update)
`,
  'a Trainer of the project itself': hooked(
    '',
    'object',
    'compute_loss(self, model, inputs)',
    'outputs = model(**inputs)\nself.seen.append(outputs.loss.item())\nreturn outputs.loss',
  ),
  'a loader that Accelerate prepared': `import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader


def main(data, model, optimizer):
    accelerator = Accelerator()
    loader = DataLoader(data, num_workers=4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
        print(accelerator.gather(loss).mean().item())  # finding: ${sync}
        optimizer.zero_grad()
`,
};

for (const [what, text] of Object.entries(cases)) test(`hooks: ${what}`, () => agrees({ 'train.py': text }));

test('hooks of a class whose base stands two files further', () => {
  agrees({
    'app/net.py': `import torch\nfrom .parent import Parent\n\n\nclass Net(Parent):\n    def training_step(self, batch, batch_idx):\n        loss = self.net(batch).mean()\n        self.seen.append(loss.item())  # finding: ${sync}\n        return loss\n`,
    'app/parent.py': 'from .base import Base as Root\n\n\nclass Parent(Root):\n    seen = []\n',
    'app/base.py': 'import pytorch_lightning as pl\n\n\nclass Base(pl.LightningModule):\n    pass\n',
    'app/__init__.py': '',
  });
});

test('hooks of a class in a package so large that each file is summed up alone', () => {
  const many = Array.from({ length: 130 }, (_, i) => `part${i}`);
  agrees({
    'net.py': `import torch\nfrom middle import Middle\n\n\nclass Net(Middle):\n    def training_step(self, batch, batch_idx):\n        loss = self.net(batch).mean()\n        self.seen.append(loss.item())  # finding: ${sync}\n        return loss\n`,
    'middle.py': `from base import Base\n${many.map((name) => `import ${name}`).join('\n')}\n\n\nclass Middle(Base):\n    seen = []\n`,
    'base.py': 'import lightning as L\n\n\nclass Base(L.LightningModule):\n    pass\n',
    ...Object.fromEntries(many.map((name) => [`${name}.py`, 'size = 1\n'])),
  });
});

test('a message names the method that the framework calls', () => {
  const text = cases['Lightning: a training step'] ?? '';
  assert.match(
    new TestProject({ 'train.py': text }).check('train.py').findings[0]?.message ?? '',
    /in every "training_step" of Lightning to read "loss"/,
  );
});
