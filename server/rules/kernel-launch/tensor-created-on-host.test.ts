import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'tensor-created-on-host';
const { reports, silent, unsure } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  zeros: 'z = torch.zeros(8, 2).to(device)',
  'cuda()': 'z = torch.full((8,), 3.0).cuda()',
  'the device of another tensor': 'z = torch.arange(8).to(x.device)',
  'a keyword': 'z = torch.eye(8).to(device=device, non_blocking=True)',
  'a shape in between': 'z = torch.ones(8).view(-1, 1).float().to(device)',
  'arithmetic with numbers': 'z = (2 * torch.arange(8)[None, :] + 1).to(x.device)',
  'filled in place': 'z = torch.empty(8).fill_(0.5).to(device)',
  'random numbers in place': 'z = torch.empty(8).normal_(0, 1).to(device)',
  'random numbers': 'z = torch.rand(x.size(0)).to(device)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: in a function that the step calls`, () => {
  reports(
    script('loss_of(out)', {
      head: 'def loss_of(out):\n    return out * torch.ones(8, 2).to(out.device)\n',
    }),
  );
});

const nevers: Readonly<Record<string, string>> = {
  'made on the device': 'z = torch.zeros(8, 2, device=device)',
  'a copy to the host': 'z = torch.zeros(8, 2).to("cpu")',
  'a dtype only': 'z = torch.zeros(8, 2).to(torch.float16)',
  'device and dtype': 'z = torch.zeros(8, 2).to(device, torch.float16)',
  'a generator': 'z = torch.randn(8, generator=args.generator).to(device)',
  'settings that cannot be seen': 'z = torch.zeros(8, **args.settings).to(device)',
  'numbers of the host': 'z = torch.tensor([1.0, 2.0]).to(device)',
  'like another': 'z = torch.zeros_like(x).to(device)',
  'arithmetic with another tensor of the host': 'z = (torch.arange(8) + offsets).to(device)',
  'like another tensor, dtype and all': 'z = torch.zeros(8).to(x)',
  'a power': 'z = (torch.arange(8) ** 0.5).to(device)',
  'some of its elements': 'z = torch.arange(8)[picked].to(device)',
  'filled from elsewhere': 'z = torch.empty(8).fill_(offset).to(device)',
  'now and then': 'if step % 100 == 0:\n    z = torch.zeros(8).to(device)',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: before the loop, with a default device, in tests and tutorials, without CUDA`, () => {
  const step = 'z = torch.zeros(8).to(device)';
  silent(script('pass', { before: step }));
  silent(script(step, { before: 'torch.set_default_device("cuda")' }));
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(script(step), `/project/${path}`);
  silent(script(step, { device: '"cpu"' }));
});

test(`${name} fix: the device goes into the call; safe where the numbers are known`, () => {
  const after = fixed(
    script('z = torch.ones(8, dtype=torch.long).unsqueeze(0).to(device, non_blocking=True)'),
    name,
  );
  assert.match(after, /z = torch\.ones\(8, dtype=torch\.long, device=device\)\.unsqueeze\(0\)\n/);
  assert.match(fixed(script('z = torch.zeros(8).cuda()'), name), /z = torch\.zeros\(8, device="cuda"\)\n/);
  assert.match(
    fixed(script('z = (torch.zeros(8)).to(device)'), name),
    /z = \(torch\.zeros\(8, device=device\)\)\n/,
  );
  const safety = (step: string): string | undefined =>
    check(script(step)).findings.find((f) => f.rule === name)?.fixes[0]?.safety;
  assert.equal(safety('z = torch.zeros(8).cuda()'), 'safe');
  assert.equal(safety('z = torch.randn(8).cuda()'), 'suggestion');
});

test(`${name} reports: in a module, whichever way its settings choose`, () => {
  const text = (made: string): string => `import torch
from torch import nn


class Positions(nn.Module):
    def forward(self, ids, past: int = 0):
        if self.fast:
            return ids
        ${made}
        return places + ids
`;
  reports(text('places = (torch.arange(ids.shape[1]) + past).to(ids.device)'));
  silent(text('places = torch.arange(ids.shape[1], device=ids.device) + past'));
});

const doubted: Readonly<Record<string, string>> = {
  'behind a setting': 'if args.smooth:\n    z = torch.ones(8).to(device)',
  'a handful of numbers': 'z = torch.zeros([1, 2]).to(device)',
  'filled by a loop': 'z = torch.zeros(8, 2).to(device)\nfor i in range(8):\n    z[i] = 1',
  'elements are picked by masks in a loop beside it':
    'z = torch.zeros(8, 2).to(device)\nfor i in range(8):\n    out = out[out > i]',
  'samples are gone through beside it': 'z = torch.zeros(8, 2).to(device)\nfor row in y:\n    log(row)',
};
for (const [what, step] of Object.entries(doubted))
  test(`${name} is unsure: ${what}`, () => unsure(script(step)));

test(`${name} reports: a loop that does not fill it, over what are no samples`, () =>
  reports(script('z = torch.zeros(8, 2).to(device)\nfor i in range(8):\n    z = z + 1')));

test(`${name} is unsure: once for a sequence that is then made part by part, or before its first part`, () => {
  const made = (named: string, test: string): string =>
    script(`${named}(model, x, None)`, {
      head: `def ${named}(model, x, past):
    if ${test}:
        state = torch.zeros(x.size(0), 64).cuda()
    for i in range(x.size(1)):
        state = model(state)
    return state
`,
    });
  unsure(made('generate', 'state is None'));
  unsure(made('unroll', 'past_key_values is None'));
  reports(made('unroll', 'state is None'));
});

test(`${name} only lists what a function fills that nobody in sight calls, once for all of it`, () => {
  const fn = (body: string, head = 'def padded(self, x, device)'): string =>
    `import torch\n\n\nclass Batches:\n    ${head}:\n${body.replace(/^/gm, '        ')}\n        return rows\n`;
  unsure(fn('rows = torch.zeros(len(x), 8).to(x.device)'));
  unsure(fn('where = x.device\nrows = torch.arange(len(x)).to(where)\nmore = torch.ones(len(x)).to(where)'));
  unsure(fn('rows = torch.rand(len(x)).to(x.rows.device)'));
  // Whose device it is says nothing of tensors, it may run once, or it is next to nothing.
  silent(fn('rows = torch.zeros(len(x), 8).to(device)'));
  silent(fn('rows = torch.zeros(len(x), 8).to(self.device)'));
  silent(fn('rows = torch.zeros(len(x), 8).to(x.device)', 'def load_rows(self, x)'));
  silent(fn('rows = torch.zeros(1).to(x.device)'));
});
