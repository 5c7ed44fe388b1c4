import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'tensor-truth-test-in-step';
const { reports, silent, unsure } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  'a limit for the loss': 'if loss > 10:\n    loss = loss * 0.1',
  'a loss that is no number': 'if torch.isnan(loss):\n    raise ValueError',
  'a mask': 'if (out > 0).any():\n    out = out.clamp(max=0)',
  'a second branch': 'if args.plain:\n    pass\nelif loss > 10:\n    loss = loss * 0.1',
  'one of two conditions': 'if args.bounded and loss > 10:\n    loss = loss * 0.1',
  negated: 'if not torch.isfinite(loss):\n    raise ValueError',
  asserted: 'assert (out >= 0).all(), "negative"',
  'in a loop over what comes in': 'for row in out:\n    if row.max() > 1:\n        row.mul_(0.5)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: in a function that the step calls, all tests of the step as one`, () => {
  const text = script('checked(out)\nif loss > 10:\n    loss = loss * 0.1', {
    head: 'def checked(out):\n    if out.max() > 1:\n        out.mul_(0.5)\n    assert (out >= 0).all()\n',
  });
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    findings.map((f) => f.related.length),
    [2],
  );
});

test(`${name} warns in loops, and only informs of a single test`, () => {
  const severity = (step: string): unknown =>
    check(script(step)).findings.find((f) => f.rule === name)?.severity;
  assert.equal(severity('if loss > 10:\n    loss = loss * 0.1'), 'information');
  assert.equal(severity('for row in out:\n    if row.max() > 1:\n        row.mul_(0.5)'), 'warning');
  assert.equal(severity('for i in range(3):\n    if out.max() > 1:\n        out.mul_(0.5)'), 'information');
});

test(`${name} is unsure: beside another wait of the step or the turn, beside code that is not at hand, where the step needs the answer`, () => {
  const step = 'if loss > 10:\n    loss = loss * 0.1';
  unsure(script(`args.log(loss.item())\n${step}`));
  unsure(script(`torch.cuda.synchronize()\n${step}`));
  unsure(script(`args.watch(out)\n${step}`));
  unsure(script('while (out > 1).any():\n    out = out * 0.5'));
  unsure(script('for i in range(50):\n    out = out * 0.5\n    if out.max() < 1:\n        break'));
  unsure(script('for row in out:\n    if row.max() > 1:\n        out = model(x)'));
  unsure(
    script('for row in out:\n    args.log(row.sum().item())\n    if row.max() > 1:\n        row.mul_(0.5)'),
  );
  unsure(script(`if args.checked:\n    args.log(loss.item())\n    if loss > 10:\n        loss = loss * 0.1`));
});

const nevers: Readonly<Record<string, string>> = {
  shapes: 'if out.shape[0] > 2 and out.dim() == 2 and len(out) > 1:\n    pass',
  'a type': 'if out.dtype == torch.float32 or out.is_cuda:\n    pass',
  'is None': 'if loss is not None:\n    pass',
  'a number of elements': 'if out.numel() > 4:\n    pass',
  gradients: 'assert loss.requires_grad',
  'what it is': 'if isinstance(out, torch.Tensor) and torch.is_tensor(out):\n    pass',
  'a flag of Python': 'if args.fast and step > 3:\n    pass',
  'a tensor of the host': 'weights = torch.ones(3)\nif weights.sum() > 2:\n    pass',
  'now and then': 'if step % 100 == 0:\n    assert (out >= 0).all()',
  'now and then, in the same condition': 'if step % 100 == 0 and loss > 10:\n    raise ValueError',
  'behind another test': 'if step % 100:\n    pass\nelif loss > 10:\n    loss = loss * 0.1',
  'unless it is time': 'if step % 100 or loss > 10:\n    pass',
  'the first step': 'if step == 0:\n    assert (out >= 0).all()',
  debug: 'if args.debug:\n    assert (out >= 0).all()',
  'a debugging Python': 'if __debug__:\n    assert (out >= 0).all()',
  'a read that says so':
    'if loss.item() > 10:\n    pass\nif float(loss) > 10:\n    pass\nif bool(loss > 10):\n    pass',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: in compiled functions and networks`, () => {
  const bounded = (decorator: string): string =>
    `${decorator}\ndef bounded(out):\n    if out.max() > 1:\n        out = out * 0.5\n    return out\n`;
  reports(script('bounded(out)', { head: bounded('') }));
  for (const decorator of ['@torch.compile', '@torch.compile(dynamic=True)', '@torch.jit.script'])
    silent(script('bounded(out)', { head: bounded(decorator) }));
  silent(script('faster(out)', { head: `${bounded('')}\nfaster = torch.compile(bounded)\n` }));
  const net = (compiled: string): string => `import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        for row in x:
            if row.max() > 1:
                row.mul_(0.5)
        return x


net = Net().cuda()
${compiled}
for x in torch.utils.data.DataLoader([], num_workers=2, pin_memory=True):
    net(x.cuda(non_blocking=True)).sum().backward()
`;
  reports(net(''));
  silent(net('net = torch.compile(net)'));
  silent(net('net.compile()'));
});

test(`${name} stays silent: an optimizer's parameters, before the loop, tests, benchmarks, tutorials, on the host`, () => {
  silent(`import torch


class Scaled(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.norm() > 0:
                    p.add_(p.grad, alpha=-0.1)
`);
  const step = 'for row in out:\n    if row.max() > 1:\n        row.mul_(0.5)';
  silent(script('pass', { before: 'if torch.ones(3, device=device).sum() > 2:\n    pass' }));
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script(step), `/project/${path}`);
  silent(script(step, { device: '"cpu"' }));
});

test(`${name} fix: an assert that does not wait`, () => {
  assert.match(
    fixed(script('assert (out >= 0).all(), "negative"'), name),
    /\n {8}torch\._assert_async\(\(out >= 0\)\.all\(\)\)\n/,
  );
});

test(`${name} fix: a choice of the GPU, between two values or between one and what was there`, () => {
  assert.match(
    fixed(script('if loss > 10:\n    loss = loss * 0.1'), name),
    /\n {8}loss = torch\.where\(loss > 10, loss \* 0\.1, loss\)\n/,
  );
  assert.match(
    fixed(script('if loss > 10:\n    z = loss * 0.1\nelse:\n    z = loss + 1'), name),
    /\n {8}z = torch\.where\(loss > 10, loss \* 0\.1, loss \+ 1\)\n/,
  );
});

test(`${name} fix: none where the step goes another way, or where one of several tests would stay`, () => {
  const fixes = (step: string): unknown => check(script(step)).findings.find((f) => f.rule === name)?.fixes;
  assert.deepEqual(fixes('if torch.isnan(loss):\n    raise ValueError'), []);
  assert.deepEqual(fixes('if loss > 10:\n    z = loss * 0.1'), []);
  assert.deepEqual(fixes('if loss > 10:\n    loss = 3.0'), []);
  assert.deepEqual(fixes('if loss > 10:\n    loss = loss * 0.1\nif loss < 0:\n    raise ValueError'), []);
  assert.deepEqual(fixes('if args.fast and loss > 10:\n    loss = loss * 0.1'), []);
});
