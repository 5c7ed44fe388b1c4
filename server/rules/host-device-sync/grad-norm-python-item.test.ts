import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'grad-norm-python-item';
const { reports, silent } = cases(name);
const loop = (body: string, over = 'p in model.parameters()'): string =>
  `norm = 0.0\nfor ${over}:\n    ${body}\nargs.log(norm)`;

const triggers: Readonly<Record<string, string>> = {
  'a sum of norms': loop('norm += p.grad.norm(2).item() ** 2'),
  'data of the gradient': loop('norm += p.grad.data.norm(2).item() ** 2'),
  'a condition in between': loop('if p.grad is not None:\n        norm += p.grad.norm().item()'),
  'with names': loop('args.log(n, p.norm().item())', 'n, p in model.named_parameters()'),
  'a float': loop('norm += float(p.grad.norm())'),
  sifted: loop('norm += p.grad.norm().item()', 'p in filter(lambda q: q.requires_grad, model.parameters())'),
  'a list of them': 'norms = [p.grad.norm().item() for p in model.parameters()]',
  'a list by that name':
    'params = [p for p in model.parameters() if p.requires_grad]\nnorms = [p.grad.norm().item() for p in params]',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: in a function that the step calls, all reads of the loop as one`, () => {
  const text = script('norms(model)', {
    head: 'def norms(model):\n    out = []\n    for p in model.parameters():\n        out.append((p.norm().item(), p.grad.norm().item()))\n    return out\n',
  });
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    findings.map((f) => f.related.length),
    [1],
  );
});

const optimizer = (body: string, over = 'group["params"]'): string => `import torch


class Scaled(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in ${over}:
                if p.grad is None or p.grad.is_sparse:
                    continue
                norm = p.norm()
                ${body}
`;

test(`${name} reports: a number of each parameter in an optimizer, read or tested`, () => {
  reports(optimizer('p.mul_(1 - group["lr"] * norm.item())'));
  reports(optimizer('ratio = 1.0 if norm.item() == 0 else 0.5'));
  reports(optimizer('if norm > 0 and group["lr"] > 0:\n                    p.add_(p.grad, alpha=-0.1)'));
});

test(`${name} stays silent: an optimizer that keeps its numbers on the GPU, or goes over something else`, () => {
  silent(optimizer('p.mul_(torch.where(norm > 0, norm, torch.ones_like(norm)))'));
  silent(optimizer('if group["lr"] > 0:\n                    p.add_(p.grad, alpha=-group["lr"])'));
  silent(optimizer('if self.state[p]["step"] > 10:\n                    p.zero_()'));
});

const nevers: Readonly<Record<string, string>> = {
  'now and then': `if step % 100 == 0:\n    norms = [p.grad.norm().item() for p in model.parameters()]`,
  debug: `if args.debug:\n    norms = [p.grad.norm().item() for p in model.parameters()]`,
  'one read at the end': 'norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm().item()',
  'nothing is read': loop('p.grad.clamp_(-1, 1)'),
  sizes: loop('norm += p.numel()'),
  'whole gradients, for a plot':
    'rows = {n: p.grad.view(-1).cpu().numpy() for n, p in model.named_parameters()}',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: before the loop, on the host, in tests, benchmarks, tutorials`, () => {
  const step = loop('norm += p.grad.norm().item()');
  silent(script('pass', { before: step }));
  silent(script(step, { device: '"cpu"' }));
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script(step), `/project/${path}`);
});

test(`${name} fix: the sum stays on the GPU; none where each number is wanted`, () => {
  assert.match(
    fixed(script(loop('norm += p.grad.norm(2).item() ** 2')), name),
    /norm \+= p\.grad\.norm\(2\) \*\* 2\n/,
  );
  assert.match(
    fixed(script(loop('norm += (p.grad.norm() ** 2).item()')), name),
    /norm \+= \(p\.grad\.norm\(\) \*\* 2\)\n/,
  );
  const list = check(script('norms = [p.grad.norm().item() for p in model.parameters()]')).findings;
  assert.deepEqual(list.find((f) => f.rule === name)?.fixes, []);
});
