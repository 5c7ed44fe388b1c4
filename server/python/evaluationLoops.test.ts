import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { analyse, type Program } from './program.ts';

const program = (text: string): Program => analyse(parser.parse(text), { path: 'train.py' });

/** The roles of the step regions of a script with one network and one loop in a function of its own. */
function roles(loop: string, before = 'model.eval()'): string[] {
  const body = [before, ...loop.split('\n')].map((line) => `    ${line}`).join('\n');
  return program(
    `import torch\n\nmodel = torch.nn.Linear(2, 2).cuda()\n\ndef run(texts, source):\n${body}\n`,
  ).regions.map((r) => r.role);
}

const turn = '    out = model(source[i].cuda())';

test('a loop that runs a network in evaluation mode is a step, whatever it goes over', () => {
  assert.deepEqual(roles(`for i in range(0, source.size(0), 35):\n${turn}`), ['eval']);
  assert.deepEqual(roles(`for i in texts:\n${turn}`), ['eval']);
  assert.deepEqual(roles(`while texts:\n    i = texts.pop()\n${turn}`), ['eval']);
});

test('a loop that makes token after token from what the network remembers is a step without any eval()', () => {
  const decode = 'for i in texts:\n    out = model(i, past_key_values=out[1])';
  assert.deepEqual(roles(decode, 'out = source'), ['eval']);
  assert.deepEqual(roles(`${decode}\n    out[0].backward()`, 'out = source'), ['train']);
});

test('no step: no evaluation mode, of another network, or only after the loop', () => {
  assert.deepEqual(roles(`for i in texts:\n${turn}`, 'pass'), []);
  assert.deepEqual(roles(`for i in texts:\n${turn}`, 'texts.eval()'), []);
  assert.deepEqual(roles(`for i in texts:\n${turn}\nmodel.eval()`, 'pass'), []);
});

test('no step: few turns, epochs, repeats of a measurement', () => {
  assert.deepEqual(roles(`for i in range(3):\n${turn}`), []);
  assert.deepEqual(roles(`for i in (1, 2, 3):\n${turn}`), []);
  assert.deepEqual(roles(`pictures = ["a", "b"]\nfor n, i in enumerate(pictures):\n${turn}`), []);
  const filled = 'pictures = ["a"]\nfor name in texts:\n    pictures.append(name)';
  assert.deepEqual(roles(`${filled}\nfor i in pictures:\n${turn}`), ['eval']);
  assert.deepEqual(roles(`count = 10\nfor i in range(count):\n${turn}`), []);
  assert.deepEqual(roles(`count = 1000\nfor i in range(count):\n${turn}`), ['eval']);
  assert.deepEqual(roles(`pictures = list(source)\nfor n, i in enumerate(pictures):\n${turn}`), ['eval']);
  assert.deepEqual(roles(`for epoch in texts:\n    i = epoch\n${turn}`), []);
  assert.deepEqual(roles(`for i in range(repeats):\n${turn}`), []);
  assert.deepEqual(roles('for i in range(times):\n    if i % 2 == 0:\n        model(source)'), []);
});

test('the loop that runs the network itself, not the one around it; a loop that trains stays one', () => {
  assert.deepEqual(roles(`for text in texts:\n    for i in text:\n    ${turn}`), ['eval']);
  assert.deepEqual(roles(`for i in texts:\n${turn}\n    out.sum().backward()`), ['train']);
});

test('a head that counts what is inside an epoch goes over no epochs', () => {
  const trains = `${turn}\n    out.sum().backward()`;
  assert.deepEqual(roles(`for i in range(iters_per_epoch):\n${trains}`, 'pass'), ['train']);
  assert.deepEqual(roles(`for i in range(start, total_it_each_epoch):\n${trains}`, 'pass'), ['train']);
  for (const count of ['n_epochs', 'train_epochs', 'max_epoch'])
    assert.deepEqual(roles(`for i in range(${count}):\n${trains}`, 'pass'), [], count);
});

test('a loop whose every pass runs without gradients is a step, wherever they are switched off', () => {
  const inside = 'for i in texts:\n    with torch.no_grad():\n        out = model(i)';
  assert.deepEqual(roles(inside, 'pass'), ['eval']);
  assert.deepEqual(roles(`${inside}\n    model(i)`, 'pass'), []);
  assert.deepEqual(
    roles(
      'for layer in texts:\n    with torch.no_grad():\n        layer.eval()\n        out = layer(source)',
      'pass',
    ),
    [],
  );
});

test('a loop over the times of a diffusion is a step, a count of steps or a pass over time is none', () => {
  assert.deepEqual(
    roles('for a, b in zip(t_steps[:-1], t_steps[1:]):\n    source = model(source, a, b)', 'pass'),
    ['eval'],
  );
  assert.deepEqual(roles('for a in texts[1:]:\n    source = model(source, a)', 'pass'), []);
  const unrolled = `import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.Linear(2, 2)

    def forward(self, x, timesteps):
        for t in timesteps:
            x = self.cell(x, t)
        return x
`;
  assert.deepEqual(
    program(unrolled).regions.map((r) => [r.role, r.root.kind]),
    [['train', 'Function']],
  );
});

test('an attribute that its class puts into evaluation mode is a network, whoever made it', () => {
  const wrapper = (use: string): string => `import torch

class Wrapper:
    def __init__(self, settings):
        self.net = build(settings)

    def start(self):
        self.net.${use}

    def predict(self, texts):
        with torch.no_grad():
            for text in texts:
                yield self.net(text)
`;
  assert.equal(program(wrapper('eval()')).regions.length, 1);
  assert.equal(program(wrapper('eval("a")')).regions.length, 0);
});

test('no step: a turn that has a network of its own, or goes over steps of its own', () => {
  const off = (lines: string): string => `for text in texts:\n    with torch.no_grad():\n        ${lines}`;
  assert.deepEqual(roles(off('out = model(text)'), 'pass'), ['eval']);
  assert.deepEqual(roles(off('model = torch.load(text)\n        out = model(source)'), 'pass'), []);
  const drawing = (loop: string): string => `import torch

model = torch.nn.Linear(2, 2)

def draw(text, steps):
    x = model(text)
${loop}
    return x

@torch.no_grad()
def all(texts):
    for text in texts:
        draw(text, 50)
`;
  const count = (loop: string): number =>
    program(drawing(loop)).regions.filter((r) => r.root.kind === 'For').length;
  assert.equal(count('    x = x + 1'), 1);
  assert.equal(count('    for step in steps:\n        x = model(x)'), 0);
});

/** A function over batches that nobody can see, with a network that nobody puts into a mode. */
const over = (name: string, turn: string): string[] =>
  program(
    `import torch\n\nmodel = torch.nn.Linear(2, 2).cuda()\n\ndef ${name}(batches):\n    for x, y in batches:\n${turn}`,
  ).regions.map((r) => r.role);

test('a function called for an evaluation that moves each batch to the device goes over batches', () => {
  for (const name of ['validate', 'evaluate_epoch', 'test', 'run_validation'])
    assert.deepEqual(over(name, '        model(x.cuda())\n'), ['eval'], name);
  assert.deepEqual(over('validate', '        model(x["image"].to(y.device))\n'), ['eval']);
  assert.deepEqual(over('show_test_results', '        model(x.cuda())\n'), []);
  assert.deepEqual(over('validate', '        model(x)\n'), []);
  assert.deepEqual(over('validate', '        model(model.weight.cuda())\n'), []);
});

test('a network runs by the methods that published networks have for it, unless the file says what they do', () => {
  assert.deepEqual(roles('for i in texts:\n    out = model.encode_text(i)'), ['eval']);
  assert.deepEqual(roles('for i in texts:\n    out = model.describe(i)'), []);
});
