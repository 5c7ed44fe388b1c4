import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'graph-retained-accumulation';
const { reports, silent, unsure } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  'a running loss': 'total += loss',
  'a weighted loss': 'total += loss * x.size(0)',
  'written out': 'total = total + loss',
  'a list of losses': 'losses.append(loss)',
  'a copy on the host keeps the graph': 'losses.append(loss.cpu())',
  'part of the loss': 'part = criterion(out, y)\ntotal += part',
  'a list of outputs': 'losses.append(out)',
  'under another name': 'value = loss / 2\ntotal += value',
  'put into a list without gradients': 'with torch.no_grad():\n    losses.append(loss)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

/** A loop that evaluates: nothing goes backward. */
function evaluation(
  step: string,
  parts: { decorator?: string; setup?: string; around?: string } = {},
): string {
  return `import torch
from torch import nn

${parts.decorator === undefined ? '' : `${parts.decorator}\n`}def validate(model, loader, criterion):
    model.eval()
    total = 0.0
    outputs = []
    for x, y in loader:
        out = model(x.cuda())
        loss = criterion(out, y.cuda())
        ${step.replaceAll('\n', '\n        ')}
    return total, outputs


def main(data):
    model = nn.Linear(8, 2).cuda()
    ${parts.setup ?? 'pass'}
    ${parts.around ?? 'print(validate(model, torch.utils.data.DataLoader(data), nn.CrossEntropyLoss()))'}


main([])
`;
}

test(`${name} reports: an evaluation loop, as an error`, () => {
  for (const step of ['total += loss', 'outputs.append(out)', 'total += loss * len(x)']) {
    reports(evaluation(step));
    assert.equal(check(evaluation(step)).findings.find((f) => f.rule === name)?.severity, 'error');
  }
  assert.equal(check(script('total += loss')).findings.find((f) => f.rule === name)?.severity, 'warning');
});

test(`${name} reports: an attribute that a hook of Lightning fills`, () => {
  reports(`import torch
import lightning as L

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.losses = []

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = torch.nn.functional.cross_entropy(self.layer(x), y)
        self.losses.append(loss)
        return loss
`);
});

const nevers: Readonly<Record<string, string>> = {
  detached: 'total += loss.detach()',
  data: 'total += loss.data',
  item: 'total += loss.item()',
  'float()': 'total += float(loss)',
  'an array': 'losses.append(loss.detach().cpu().numpy())',
  'detached under a name': 'value = loss.detach()\ntotal += value\nlosses.append(value)',
  argmax: 'losses.append(out.argmax(1))',
  'a comparison': 'total += (out.argmax(1) == y).sum()',
  'a sum without gradients': 'with torch.no_grad():\n    total += loss',
  'computed without gradients':
    'with torch.no_grad():\n    score = criterion(model(x), y)\nlosses.append(score)',
  'a sum of this step':
    'part = 0.0\nfor k in (1, 2):\n    part += criterion(out, y) * k\nprint(part.detach())',
  'a list of this step': 'parts = []\nparts.append(loss)\nprint(len(parts))',
  'a list that is emptied': 'losses.append(loss)\nlosses.clear()',
  'backward through the sum': 'total += criterion(model(x), y)\ntotal.backward()',
  'backward through what the list becomes':
    'losses.append(criterion(model(x), y))\nwhole = torch.stack(losses).sum()\nwhole.backward()',
  'modulo guard': 'if step % 100 == 0:\n    losses.append(loss)',
  'debug switch': 'if args.debug:\n    losses.append(loss)',
  'a graph kept on purpose': 'criterion(model(x), y).backward(retain_graph=True)\ntotal += loss',
  'a value that is not ours': 'total += args.weight\nlosses.append(args.value)',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: backward after the loop, at the end or at a caller`, () => {
  silent(script('losses.append(criterion(model(x), y))', { after: 'torch.stack(losses).mean().backward()' }));
  silent(
    evaluation('total += loss', {
      around:
        'loss, _ = validate(model, torch.utils.data.DataLoader(data), nn.CrossEntropyLoss())\n    loss.backward()',
    }),
  );
});

test(`${name} stays silent: evaluation without gradients, frozen parameters, callers that switch off`, () => {
  silent(evaluation('total += loss', { decorator: '@torch.no_grad()' }));
  silent(evaluation('total += loss', { setup: 'model.requires_grad_(False)' }));
  silent(
    evaluation('total += loss', {
      around:
        'with torch.no_grad():\n        validate(model, torch.utils.data.DataLoader(data), nn.CrossEntropyLoss())',
    }),
  );
});

test(`${name} stays silent: tests, benchmarks, tutorials, programs without CUDA`, () => {
  const text = script('total += loss');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(script('total += loss', { device: '"cpu"' }));
});

test(`${name} fix: detaches, and is safe`, () => {
  assert.match(fixed(script('total += loss'), name), /\n {8}total \+= loss\.detach\(\)\n/);
  assert.match(fixed(script('total += loss * 2'), name), /\n {8}total \+= \(loss \* 2\)\.detach\(\)\n/);
  assert.match(fixed(script('losses.append(loss)'), name), /\n {8}losses\.append\(loss\.detach\(\)\)\n/);
  const finding = check(script('total += loss')).findings.find((f) => f.rule === name);
  assert.equal(finding?.fixes[0]?.safety, 'safe');
});

test(`${name} fix: no new wait, and none where the value may be more than a tensor`, () => {
  assert.ok(!fixed(script('total += loss'), name).includes('.item()'));
  const text = evaluation('outputs.append(out)').replace(
    'model = nn.Linear(8, 2).cuda()',
    'model = build().cuda()',
  );
  for (const finding of check(text).findings.filter((f) => f.rule === name))
    assert.deepEqual(finding.fixes, []);
});

test(`${name} is unsure: a training loop of few turns, or one that nothing brings to a GPU`, () => {
  const turning = (turns: number): string =>
    script('total += loss', { before: 'x, y = args.data', loop: `step in range(${turns})` });
  unsure(turning(50));
  reports(turning(5000));
  const text = script('total += loss');
  const move = 'x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)\n        out';
  assert.ok(text.includes(move));
  unsure(text.replace(move, 'out'));
});
