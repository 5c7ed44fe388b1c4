import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, lineOf, reported } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'sync-per-element-loop';
const { reports, silent } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  'rows of a tensor': 'for p in out.argmax(1):\n    losses.append(p.item())',
  'int() of a row': 'preds = out.argmax(1)\nfor p in preds:\n    losses.append(int(p))',
  'a counted element': 'preds = out.argmax(1)\nfor i in range(len(y)):\n    losses.append(preds[i].item())',
  'two indices':
    'for i in range(len(y)):\n    for j in range(x.shape[1]):\n        losses.append(out[i, j].item())',
  'index upon index':
    'for i in range(len(y)):\n    for j in range(x.shape[1]):\n        losses.append(out[i][j].item())',
  'a comprehension': 'preds = out.argmax(1)\nlosses += [p.item() for p in preds]',
  'a counted comprehension': 'preds = out.argmax(1)\nlosses += [preds[i].item() for i in range(len(y))]',
  zip: 'for p, t in zip(out.argmax(1), args.names):\n    losses.append((p.item(), t))',
  enumerate: 'for i, p in enumerate(out.argmax(1)):\n    losses.append((i, p.item()))',
  'a list of device scalars':
    'parts = [loss * k for k in range(9)]\nfor part in parts:\n    losses.append(part.item())',
  'rows copied one by one': 'for row in out:\n    losses.append(row.cpu().numpy())',
  'compared with what a library has on the device':
    'table = args.scheduler.timesteps.to(device)\nlosses += [(table == t).nonzero().item() for t in args.steps.to(device)]',
  'computed of each element':
    'table = torch.arange(9, device=device)\nlosses += [(table == t).nonzero().item() for t in y]',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports each loop once, with its places, and sync-scalar-in-step leaves them alone`, () => {
  const text = script(
    'preds = out.argmax(1)\nfor i in range(len(y)):\n    losses.append(preds[i].item())\n    losses.append(y[i].item())',
  );
  const { findings } = check(text);
  assert.deepEqual(
    findings.map((f) => [f.rule, lineOf(text, f.start), ...f.related.map((r) => lineOf(text, r.start))]),
    [[name, 23, 24]],
  );
  for (const step of Object.values(triggers))
    assert.ok(!reported(script(step)).some((r) => r.endsWith('sync-scalar-in-step')), step);
});

test(`${name} leaves the losses of micro-batches to sync-scalar-in-step`, () => {
  const text = script(
    'for part in x.split(8):\n    small = model(part).mean()\n    small.backward()\n    total += small.item()',
  );
  assert.deepEqual(
    check(text).findings.map((f) => [f.rule, lineOf(text, f.start)]),
    [['sync-scalar-in-step', 24]],
  );
});

test(`${name} reports: an evaluation loop, and a function that it calls`, () => {
  reports(`import torch

def names(preds, table):
    return [table[p.item()] for p in preds]

@torch.no_grad()
def evaluate(data, table):
    model = torch.nn.Linear(8, 2).cuda().eval()
    for x in torch.utils.data.DataLoader(data):
        print(names(model(x.cuda()).argmax(1), table))

evaluate([], [])
`);
});

const nevers: Readonly<Record<string, string>> = {
  'moved to the CPU before': 'preds = out.argmax(1).cpu()\nfor p in preds:\n    losses.append(p.item())',
  'one tolist before': 'preds = out.argmax(1).tolist()\nfor p in preds:\n    losses.append(int(p))',
  'one tolist as the iterable': 'for p in out.argmax(1).tolist():\n    losses.append(args.decode(p))',
  'one copy as the iterable': 'for row in out.cpu():\n    losses.append(row.tolist())',
  'on the host on some way, and nowhere surely on the GPU':
    'sizes = torch.tensor(args.sizes)\nif args.move:\n    sizes = sizes.to(args.device)\nfor size in sizes:\n    losses.append(size.item())',
  'NumPy array':
    'preds = out.argmax(1).cpu().numpy()\nfor i in range(len(y)):\n    losses.append(preds[i].item())',
  'at most four turns': 'for i in range(4):\n    losses.append(out[0, i].item())',
  'at most four parts': 'for part in (loss, loss * 2):\n    losses.append(part.item())',
  'a forward pass for each part': 'for part in x.split(8):\n    losses.append(model(part).mean().item())',
  'the loss of each part':
    'for part in x.split(8):\n    small = model(part).mean()\n    small.backward()\n    losses.append(small.item())',
  'what a function of the project makes of each':
    'for p in out:\n    found = args.search(p)\n    losses.append(found.item())',
  'parameters of a model': 'for p in model.parameters():\n    losses.append(p.grad.norm().item())',
  'parameters in a list of another name':
    'masters = [w.to(device) for w in args.ws]\nfor p in masters:\n    losses.append(p.norm().item())\n    p.grad = None',
  'parameters by the name of their list':
    'master_params = [w.to(device) for w in args.ws]\nfor p in master_params:\n    losses.append(p.norm().item())',
  'named parameters': 'for name, p in model.named_parameters():\n    losses.append(p.grad.norm().item())',
  'a tensor that changes in the loop':
    'preds = out.argmax(1)\nfor i in range(len(y)):\n    preds[i] = preds[i - 1] + 1\n    losses.append(preds[i].item())',
  'a tensor made in the loop':
    'for i in range(len(y)):\n    part = out[i].softmax(0)\n    losses.append(part.max())',
  'until a few are kept': 'if len(losses) < 8:\n    for p in out.argmax(1):\n        losses.append(p.item())',
  'modulo guard': 'if step % 10 == 0:\n    for p in out.argmax(1):\n        losses.append(p.item())',
  'debug switch': 'if args.debug:\n    for p in out.argmax(1):\n        losses.append(p.item())',
  'error handler': 'try:\n    pass\nexcept RuntimeError:\n    print([p.item() for p in out])',
  'a dict of few losses': 'for key, part in {"a": loss, "b": loss}.items():\n    print(key, part.item())',
  'items of something else': 'for thing in args.things:\n    losses.append(thing.item())',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: outside any step, tests, benchmarks, tutorials, programs without CUDA`, () => {
  silent(script('pass', { after: 'for p in out.argmax(1):\n    losses.append(p.item())' }));
  const text = script('for p in out.argmax(1):\n    losses.append(p.item())');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(text.replace('torch.device("cuda")', 'torch.device("cpu")'));
});

const fixes: readonly (readonly [string, string, RegExp])[] = [
  [
    'rows become numbers',
    'for p in out.argmax(1):\n    losses.append(p.item())',
    /for p in out\.argmax\(1\)\.tolist\(\):\n {12}losses\.append\(p\)\n/,
  ],
  [
    'int() stays, enumerate stays',
    'for i, p in enumerate(out.argmax(1)):\n    losses.append(int(p) + i)',
    /for i, p in enumerate\(out\.argmax\(1\)\.tolist\(\)\):\n {12}losses\.append\(int\(p\) \+ i\)\n/,
  ],
  [
    'a counted element comes from a list above the loop',
    'preds = out.argmax(1)\nfor i in range(len(y)):\n    losses.append(preds[i].item())',
    /\n {8}preds_list = preds\.tolist\(\)\n {8}for i in range\(len\(y\)\):\n {12}losses\.append\(preds_list\[i\]\)\n/,
  ],
  [
    'two indices select twice',
    'for i in range(len(y)):\n    losses.append(out[i, 0].item())',
    /out_list = out\.tolist\(\)[\s\S]*losses\.append\(out_list\[i\]\[0\]\)/,
  ],
  [
    'a comprehension',
    'preds = out.argmax(1)\nlosses += [p.item() for p in preds if step > 3]',
    /losses \+= \[p for p in preds\.tolist\(\) if step > 3\]/,
  ],
  [
    'a list of device scalars is stacked',
    'parts = [loss * k for k in range(9)]\nfor part in parts:\n    losses.append(part.item())',
    /for part in torch\.stack\(parts\)\.tolist\(\):\n {12}losses\.append\(part\)/,
  ],
  [
    'rows come in one copy',
    'for row in out:\n    losses.append(row.cpu().numpy())',
    /for row in out\.cpu\(\):\n {12}losses\.append\(row\.numpy\(\)\)/,
  ],
];
for (const [what, step, expected] of fixes)
  test(`${name} fix: ${what}`, () => assert.match(fixed(script(step), name), expected));

test(`${name}: no fix where the element is used on the GPU too, or something is computed of it`, () => {
  for (const step of [
    'for p in out.argmax(1):\n    losses.append(p.item() + (p * 2).sum())',
    'table = torch.arange(9, device=device)\nlosses += [(table == t).nonzero().item() for t in y]',
  ])
    assert.deepEqual(check(script(step)).findings.find((f) => f.rule === name)?.fixes, [], step);
});
