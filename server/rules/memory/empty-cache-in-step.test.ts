import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed } from '../../../test/rules/checking.ts';
import { cases, script } from '../../../test/rules/trainingScript.ts';

const name = 'empty-cache-in-step';
const { reports, silent } = cases(name);

const triggers: Readonly<Record<string, string>> = {
  'torch.cuda.empty_cache': 'torch.cuda.empty_cache()',
  'torch.cuda.memory': 'torch.cuda.memory.empty_cache()',
  'torch.accelerator': 'torch.accelerator.memory.empty_cache()',
  'with another comment': '# free memory\ntorch.cuda.empty_cache()',
  'after del of tensors': 'del out, loss\nimport gc\ngc.collect()\ntorch.cuda.empty_cache()',
  'behind a rank test': 'if torch.distributed.get_rank() == 0:\n    torch.cuda.empty_cache()',
  'behind a test for CUDA': 'if torch.cuda.is_available():\n    torch.cuda.empty_cache()',
  'parts of a tensor are no work in parts': 'a, b = out.chunk(2)\ntorch.cuda.empty_cache()',
  'a comment on pieces of something else': '# fragments of the text\ntorch.cuda.empty_cache()',
  'a helper of Accelerate':
    'from accelerate.utils import release_memory\nout, loss = release_memory(out, loss)',
};
for (const [what, step] of Object.entries(triggers))
  test(`${name} reports: ${what}`, () => reports(script(step)));

test(`${name} reports: several of one step once, also through a function`, () => {
  const text = script('torch.cuda.empty_cache()\nclean()', {
    head: 'def clean():\n    torch.cuda.empty_cache()\n',
  });
  const findings = check(text).findings.filter((f) => f.rule === name);
  assert.deepEqual(
    findings.map((f) => f.related.length),
    [1],
  );
});

test(`${name} reports: a hook of Lightning`, () => {
  reports(`import torch
import lightning as L

class Net(L.LightningModule):
    def training_step(self, batch, batch_idx):
        torch.cuda.empty_cache()
        return self(batch.to(self.device)).mean()
`);
});

const nevers: Readonly<Record<string, string>> = {
  'modulo guard': 'if step % 100 == 0:\n    torch.cuda.empty_cache()',
  'interval of the arguments':
    'if args.empty_cache_interval and step > args.empty_cache_interval:\n    torch.cuda.empty_cache()',
  'debug flag': 'if args.debug:\n    torch.cuda.empty_cache()',
  'handler of an error': 'try:\n    pass\nexcept RuntimeError:\n    torch.cuda.empty_cache()',
  'after a model was deleted': 'teacher = nn.Linear(8, 2).to(device)\ndel teacher\ntorch.cuda.empty_cache()',
  'after a model went to the host': 'args.teacher_model.cpu()\ntorch.cuda.empty_cache()',
  'after an offload': 'args.strategy.offload_weights()\ntorch.cuda.empty_cache()',
  'a comment that speaks of running out': '# required to avoid OOM in some cases\ntorch.cuda.empty_cache()',
  'a comment on the line': 'torch.cuda.empty_cache()  # otherwise out of GPU memory',
  'a comment that speaks of fragmentation': '# against fragmentation\ntorch.cuda.empty_cache()',
  'a loop over parts of the batch':
    'for first in range(0, 64, chunk_size):\n    loss += out[first : first + chunk_size].sum()\n    torch.cuda.empty_cache()',
  'a loop over what chunk() gives': 'for part in x.chunk(4):\n    model(part)\n    torch.cuda.empty_cache()',
  'training that generates': 'args.model.generate(x)\ntorch.cuda.empty_cache()',
  'empty_cache of something else': 'log.empty_cache()',
};
for (const [what, step] of Object.entries(nevers))
  test(`${name} stays silent: ${what}`, () => silent(script(step)));

test(`${name} stays silent: a function that works in tiles`, () => {
  silent(
    script('decode_tiled(model, x)', {
      head: 'def decode_tiled(model, x):\n    y = model(x)\n    torch.cuda.empty_cache()\n    return y\n',
    }),
  );
});

test(`${name} stays silent: once per epoch and before the loop`, () => {
  silent(script('pass', { before: 'torch.cuda.empty_cache()', after: 'torch.cuda.empty_cache()' }));
});

test(`${name} stays silent: tests, benchmarks, tutorials, programs without CUDA`, () => {
  const text = script('torch.cuda.empty_cache()');
  for (const path of ['tests/test_train.py', 'benchmarks/train.py', 'tutorials/train.py'])
    silent(text, `/project/${path}`);
  silent(script('torch.mps.empty_cache()', { device: '"mps"' }));
});

test(`${name}: a setting in front makes it less certain`, () => {
  const confidence = (text: string): string | undefined =>
    check(text).findings.find((f) => f.rule === name)?.confidence;
  assert.equal(confidence(script('torch.cuda.empty_cache()')), 'certain');
  assert.equal(confidence(script('if args.low_memory:\n    torch.cuda.empty_cache()')), 'likely');
});

test(`${name} fix: deletes every call, or none`, () => {
  const text = script('torch.cuda.empty_cache()\ntotal += 1\ntorch.cuda.empty_cache()');
  assert.equal(fixed(text, name), text.replaceAll('        torch.cuda.empty_cache()\n', ''));
  const half = check(script('torch.cuda.empty_cache()\ntotal += 1; torch.cuda.empty_cache()')).findings;
  assert.deepEqual(half.find((f) => f.rule === name)?.fixes, []);
});

test(`${name}: a program for the CPU has none, one that names no device has it with a doubt`, () => {
  const step = 'if torch.cuda.is_available():\n    torch.cuda.empty_cache()';
  silent(script(step, { device: '"cpu"' }));
  const text = `import torch

def train(model, loader, optimizer):
    for x in loader:
        model(x).mean().backward()
        optimizer.step()
        torch.cuda.empty_cache()
`;
  assert.deepEqual(
    check(text).findings.map((f) => [f.rule, f.confidence]),
    [[name, 'likely']],
  );
});
