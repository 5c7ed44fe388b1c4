import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, reported } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'progress-bar-sync';
const { reports, silent } = cases(name);
const head = 'from tqdm import tqdm';
const inBar = (step: string): string =>
  script(step, { head, before: 'bar = tqdm(loader)', loop: 'step, (x, y) in enumerate(bar)' });

const triggers: Readonly<Record<string, string>> = {
  set_postfix: 'bar.set_postfix(loss=loss.item())',
  'set_postfix with a dict': 'bar.set_postfix({"loss": loss.item()})',
  'through a dict of logs': 'logs = {"loss": loss.item(), "lr": 0.1}\nbar.set_postfix(**logs)',
  'through a name': 'value = loss.item()\nbar.set_postfix(loss=value)',
  'set_description with a text': 'bar.set_description(f"loss {loss.item():.3f}")',
  'a tensor in the text': 'bar.set_description(f"loss {loss:.3f}")',
  'a tensor as it is': 'bar.set_postfix(loss=loss)',
  'a tensor in a dict': 'logs = {"loss": loss}\nbar.set_postfix(**logs)',
  'the description of the bar': 'bar.desc = "loss {:.3f}".format(loss.item())',
  'behind a rank test': 'if torch.distributed.get_rank() == 0:\n    bar.set_postfix(loss=loss.item())',
  'two reads, one finding': 'bar.set_postfix(loss=loss.item(), hits=(out.argmax(1) == y).sum().item())',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}, and nothing else does`, () => {
    reports(inBar(step));
    assert.equal(reported(inBar(step)).length, 1);
  });

test(`${name} reports: what a function of the file shows`, () => {
  reports(
    script('show(log, loss)', { head: 'def show(bar, loss):\n    bar.set_postfix(loss=loss.item())\n' }),
  );
});

test(`${name} leaves a step that also prints or sums to sync-scalar-in-step, with all places`, () => {
  for (const other of ['print(loss.item())', 'total += loss.item()']) {
    const { findings } = check(inBar(`bar.set_postfix(loss=loss.item())\n${other}`));
    assert.deepEqual(
      findings.map((f) => [f.rule, f.related.length]),
      [['sync-scalar-in-step', 1]],
    );
  }
});

const nevers: Readonly<Record<string, string>> = {
  'modulo guard': 'if step % 10 == 0:\n    bar.set_postfix(loss=loss.item())',
  'interval guard': 'if step > args.log_interval:\n    bar.set_postfix(loss=loss.item())',
  'debug switch': 'if args.debug:\n    bar.set_postfix(loss=loss.item())',
  'needed on the host':
    'value = loss.item()\nif value > 100:\n    raise ValueError\nbar.set_postfix(loss=value)',
  'after a wait that must be': 'if torch.isnan(loss):\n    continue\nbar.set_postfix(loss=loss.item())',
  'just before a wait that must be':
    'bar.set_postfix(loss=loss.item())\nif not torch.isfinite(loss):\n    break',
  'a Python number': 'bar.set_postfix(step=step, lr=optimizer.param_groups[0]["lr"])',
  'a shape': 'bar.set_postfix(size=x.shape[0])',
  'a tensor of the CPU': 'bar.set_postfix(value=torch.ones(3).sum())',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(inBar(step)));

test(`${name} stays silent: the bar of Lightning and of a Trainer`, () => {
  silent(`import torch
import lightning as L

class Net(L.LightningModule):
    def training_step(self, batch, batch_idx):
        loss = self(batch).mean()
        self.log("loss", loss, prog_bar=True)
        return loss
`);
});

test(`${name} stays silent: tests, benchmarks, tutorials, programs without CUDA`, () => {
  const text = inBar('bar.set_postfix(loss=loss.item())');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(text.replace('torch.device("cuda")', 'torch.device("cpu")'));
});

test(`${name} fix: the text is made every 50 steps, with what it needs`, () => {
  assert.match(
    fixed(inBar('logs = {"loss": loss.item()}\nbar.set_postfix(**logs)'), name),
    /\n {8}if step % 50 == 0:\n {12}logs = \{"loss": loss\.item\(\)\}\n {12}bar\.set_postfix\(\*\*logs\)\n/,
  );
  assert.match(
    fixed(inBar('bar.desc = "loss {}".format(\n    loss.item(),\n)'), name),
    /\n {8}if step % 50 == 0:\n {12}bar\.desc = "loss \{\}"\.format\(\n {16}loss\.item\(\),\n {12}\)\n/,
  );
  assert.match(
    fixed(inBar('bar.set_postfix(loss=loss)'), name),
    /\n {8}if step % 50 == 0:\n {12}bar\.set_postfix\(loss=loss\)\n/,
  );
});

test(`${name} fix: a counter is made where there is none`, () => {
  const text = script('bar.set_postfix(loss=loss.item())', {
    head,
    before: 'bar = tqdm(loader)',
    loop: 'x, y in bar',
  });
  assert.match(fixed(text, name), /for step, \(x, y\) in enumerate\(bar\):/);
});
