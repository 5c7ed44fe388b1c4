import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, reported } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'device-to-host-copy-in-step';
const { reports, silent } = cases(name);
const head = 'import numpy as np';
const evaluation = (step: string): string =>
  script(step, { head }).replace('loss.backward()', 'pass').replace('optimizer.step()', 'pass');

const triggers: Readonly<Record<string, string>> = {
  'a list of outputs': 'losses.append(out.cpu())',
  'a list of arrays': 'losses.append(out.detach().cpu().numpy())',
  'to("cpu")': 'losses.append(out.detach().to("cpu"))',
  'extend with an array': 'losses.extend(out.argmax(1).cpu().numpy())',
  'through a name': 'host = out.detach().cpu()\nlosses.append(host)',
  'a log': 'log.log(out.detach().cpu().numpy())',
  'argmax by NumPy': 'args.use(np.argmax(out.detach().cpu().numpy(), axis=1))',
  'argmax of the copy': 'args.use(out.cpu().argmax(1))',
  'mean of the array': 'args.use(out.detach().cpu().numpy().mean())',
  'behind a rank test': 'if torch.distributed.get_rank() == 0:\n    losses.append(out.cpu())',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step, { head })));

test(`${name} reports: an evaluation that reduces on the host, for information`, () => {
  const text = evaluation('args.use(np.argmax(out.cpu().numpy(), axis=1))');
  reports(text);
  assert.equal(check(text).findings.find((f) => f.rule === name)?.severity, 'information');
});

test(`${name} reports several copies of one step once, and never what sync-scalar-in-step reports`, () => {
  const text = script(
    'print(loss.item())\nmodel(x).mean().backward()\nlosses.append(out.argmax(1).cpu())\nlog.log(x.cpu())',
  );
  const { findings } = check(text, undefined, 'possible');
  assert.deepEqual(
    findings.filter((f) => /-in-step$/.test(f.rule)).map((f) => [f.rule, f.related.length]),
    [
      ['sync-scalar-in-step', 0],
      [name, 1],
    ],
  );
  for (const step of [
    'total += (out.argmax(1) == y).cpu().sum()',
    'losses.append(loss.cpu())',
    'losses.append(loss.detach().cpu().numpy())',
  ]) {
    silent(script(step));
    assert.equal(reported(script(step)).filter((r) => r.endsWith('sync-scalar-in-step')).length, 1, step);
  }
});

const nevers: Readonly<Record<string, string>> = {
  'an environment': 'state = args.env.step(out.cpu().numpy())',
  'priorities of a buffer': 'args.buffer.update_priorities([step], out.detach().cpu().numpy())',
  'an assignment problem':
    'from scipy.optimize import linear_sum_assignment\nrows = linear_sum_assignment(out.detach().cpu().numpy())\nlosses.append(rows)',
  'code that we do not see': 'args.decode(out.cpu().numpy())',
  'the whole needed as well': 'args.use(out.cpu().numpy())\nargs.use(np.argmax(out.cpu().numpy(), axis=1))',
  'offloading by name': 'args.offloaded.append(out.cpu())',
  'a comment that speaks of memory': '# keeps GPU memory free\nlosses.append(out.cpu())',
  'a copy that does not wait': 'losses.append(out.to("cpu", non_blocking=True))',
  'what a for goes through': 'for row in out.cpu():\n    losses.append(row)',
  'one number of a copy': 'total += (out.argmax(1) == y).cpu().sum()',
  'a single number': 'losses.append(loss.cpu())',
  'after a wait that must be': 'if torch.isnan(loss):\n    continue\nlosses.append(out.cpu())',
  'modulo guard': 'if step % 10 == 0:\n    losses.append(out.cpu())',
  'debug switch': 'if args.debug:\n    losses.append(out.cpu())',
  'error handler': 'try:\n    pass\nexcept RuntimeError:\n    losses.append(out.cpu())',
  'a tensor of the CPU': 'losses.append(torch.ones(3).cpu())',
  'weights of a module': 'args.copies.append(model.cpu())',
  'whole numbers reduced after the copy': 'args.use(y.cpu().max())',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step, { head })));

test(`${name} stays silent: an evaluation that collects on the host, once per epoch`, () => {
  silent(evaluation('losses.append(out.cpu())'));
  silent(script('pass', { after: 'losses.append(out.cpu())' }));
});

test(`${name} stays silent: a data set, tests, benchmarks, tutorials, programs without CUDA`, () => {
  silent(
    script('pass', {
      head: 'class Rows(torch.utils.data.Dataset):\n    def __init__(self, rows):\n        self.rows = [row.cuda().cpu() for row in rows]\n',
    }),
  );
  const text = script('losses.append(out.cpu())');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(script('losses.append(out.cpu())', { device: '"cpu"' }));
});

test(`${name} fix: a list is copied once after the loop`, () => {
  const after = fixed(script('losses.append(out.argmax(1).cpu().numpy())'), name);
  assert.match(after, /\n {8}losses\.append\(out\.argmax\(1\)\)\n/);
  assert.match(after, /\n {4}losses\[:\] = \[value\.cpu\(\)\.numpy\(\) for value in losses\]\n/);
  assert.match(fixed(script('losses.append(out.cpu())'), name), /losses\.append\(out\.detach\(\)\)/);
});

test(`${name} fix: the reduction moves in front of the copy`, () => {
  assert.match(
    fixed(evaluation('args.use(np.argmax(out.cpu().numpy(), axis=1))'), name),
    /args\.use\(out\.argmax\(dim=1\)\.cpu\(\)\.numpy\(\)\)/,
  );
  assert.match(
    fixed(evaluation('args.use(out.detach().cpu().numpy().mean(axis=0))'), name),
    /args\.use\(out\.detach\(\)\.mean\(dim=0\)\.cpu\(\)\.numpy\(\)\)/,
  );
});

test(`${name}: no fix where the list is used in the step, or the value goes elsewhere`, () => {
  for (const step of [
    'losses.append(out.cpu())\nprint(len(losses))',
    'args.use(out.detach().cpu().numpy().max(axis=1))',
  ])
    assert.deepEqual(check(script(step, { head })).findings.find((f) => f.rule === name)?.fixes, [], step);
});
