/** A network in evaluation mode is known through the functions that make it, hand it on and run it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, marked } from '../../test/rules/checking.ts';
import { agrees } from '../../test/rules/projectChecking.ts';

const here = '# finding: eval-without-no-grad';

/** A script with a network on CUDA, and a list of inputs that no loader gives. */
const script = (text: string): string => `import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(8, 8)

    def forward(self, x):
        return self.head(x)


${text}`;

const made = (body: string): string =>
  script(`def load(path):
    net = Net()
    net.load_state_dict(torch.load(path))
${body}
    return net


def main(inputs):
    net = load("best.pt").cuda()
    return [out for out in run(net, inputs)]


def run(net, inputs):
    outputs = []
    for x in inputs:
        outputs.append(net(x.cuda()))MARK
    return outputs


main([])
`);

const wrapped = (init: string, loop: string): string =>
  script(`class Detector:
    def __init__(self):
        self.net = Net().cuda()
${init}

    def load(self):
        self.net.eval()

    def start(self):
        self.net.train()

    def predict(self, x):
        return self.net(x.cuda())MARK

    def all(self, inputs):
        outputs = []
${loop}
        return outputs


def main(inputs):
    Detector().all(inputs)


main([])
`);

const ofAll = `        for x in inputs:
            outputs.append(self.predict(x))`;
const shared = (mode: string, mark: string): string =>
  script(`class Trainer:
    def __init__(self):
        self.net = Net().cuda()
        self.optimizer = torch.optim.SGD(self.net.parameters(), 0.1)

    def infer(self, x):
        return self.net(x.cuda())

    def validate(self, x):
        self.net.${mode}
        return self.infer(x)${mark}

    def train(self, x):
        self.net.train()
        self.infer(x).sum().backward()
        self.optimizer.step()

    def fit(self, inputs, more):
        for x in inputs:
            self.train(x)
        losses = []
        for x in more:
            losses.append(self.validate(x))
        return losses


def main(inputs):
    Trainer().fit(inputs, inputs)


main([])
`);

const cases: Readonly<Record<string, string>> = {
  'handed back by a function that puts it there, and passed on': made('    net.eval()')
    .replace('net = load("best.pt").cuda()\n', 'net = load("best.pt")\n    net.cuda()\n')
    .replace('MARK', `  ${here}`),
  'handed back by one that does not': made('    print(net)').replace('MARK', ''),
  'put into the other mode again': made('    net.eval()\n    net.train()').replace('MARK', ''),
  'of an object, by what its __init__ calls': wrapped('        self.load()', ofAll)
    .replaceAll('        self.net.train()', '        pass')
    .replace('MARK', `  ${here}`),
  'of an object that also trains it': wrapped('        self.load()', ofAll).replace('MARK', ''),
  'of an object, by a method that nobody calls': wrapped('        pass', ofAll)
    .replaceAll('        self.net.train()', '        pass')
    .replace('MARK', ''),
  'by a function that the loop calls; what runs it is the training too': shared('eval()', `  ${here}`),
  'by a function that the loop calls, for training': shared('train()', ''),
  'at the top, before the function is called': script(`net = Net().cuda()
net.eval()


def run(inputs):
    for x in inputs:
        print(net(x.cuda()).shape)  ${here}


run([])
`),
  'by nothing but what is cut off from its graph': script(`net = Net().cuda()
kept = []
for x in open("inputs"):
    out = net(x.cuda())  ${here}
    kept.append(out.detach())
`),
  'cut off here, and taken whole there': script(`net = Net().cuda()
kept = []
for x in open("inputs"):
    out = net(x.cuda())
    kept.append((out, out.detach()))
`),
};

for (const [name, text] of Object.entries(cases))
  test(`evaluation mode: ${name}`, () => assert.deepEqual(found(text), marked(text), text));

test('evaluation mode: of a network that a function of another file puts there, and that is moved afterwards', () => {
  const texts = (load: string, mark: string): Record<string, string> => ({
    'nets.py': `${script('')}
def load(path):
    net = Net()
    ${load}
    return net
`,
    'main.py': `import torch
from nets import load

net = load("best.pt")
net = net.half().cuda()


def save(x):
    torch.save(net(x.cuda()), "out")${mark}


for x in open("inputs"):
    save(x)
`,
  });
  agrees(texts('net.eval()', `  ${here}`));
  agrees(texts('net.train()', ''));
});
