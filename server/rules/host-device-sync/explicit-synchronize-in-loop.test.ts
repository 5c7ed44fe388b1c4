import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, lineOf } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'explicit-synchronize-in-loop';
const { reports, silent } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  'torch.cuda.synchronize': 'torch.cuda.synchronize()',
  'a device named': 'torch.cuda.synchronize(device)',
  'torch.accelerator': 'torch.accelerator.synchronize()',
  'the current stream': 'torch.cuda.current_stream().synchronize()',
  'behind a rank test': 'if torch.distributed.get_rank() == 0:\n    torch.cuda.synchronize()',
  'behind a test for CUDA': 'if torch.cuda.is_available():\n    torch.cuda.synchronize()',
  'beside an upload that does not wait': 'y.to(device, non_blocking=True)\ntorch.cuda.synchronize()',
  'in an inner loop': 'for part in (x, y):\n    torch.cuda.synchronize()',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: through an alias, a function and a module of cuda`, () => {
  reports(script('wait()', { head: 'from torch.cuda import synchronize as wait' }));
  reports(script('settle()', { head: 'def settle():\n    torch.cuda.synchronize()\n' }));
});

test(`${name} reports: all calls of one step once`, () => {
  const text = script('torch.cuda.synchronize()\ntotal += 1\ntorch.cuda.synchronize()');
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    findings.map((f) => [lineOf(text, f.start), ...f.related.map((r) => lineOf(text, r.start))]),
    [[21, 23]],
  );
});

test(`${name} reports: what is read later comes after new work, or only now and then`, () => {
  reports(script('torch.cuda.synchronize()\nmodel(x).mean().backward()\nprint(loss.item())'));
  reports(script('torch.cuda.synchronize()\nif step % 50 == 0:\n    print(loss.item())'));
});

test(`${name} reports: an evaluation loop`, () => {
  reports(
    script('torch.cuda.synchronize()').replace('loss.backward()', 'pass').replace('optimizer.step()', 'pass'),
  );
});

const nevers: Readonly<Record<string, string>> = {
  'between two clock reads':
    'import time\nstart = time.perf_counter()\ntorch.cuda.synchronize()\nprint(time.perf_counter() - start)',
  'before time.time()': 'import time\ntorch.cuda.synchronize()\ntotal = time.time()',
  'with a timer of the project': 'torch.cuda.synchronize()\nlog.timer.stop()',
  'with CUDA events':
    'end = torch.cuda.Event(enable_timing=True)\nend.record()\ntorch.cuda.synchronize()\nprint(end.elapsed_time(end))',
  'modulo guard': 'if step % 100 == 0:\n    torch.cuda.synchronize()',
  'debug flag': 'if args.debug:\n    torch.cuda.synchronize()',
  'benchmark parameter': 'if args.benchmark:\n    torch.cuda.synchronize()',
  'error handler': 'try:\n    pass\nexcept RuntimeError:\n    torch.cuda.synchronize()',
  'side stream handed over':
    'with torch.cuda.stream(args.side):\n    host = out.to("cpu", non_blocking=True)\nargs.side.synchronize()',
  'a number is read right after': 'torch.cuda.synchronize()\nlog.update(loss=loss.item())',
  'event of another stream': 'args.event.synchronize()',
  'copy that does not wait': 'host = out.to("cpu", non_blocking=True)\ntorch.cuda.synchronize()',
  'synchronize() of something else': 'log.synchronize()',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: a function that times, called in the step`, () => {
  silent(
    script('now()', {
      head: 'import time\n\ndef now():\n    torch.cuda.synchronize()\n    return time.time()\n',
    }),
  );
});

test(`${name} stays silent: once per epoch, before and after the loop`, () => {
  silent(script('pass', { before: 'torch.cuda.synchronize()', after: 'torch.cuda.synchronize()' }));
});

test(`${name} stays silent: benchmarks, profiling scripts, tests, tutorials, other devices`, () => {
  const text = script('torch.cuda.synchronize()');
  for (const path of [
    'benchmarks/train.py',
    'profile_train.py',
    'bench.py',
    'tests/test_train.py',
    'docs/train.py',
  ])
    silent(text, `/project/${path}`);
  silent(script('torch.mps.synchronize()', { device: '"mps"' }));
});

test(`${name}: a setting in front makes it less certain`, () => {
  const confidence = (text: string): string | undefined =>
    check(text).findings.find((f) => f.rule === name)?.confidence;
  assert.equal(confidence(script('torch.cuda.synchronize()')), 'certain');
  assert.equal(confidence(script('if args.wait:\n    torch.cuda.synchronize()')), 'likely');
});

test(`${name} fix: deletes the line, and leaves a block that would be empty with pass`, () => {
  const text = script('torch.cuda.synchronize()  # wait\ntotal += 1');
  assert.equal(fixed(text, name), text.replace('        torch.cuda.synchronize()  # wait\n', ''));
  assert.match(
    fixed(script('if torch.cuda.is_available():\n    torch.cuda.synchronize()'), name),
    /if torch\.cuda\.is_available\(\):\n {12}pass\n/,
  );
});

test(`${name} fix: CRLF stays; none where the call shares its line`, () => {
  const text = script('torch.cuda.synchronize()\ntotal += 1').replaceAll('\n', '\r\n');
  assert.equal(fixed(text, name), text.replace('        torch.cuda.synchronize()\r\n', ''));
  const shared = check(script('total += 1; torch.cuda.synchronize()')).findings.find((f) => f.rule === name);
  assert.deepEqual(shared?.fixes, []);
});

test(`${name}: a program for the CPU has none, one that names no device has it with a doubt`, () => {
  const step = 'if torch.cuda.is_available():\n    torch.cuda.synchronize()';
  silent(script(step, { device: '"cpu"' }));
  const text = `import torch

def train(model, loader, optimizer):
    for x in loader:
        model(x).mean().backward()
        optimizer.step()
        torch.cuda.synchronize()
`;
  assert.deepEqual(
    check(text).findings.map((f) => [f.rule, f.confidence]),
    [[name, 'likely']],
  );
});
