/** Loops that pass something through a model in each turn, without gradients and without a loader, are steps of inference. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, marked } from '../../test/rules/checking.ts';

const rule = 'sync-scalar-in-step';
const here = `# finding: ${rule}`;

/** A function under `decorator` with a model on CUDA around the lines. */
function script(lines: string, decorator = '@torch.no_grad()', head = ''): string {
  const body = lines
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return `import torch
from torch import nn
${head}

${decorator}
def run(model: nn.Module, x, steps, history, get_batch):
${body}


run(nn.Linear(8, 8).cuda(), torch.ones(8).cuda(), 100, [], input)
`;
}

const cases: Readonly<Record<string, string>> = {
  decoding: script(
    `for i in range(steps):\n    logits = model(x)\n    x = torch.cat((x, logits.argmax(-1)))\n    history.append(logits.max().item())  ${here}`,
  ),
  'decoding until something comes': script(
    `while len(x) < steps:\n    logits = model(x)\n    x = torch.cat((x, logits.argmax(-1)))\n    history.append(logits.max().item())  ${here}`,
  ),
  denoising: script(
    `for t in reversed(range(steps)):\n    x = x - model(x)\n    history.append(x.mean().item())  ${here}`,
    '@torch.inference_mode()',
  ),
  'over a schedule, in a context': script(
    `with torch.no_grad():\n    for t in scheduler.timesteps:\n        x = x - model(x)\n        history.append(x.mean().item())  ${here}`,
    '@torch.compile',
    'from schedules import scheduler',
  ),
  'an estimate over some batches': script(
    `losses = torch.zeros(steps)\nfor k in range(steps):\n    x = get_batch()\n    losses[k] = model(x.cuda()).mean().item()  ${here}`,
  ),
  'through a function of the file': script(
    `for t in range(steps):\n    x = denoised(model, x)\n    history.append(x.mean().item())  ${here}`,
    '@torch.no_grad()',
    'def denoised(model, x):\n    return x - model(x)\n',
  ),
  'with gradients it may be a part of training': script(
    'for i in range(steps):\n    x = model(x)\n    history.append(x.mean().item())',
    '@torch.compile',
  ),
  'a few turns': script('for i in range(4):\n    x = model(x)\n    history.append(x.mean().item())'),
  'epochs of something': script(
    'for epoch in range(steps):\n    x = model(x)\n    history.append(x.mean().item())',
  ),
  'a turn for each layer': script(
    'layers = nn.ModuleList([nn.Linear(8, 8), model]).cuda()\nfor i in range(len(layers)):\n    x = layers[i](x)\n    history.append(x.mean().item())',
  ),
  'nothing goes through a model': script(
    'for i in range(steps):\n    x = x * 2\n    history.append(x.mean().item())',
  ),
  'what is read decides when to stop': script(
    'for i in range(steps):\n    x = model(x)\n    best = x.max().item()\n    history.append(best)\n    if best > 10:\n        break',
  ),
};

for (const [what, text] of Object.entries(cases))
  test(`inference: ${what}`, () => assert.deepEqual(found(text), marked(text), text));
