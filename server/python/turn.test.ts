/** The module and its functions take turns until none would read anything new; what is as it was is not run again. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { parser } from '../../test/rules/checking.ts';
import { Interpreter } from './interpreter.ts';
import { analyse, type Program } from './program.ts';
import { Device } from './values.ts';

const program = (text: string): Program => analyse(parser.parse(text), { path: 'train.py' });

/** Where the last use of a name is. */
function deviceOf(text: string, name: string): number {
  const p = program(text);
  const uses = p.syntax.all('Name').filter(({ id }) => id === name);
  const last = uses.at(-1);
  assert.ok(last);
  return p.valueOf(last).device;
}

function evaluations(text: string): number {
  const evaluate = mock.method(Interpreter.prototype, 'evaluate');
  try {
    program(text);
    return evaluate.mock.callCount();
  } finally {
    evaluate.mock.restore();
  }
}

test('a value comes through many functions, whatever their order', () => {
  const chain = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `def f${i}(x):\n    return f${i + 1}(x)\n`);
  const last = 'def f6(x):\n    return x.sum()\n';
  const start = 'import torch\nf0(torch.zeros(3).cuda())\n';
  assert.equal(deviceOf(`${chain(6).join('')}${last}${start}`, 'x'), Device.cuda);
  assert.equal(deviceOf(`${last}${chain(6).reverse().join('')}${start}`, 'x'), Device.cuda);
});

test('what a loop carried back before its function was known is forgotten, what it carries back then is not', () => {
  const text = (head: string): string =>
    `import torch\nsteps = 0\ndef train(data):\n${head}    kept = None\n    for part in data:\n        use(kept)\n        kept = part\n    return kept\ndef main():\n    train([torch.zeros(3).cuda()])\nmain()\n`;
  const kept = (head: string): number => {
    const p = program(text(head));
    const use = p.syntax.all('Call').find(({ callee }) => callee.kind === 'Name' && callee.id === 'use');
    assert.ok(use?.args[0]);
    return p.valueOf(use.args[0]).device;
  };
  assert.equal(kept(''), Device.cuda);
  // A name that the function reads and changes itself is no reason to begin anew each time.
  assert.equal(kept('    global steps\n    steps += 1\n'), Device.cuda);
});

test('an attribute that another method sets is known to those before it', () => {
  const text =
    'import torch\nclass A:\n    def use(self):\n        return self.x\n    def make(self):\n        self.x = torch.zeros(3).cuda()\n';
  const p = program(text);
  const [read] = p.syntax.all('Attribute').filter(({ name }) => name === 'x');
  assert.ok(read);
  assert.equal(p.valueOf(read).device, Device.cuda);
});

test('functions that nothing changes for run once', () => {
  const still = 'def f(x):\n    y = [x, x + 1]\n    return y[0] * 2\n';
  const many = Array.from({ length: 50 }, (_, i) => still.replace('f(', `f${i}(`)).join('');
  const one = evaluations(still);
  assert.ok(evaluations(many) <= 50 * one);
  assert.ok(one <= 14, `${one} evaluations of 12 expressions`);
});
