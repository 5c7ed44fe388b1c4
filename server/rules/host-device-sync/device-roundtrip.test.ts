import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, lineOf } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'device-roundtrip';
const { reports, silent } = cases(name);
const head = 'import numpy as np';

const triggers: Readonly<Record<string, string>> = {
  'there and back': 'args.use(torch.from_numpy(x.cpu().numpy()).cuda())',
  'to("cpu") and to(device)': 'args.use(x.to("cpu").to(device))',
  'torch.tensor on the device': 'args.use(torch.tensor(out.detach().cpu().numpy(), device=device))',
  'a NumPy function between': 'args.use(torch.from_numpy(np.clip(x.cpu().numpy(), 0, 1)).to(device))',
  'arithmetic between': 'args.use(torch.from_numpy((x.cpu().numpy() - 0.5) / 0.2).to(device))',
  'through names':
    'host = x.cpu().numpy()\nscaled = np.sqrt(host * 2.0)\nback = torch.from_numpy(scaled).float().to(device)\nargs.use(back)',
  'the tensor on the host': 'args.use(x.cpu().clamp(0, 1).cuda())',
  'a setting in front': 'if args.scale:\n    args.use(torch.from_numpy(x.cpu().numpy()).cuda())',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { head })));

test(`${name} reports the way out and lists the way back`, () => {
  const text = script('host = x.cpu().numpy()\nargs.use(torch.from_numpy(host).cuda())');
  const found = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    found.map((f) => [lineOf(text, f.start), ...f.related.map((r) => lineOf(text, r.start))]),
    [[21, 22]],
  );
});

const nevers: Readonly<Record<string, string>> = {
  SciPy: 'from scipy import ndimage\nargs.use(torch.from_numpy(ndimage.zoom(x.cpu().numpy(), 2)).cuda())',
  OpenCV: 'import cv2\nargs.use(torch.from_numpy(cv2.blur(x.cpu().numpy(), (3, 3))).cuda())',
  'an assignment problem':
    'from scipy.optimize import linear_sum_assignment\nrows, _ = linear_sum_assignment(out.detach().cpu().numpy())\nargs.use(torch.as_tensor(rows).cuda())',
  'a tokenizer': 'args.use(args.tokenizer(args.decode(x.cpu())).to(device))',
  'a function that we do not see': 'args.use(torch.from_numpy(args.warp(x.cpu().numpy())).cuda())',
  'host data of another origin': 'args.use(torch.from_numpy(x.cpu().numpy() + args.table).cuda())',
  'filled by the host':
    'host = x.cpu().numpy()\nhost[0] = args.value\nargs.use(torch.from_numpy(host).cuda())',
  'through a queue': 'args.queue.put(x.cpu())\nargs.use(args.queue.get().cuda())',
  'only the way out': 'losses.append(x.cpu().numpy())',
  'only the way in': 'args.use(torch.from_numpy(np.ones(3)).cuda())',
  'another type, not another device': 'args.use(x.to(torch.float16))',
  'modulo guard': 'if step % 10 == 0:\n    args.use(torch.from_numpy(x.cpu().numpy()).cuda())',
  'debug switch': 'if args.debug:\n    args.use(torch.from_numpy(x.cpu().numpy()).cuda())',
  'error handler':
    'try:\n    pass\nexcept RuntimeError:\n    args.use(torch.from_numpy(x.cpu().numpy()).cuda())',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { head })));

test(`${name} stays silent: outside any step, tests, benchmarks, tutorials, programs without CUDA`, () => {
  silent(script('pass', { after: 'args.use(torch.from_numpy(out.detach().cpu().numpy()).cuda())' }));
  const text = script('args.use(torch.from_numpy(x.cpu().numpy()).to(device))');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(text.replace('torch.device("cuda")', 'torch.device("cpu")'));
});

test(`${name} fix: the tensor takes the place of both copies`, () => {
  assert.match(
    fixed(script('args.use(torch.from_numpy(x.cpu().numpy()).cuda())'), name),
    /args\.use\(x\.detach\(\)\.clone\(\)\)/,
  );
  assert.match(
    fixed(script('args.use(torch.tensor(out.detach().cpu().numpy(), device=device))'), name),
    /args\.use\(out\.detach\(\)\.clone\(\)\)/,
  );
});

test(`${name}: no fix where something is computed between, or the type changes`, () => {
  for (const step of [
    'args.use(torch.from_numpy(np.clip(x.cpu().numpy(), 0, 1)).to(device))',
    'args.use(torch.tensor(x.cpu().numpy(), dtype=torch.float16, device=device))',
    'host = x.cpu().numpy()\nargs.use(torch.from_numpy(host).cuda())',
  ])
    assert.deepEqual(check(script(step, { head })).findings.find((f) => f.rule === name)?.fixes, [], step);
});
