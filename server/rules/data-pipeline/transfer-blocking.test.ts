import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases } from '../../../test/rules/trainingScript.ts';

const name = 'transfer-blocking';
const { reports, silent, unsure } = cases(name);

/** A training loop whose step begins with these lines; the loader is pinned unless said otherwise. */
const training = (step: string, settings = ', pin_memory=True'): string => `import torch
from torch.utils.data import DataLoader

def train(model, dataset, args):
    device = torch.device("cuda")
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in DataLoader(dataset, batch_size=8${settings}):
        ${step}
        loss = model(x).mean() + y.sum()
        loss.backward()
        optimizer.step()
`;

const triggers: Readonly<Record<string, string>> = {
  'to a device': 'x = x.to(device)',
  'cuda()': 'x = x.cuda()',
  'both at once': 'x, y = x.to(device), y.to(device)',
  'a keyword': 'x = x.to(device=device)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(training(step)));

const nevers: Readonly<Record<string, string>> = {
  'the flag is there': 'x = x.to(device, non_blocking=True)',
  'the flag is there, by position': 'x = x.cuda(0, True)',
  'the flag is there, as it was called before Python 3.7': 'x = x.cuda(async=True)',
  'a dtype only': 'x = x.to(torch.float16)',
  'another device': 'x = x.to("cpu")',
  'made into something else before': 'x = args.augment(x)\n        x = x.to(device)',
  'settings that cannot be seen': 'x = x.to(device, **args.settings)',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(training(step)));

test(`${name} stays silent: where the memory is not certainly pinned`, () => {
  for (const settings of ['', ', pin_memory=False', ', pin_memory=args.pin', ', **args.settings'])
    silent(training('x = x.to(device)', settings));
});

test(`${name} stays silent: tests, benchmarks, tutorials, programs without CUDA`, () => {
  const text = training('x = x.to(device)');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(text.replace('"cuda"', '"mps"'));
});

test(`${name} fix: every move of the batch gets the flag`, () => {
  const after = fixed(training('x, y = x.to(device), y.cuda()'), name);
  assert.match(after, /x, y = x\.to\(device, non_blocking=True\), y\.cuda\(non_blocking=True\)\n/);
  const fix = check(training('x = x.cuda()')).findings.find((f) => f.rule === name)?.fixes[0];
  assert.equal(fix?.safety, 'safe');
});

test(`${name} is unsure: the same step waits for another copy, of what it made of the batch`, () => {
  unsure(training('z = torch.cat([x, x])\n        z = z.to(device)\n        y = y.to(device)'));
  reports(
    training('z = torch.cat([x, x])\n        z = z.to(device, non_blocking=True)\n        y = y.to(device)'),
  );
});

test(`${name} is unsure: an evaluation that copies what comes out of each batch to the host`, () => {
  const evaluation = (what: string): string => `import torch
from torch.utils.data import DataLoader

on_host = lambda v: v.cpu().numpy()
also_on_host = lambda v: v.to("cpu").numpy()

def evaluate(model, dataset, out):
    model = torch.nn.Linear(8, 2).cuda().eval()
    with torch.no_grad():
        for x in DataLoader(dataset, batch_size=8, pin_memory=True):
            found = model(x.cuda())
            out.append(${what})
`;
  unsure(evaluation('found.cpu().numpy()'));
  unsure(evaluation('found.cpu()'));
  unsure(evaluation('on_host(found)'));
  unsure(evaluation('also_on_host(found)'));
  reports(evaluation('found'));
});

test(`${name} is unsure: an attack goes backward several times for each batch`, () => {
  const attacked = (turns: string): string => training(`x, y = x.to(device), y.to(device)\n        ${turns}`);
  unsure(attacked('for _ in range(10):\n            (g,) = torch.autograd.grad(model(x).mean(), [x])'));
  unsure(attacked('for _ in range(10):\n            model(x).mean().backward()'));
  reports(attacked('for _ in range(10):\n            x = x + 1'));
  const search = (line: string): string =>
    `def search(model, x, rounds):
    delta = torch.zeros_like(x, requires_grad=True)
    optimizer = torch.optim.SGD([delta], lr=0.1)
    for _ in range(rounds):
        loss = model(x + delta).mean()
        ${line}
        optimizer.step()
    return delta
`;
  const searched = (line: string): string =>
    attacked('x = x + search(model, x, args.rounds)').replace('\ndef train', `\n${search(line)}\ndef train`);
  unsure(searched('loss.backward()'));
  reports(searched('loss = loss + 1'));
});
