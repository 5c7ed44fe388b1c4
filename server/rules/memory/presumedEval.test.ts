import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../../test/rules/checking.ts';

const name = 'eval-without-no-grad';

const found = (text: string, path?: string): string[] =>
  check(text, path, 'possible')
    .findings.filter((finding) => finding.rule === name && finding.message.startsWith('If '))
    .map(({ confidence, start, end }) => `${confidence} ${text.slice(start, end)}`);

const head = 'import torch\nfrom zoo import build\n\n';
const trainer = (body: string, more = ''): string => `${head}
class Trainer:
    def __init__(self, config, device):
        self.device = device
        self.model = build(config["model"])

    def evaluate(self, batches):
        ${body.replaceAll('\n', '\n        ')}
${more}`;
const pass = 'self.model.eval()\nreturn self.model(batches.to(self.device)).argmax()';

test(`${name} lists: a network out of a registry that is put into evaluation mode and called`, () => {
  assert.deepEqual(found(trainer(pass)), ['possible self.model(batches.to(self.device))']);
});

test(`${name} lists: one out of a mapping, one that a helper runs, and a method that predicts`, () => {
  const ofMapping = pass.replaceAll('self.model', 'self.nets[0]').replace('nets[0].eval', 'nets[1].eval');
  assert.equal(found(trainer(ofMapping)).length, 1);
  const helper = '\n    def _step(self, batches):\n        return self.model.predict(batches)\n';
  const called = 'self.model.eval()\nreturn self._step(batches).argmax()';
  assert.deepEqual(found(trainer(called, helper)), ['possible self._step(batches)']);
  assert.deepEqual(found(trainer(called, helper.replace('    def', '    @torch.no_grad()\n    def'))), []);
});

test(`${name} does not list: gradients that somebody switches off, or wants`, () => {
  for (const body of [
    `with torch.no_grad():\n    ${pass.replaceAll('\n', '\n    ')}`,
    pass.replace('.argmax()', ''),
    `torch.set_grad_enabled(False)\n${pass}`,
    pass.replace('return ', 'loss = ').replace('argmax()', 'sum()\nloss.backward()'),
    pass.replace('self.model(batches.to(self.device))', 'self.model.generate(batches)'),
    pass.replace('self.model(batches.to(self.device))', 'self.model.state_dict()'),
  ])
    assert.deepEqual(found(trainer(body)), [], body);
  const without = '\n\ndef main(trainer):\n    with torch.no_grad():\n        trainer.evaluate([])\n';
  assert.deepEqual(found(trainer(pass, without)), []);
  assert.equal(found(trainer(pass, without.replace('evaluate', 'restore'))).length, 1);
});

test(`${name} lists: what a network gives, where only numbers of it are read on the host`, () => {
  const query = (use: string): string =>
    `${head}\nclass Service:\n    def __init__(self, model, device):\n        self.model = model\n        self.device = device\n\n    def query(self, text):\n        ${use}\n`;
  const given = 'x = self.model(text.to(self.device))\n        ';
  assert.equal(found(query('return self.model(text.to(self.device)).detach().cpu().numpy()')).length, 1);
  assert.equal(found(query(`${given}x /= x.norm()\n        return x.cpu().detach().numpy()`)).length, 1);
  assert.deepEqual(found(query(`${given}print(x.detach().cpu().numpy())\n        return x`)), []);
  assert.deepEqual(found(query(`${given}return x.cpu().numpy()`)), []);
  assert.deepEqual(found(query('return self.scale(text.to(self.device)).detach().cpu().numpy()')), []);
});

test(`${name} does not list: one pass of a whole program, tests, and what speaks of no device`, () => {
  const main = (body: string): string =>
    `${head}\ndef main(device, images):\n    scorer = build("a").to(device)\n    scorer.eval()\n    ${body}\n`;
  assert.deepEqual(found(main('print(scorer(images))')), []);
  assert.equal(found(main('print(scorer(images))').replace('main', 'scores')).length, 1);
  assert.deepEqual(found(trainer(pass), '/project/tests/test_trainer.py'), []);
  assert.deepEqual(found(trainer(pass).replaceAll('device', 'place')), []);
});
