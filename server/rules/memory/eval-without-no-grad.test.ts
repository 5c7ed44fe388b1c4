import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, fixed, reported } from '../../../test/rules/checking.ts';
import { TestProject } from '../../../test/rules/projectChecking.ts';

const name = 'eval-without-no-grad';

interface Parts {
  readonly decorator?: string;
  readonly loop?: string;
  readonly call?: string;
  readonly setup?: string;
  readonly model?: string;
  readonly head?: string;
  readonly device?: string;
}

function script(parts: Parts = {}): string {
  return `import torch
from torch.utils.data import DataLoader
${parts.head ?? ''}

${parts.decorator === undefined ? '' : `${parts.decorator}\n`}def evaluate(model, loader, device):
    model.eval()
    outputs = []
    ${(parts.loop ?? 'for x in loader:\n    outputs.append(model(x.to(device)))').replaceAll('\n', '\n    ')}
    return outputs


def main(data):
    device = torch.device(${parts.device ?? '"cuda"'})
    model = ${parts.model ?? 'torch.nn.Linear(2, 2)'}.to(device)
    ${parts.setup ?? 'pass'}
    ${parts.call ?? 'evaluate(model, DataLoader(data), device)'}


main([])
`;
}

const silent = (text: string, path?: string): void => assert.deepEqual(reported(text, path), [], text);
const reports = (text: string): void =>
  assert.equal(reported(text).filter((r) => r.endsWith(name)).length, 1, text);

test(`${name} reports: a plain evaluate(), certain`, () => {
  reports(script());
  assert.equal(check(script()).findings[0]?.confidence, 'certain');
});

test(`${name} stays silent: a loop that leaves after a few turns whatever the loader holds`, () => {
  const forward = 'outputs.append(model(x.to(device)))';
  silent(script({ loop: `for x in loader:\n    ${forward}\n    break` }));
  silent(script({ loop: `for i, x in enumerate(loader):\n    ${forward}\n    if i == 3:\n        break` }));
  for (const end of ['return outputs', 'raise ValueError', 'exit()', 'stop'])
    silent(script({ loop: `for x in loader:\n    ${forward}\n    ${end}` }));
  reports(script({ loop: `for x in loader:\n    ${forward}\n    if device is None:\n        break` }));
  reports(
    script({ loop: `for x in loader:\n    ${forward}\n    if device is None:\n        return outputs` }),
  );
});

test(`${name} only lists: what is called is handed another network, which it may adapt`, () => {
  const loop = (call: string): string => `for x in loader:\n    outputs.append(${call})`;
  const marked = (call: string): number =>
    check(
      script({ loop: loop(call), setup: 'method = torch.nn.Bilinear(2, 2, 2).to(device)' }).replaceAll(
        'evaluate(model,',
        'evaluate(model, method,',
      ),
    ).findings.filter((f) => f.rule === name && f.confidence !== 'possible').length;
  assert.equal(marked('method(x.to(device), model=model)'), 0);
  assert.equal(marked('method(model(x.to(device)))'), 1);
});

test(`${name} reports: a context that is something else`, () => {
  reports(
    script({
      loop: 'with torch.autocast("cuda"):\n    for x in loader:\n        outputs.append(model(x.to(device)))',
    }),
  );
  reports(
    script({
      loop: 'with torch.set_grad_enabled(True):\n    for x in loader:\n        outputs.append(model(x.to(device)))',
    }),
  );
});

test(`${name} reports: a method of a class of the file, a train loop elsewhere`, () => {
  reports(`import torch

class Runner:
    def __init__(self, data):
        self.device = torch.device("cuda")
        self.model = torch.nn.Linear(2, 2).to(self.device)
        self.loader = torch.utils.data.DataLoader(data)

    def train(self):
        for x in self.loader:
            self.model(x.to(self.device)).mean().backward()
        self.validate()

    def validate(self):
        self.model.eval()
        total = 0
        for x in self.loader:
            total += self.model(x.to(self.device)).sum()
        return total

Runner([]).train()
`);
});

test(`${name} reports: one of several models, with the losses of an adversary`, () => {
  const runner = (body: string): string => `import torch

class Runner:
    def __init__(self, loaders):
        self.device = torch.device("cuda")
        self.models = {"g": torch.nn.Linear(2, 2).to(self.device), "d": torch.nn.Linear(2, 1).to(self.device)}
        self.loaders = loaders
        self.totals = {"adversarial_loss": 0.0}

    def train(self):
        for x in self.loaders["train"]:
            self.models["g"](x.to(self.device)).mean().backward()

    def test(self):
        for key in self.models:
            self.models[key].eval()
        for x in torch.utils.data.DataLoader(self.loaders["data"]):
            ${body}

Runner({}).test()
`;
  reports(
    runner(
      'self.totals["adversarial_loss"] += float(self.models["d"](self.models["g"](x.to(self.device))).mean())',
    ),
  );
  silent(
    runner(
      'with torch.no_grad():\n                self.totals["g"] = self.models["g"](x.to(self.device)).mean()',
    ),
  );
  silent(runner('self.totals["g"] = self.models["g"](adversarial(x.to(self.device))).mean()'));
});

/** A pass that the training shares: only the branch for the evaluation counts. */
const shared = (evaluated: string): string =>
  `for x in loader:\n    if model.training:\n        y = model(x.to(device))\n    else:\n        ${evaluated}\n    outputs.append(y)`;
test(`${name} reports: the branch for evaluation records gradients too`, () =>
  reports(script({ loop: shared('y = model(x.to(device)).sigmoid()') })));

const loops: Readonly<Record<string, string>> = {
  'gradients on in training alone': shared('with torch.no_grad():\n            y = model(x.to(device))'),
  'gradients on where evaluation does not come':
    'for x in loader:\n    if not model.training:\n        with torch.no_grad():\n            y = model(x.to(device))\n    else:\n        y = model(x.to(device))\n    outputs.append(y)',
  'no_grad around the loop':
    'with torch.no_grad():\n    for x in loader:\n        outputs.append(model(x.to(device)))',
  'no_grad in the loop':
    'for x in loader:\n    with torch.no_grad():\n        outputs.append(model(x.to(device)))',
  inference_mode:
    'with torch.inference_mode():\n    for x in loader:\n        outputs.append(model(x.to(device)))',
  'set_grad_enabled(False)':
    'with torch.set_grad_enabled(False):\n    for x in loader:\n        outputs.append(model(x.to(device)))',
  'set_grad_enabled(unknown)':
    'with torch.set_grad_enabled(loader.train):\n    for x in loader:\n        outputs.append(model(x.to(device)))',
  'a switch at the start':
    'torch.set_grad_enabled(False)\nfor x in loader:\n    outputs.append(model(x.to(device)))',
  'a saliency map':
    'for x in loader:\n    x = x.to(device).requires_grad_()\n    outputs.append(torch.autograd.grad(model(x).sum(), x))',
  'an attack': 'for x in loader:\n    outputs.append(attack(model, model(x.to(device))))',
  'an attack of a library':
    'for x in loader:\n    outputs.append(model(x.to(device)))\n    outputs.append(model(robust.perturb(x.to(device))))',
  'an adversary handed in': 'for x in loader:\n    outputs.append(model(adversary(x), x.to(device)))',
  'training at test time': 'for x in loader:\n    model(x.to(device)).mean().backward()',
  'generate()': 'for x in loader:\n    outputs.append(model.generate(x.to(device)))',
  'a context that may switch':
    'with eval_mode(model):\n    for x in loader:\n        outputs.append(model(x.to(device)))',
  export: 'for x in loader:\n    torch.onnx.export(model, model(x.to(device)))',
};
for (const [what, loop] of Object.entries(loops))
  test(`${name} stays silent: ${what}`, () => silent(script({ loop })));

for (const decorator of ['@torch.no_grad()', '@torch.inference_mode()', '@torch.no_grad', '@eval_decorator'])
  test(`${name} stays silent: decorated with ${decorator}`, () => silent(script({ decorator })));

test(`${name} stays silent: a caller switches gradients off, or may, or is not seen`, () => {
  silent(script({ call: 'with torch.no_grad():\n        evaluate(model, DataLoader(data), device)' }));
  silent(
    script({
      call: 'with torch.no_grad():\n        evaluate(model, DataLoader(data), device)\n    evaluate(model, DataLoader(data), device)',
    }),
  );
  silent(script({ call: 'pass' }));
  silent(script({ call: 'run_it(evaluate)' }));
  silent(script({ head: 'torch.set_grad_enabled(False)' }));
});

test(`${name} stays silent: frozen parameters`, () => {
  silent(script({ setup: 'model.requires_grad_(False)' }));
  silent(script({ setup: 'for p in model.parameters():\n        p.requires_grad = False' }));
});

test(`${name} stays silent: eval() of something that is no model, training with eval() on`, () => {
  silent(
    'import torch\nimport pandas as pd\ndf = pd.DataFrame()\nfor x in torch.utils.data.DataLoader([]):\n    df.eval("a")\n    print(x.cuda())\n',
  );
  silent(
    script({
      loop: 'optimizer = torch.optim.SGD(model.parameters(), 0.1)\nfor x in loader:\n    loss = model(x.to(device)).mean()\n    loss.backward()\n    optimizer.step()',
    }),
  );
});

test(`${name} stays silent: frameworks evaluate without gradients`, () => {
  silent(`import torch
import lightning as L

class Net(L.LightningModule):
    def validation_step(self, batch, i):
        self.log("val", self(batch).mean())

    def on_validation_end(self):
        self.eval()
        for x in torch.utils.data.DataLoader([]):
            self(x.cuda())
`);
});

test(`${name} stays silent: CPU only, tests, benchmarks, tutorials`, () => {
  silent(script({ device: '"cpu"' }));
  for (const path of ['tests/test_eval.py', 'benchmarks/eval.py', 'tutorials/eval.py'])
    silent(script(), `/project/${path}`);
});

test(`${name} fix: decorates a function that only evaluates`, () => {
  assert.match(fixed(script(), name), /\n@torch\.no_grad\(\)\ndef evaluate\(model, loader, device\):/);
});

test(`${name} fix: wraps the loop where the function also trains`, () => {
  const text = `import torch

def main(data):
    model = torch.nn.Linear(2, 2).cuda()
    loader = torch.utils.data.DataLoader(data)
    for x in loader:
        model(x.cuda()).mean().backward()
    model.eval()
    total = 0
    for x in loader:
        # count

        total += model(x.cuda()).sum()
    return total

main([])
`;
  assert.match(
    fixed(text, name),
    /\n {4}with torch\.no_grad\(\):\n {8}for x in loader:\n {12}# count\n\n {12}total \+= model\(x\.cuda\(\)\)\.sum\(\)\n {4}return total/,
  );
});

test(`${name} fix: imports torch where only parts of it are imported`, () => {
  const text = `from torch import nn, cuda
from torch.utils.data import DataLoader

def validate(model, loader):
    model.eval()
    return [model(x.cuda()) for x in [1]] + [run(model, x) for x in loader]

def main(data):
    model = nn.Linear(2, 2).cuda()
    model.eval()
    for x in DataLoader(data):
        print(model(x.cuda()).shape)

main([])
`;
  assert.match(fixed(text, name), /^import torch\nfrom torch import nn, cuda\n/);
});

/** A model behind a server; the handler's lines answer a request. */
const server = (handler: string, device = 'cuda'): string => `import torch
from flask import Flask
from ts.torch_handler.base_handler import BaseHandler

app = Flask(__name__)
model = torch.nn.Linear(8, 2).to("${device}")


${handler}
`;
const answer = '    return model(torch.ones(8).to("cuda")).tolist()';
const handlers: Readonly<Record<string, readonly [lines: string, findings: number]>> = {
  'a route': [`@app.route("/", methods=["POST"])\ndef answer():\n${answer}`, 1],
  'a route under a decorator': [`@app.route("/")\n@torch.no_grad()\ndef answer():\n${answer}`, 0],
  'a function that is no route': [`def answer():\n${answer}`, 0],
  'a handler of TorchServe': [
    'class Mine(BaseHandler):\n    def inference(self, data):\n        return self.model(data.cuda())',
    1,
  ],
  'what the library does itself': [
    'class Mine(BaseHandler):\n    def inference(self, data):\n        return super().inference(data.cuda())',
    0,
  ],
  'a gradient is the answer': [
    'class Mine(BaseHandler):\n    def inference(self, data):\n        data.requires_grad_()\n' +
      '        self.model(data.cuda()).sum().backward()\n        return data.grad',
    0,
  ],
};
for (const [what, [lines, findings]] of Object.entries(handlers))
  test(`${name}, for a request: ${what}`, () =>
    assert.equal(reported(server(lines)).length, findings, server(lines)));

test(`${name}: a server without a GPU`, () =>
  silent(server(handlers['a route']?.[0] ?? '', 'cpu').replaceAll('cuda', 'cpu')));

test(`${name}: a coroutine is not decorated`, () => {
  const text = server(`@app.post("/")\nasync def answer():\n${answer}`);
  assert.deepEqual(
    check(text).findings.map((f) => f.fixes),
    [[]],
  );
});

test(`${name} reports: a loop over what is no loader, by the evaluation mode of its network`, () => {
  const loop = 'for i in range(0, len(loader), 35):\n    outputs.append(model(loader[i].to(device)))';
  reports(script({ loop }));
  silent(script({ loop, decorator: '@torch.no_grad()' }));
  reports(script({ loop, model: 'wrap(torch.nn.Linear(2, 2))' }));
});

test(`${name}: a network that the program moves to the host somewhere is too unsure to be marked`, () => {
  const text = script({ setup: 'model.to("cpu")' });
  assert.ok(!reported(text).some((line) => line.endsWith(name)));
  const listed = check(text, undefined, 'possible').findings.filter(({ rule }) => rule === name);
  assert.deepEqual(
    listed.map(({ confidence }) => confidence),
    ['possible'],
  );
});

test(`${name} stays silent: batches that another file marks as needing no graph, as before torch 0.4`, () => {
  const found = (mark: string): number =>
    new TestProject({
      'main.py': `import torch
from batches import Batches

model = torch.nn.Linear(2, 2).cuda()
held_out = Batches([], evaluation=True)


def evaluate():
    model.eval()
    hits = 0
    for x in held_out:
        hits += model(x).argmax(1).sum()
    return hits


evaluate()
`,
      'batches.py': `from torch.autograd import Variable


class Batches:
    def __init__(self, data, evaluation):
        self.data = data
        self.evaluation = evaluation

    def __iter__(self):
        return self

    def __next__(self):
        return Variable(self.data.pop().cuda()${mark})
`,
    })
      .reported()
      .filter((line) => line.endsWith(name)).length;
  assert.equal(found(''), 1);
  assert.equal(found(', volatile=self.evaluation'), 0);
});

test(`${name} stays silent: volatile batches of a loop outside of any function`, () => {
  const text = (mark: string): string => `import torch
from torch.autograd import Variable

model = torch.nn.Linear(2, 2).cuda()
model.eval()
for x in torch.utils.data.DataLoader([]):
    x = Variable(x.cuda()${mark})
    for i in range(40):
        print(model(x + i).argmax(1))
`;
  assert.equal(reported(text('')).length, 1);
  silent(text(', volatile=True'));
});

test(`${name} stays silent: what is handed loss and optimizer goes backward`, () => {
  const text = (use: string): string => `import torch
from timm.utils import NativeScaler

model = torch.nn.Linear(2, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
scale = NativeScaler()
model.eval()
for x in torch.utils.data.DataLoader([]):
    loss = model(x.cuda()).mean()
    ${use}
`;
  silent(text('scale(loss, optimizer, parameters=model.parameters())'));
  for (const use of ['print(loss, optimizer)', 'scale(loss)'])
    assert.ok(reported(text(use)).some((line) => line.endsWith(name)));
});

test(`${name}: marked is only a network that is known to have parameters, and to run on a GPU`, () => {
  const marked = (layers: string): number =>
    reported(
      script({
        head: `\nclass Body(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        ${layers}\n\n    def forward(self, x):\n        return x * 2\n`,
        model: 'Body()',
      }),
    ).filter((r) => r.endsWith(name)).length;
  assert.equal(marked('self.layer = torch.nn.Linear(2, 2)'), 1);
  assert.equal(marked('self.add_module("layer", torch.nn.Linear(2, 2))'), 1);
  assert.equal(marked('self.register_buffer("faces", torch.zeros(3))'), 0);
  // Another one of its class is on the GPU; nothing that this one is given is.
  const head =
    '\nclass Body(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = torch.nn.Linear(2, 2)\n\n    def forward(self, x):\n        return self.layer(x)\n\nBody().cuda()\n';
  const given = (x: string): string =>
    script({
      head,
      model: 'Body()',
      loop: `for _ in loader:\n    x = ${x}\n    model(x)`,
    }).replace('Body().to(device)', 'Body()');
  silent(given('torch.zeros(2)'));
  reports(given('torch.zeros(2).to(device)'));
});

test(`${name}: what is written for torch 0.3 is not marked`, () => {
  const after = (line: string): string =>
    script({ loop: `for x in loader:\n    out = model(x.to(device))\n    ${line}` });
  silent(after('outputs.append(out.sum().data[0])'));
  reports(after('outputs.append(out.data[0].shape)'));
});

test(`${name} stays silent: the loop asks for gradients itself, by a function of its own import`, () => {
  const loop = 'for x in loader:\n    outputs.append(grad(model(x.to(device)).sum(), model.parameters()))';
  silent(script({ head: 'from torch.autograd import grad', loop }));
  reports(script({ head: 'def grad(a, b): return a', loop }));
});
