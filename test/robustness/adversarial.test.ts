/**
 * Files made to hurt, as one project, through the doors that read them: no crash, none over a second, and the good file
 * beside them keeps its findings.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProjectChecker } from '../../server/engine/checkProject.ts';
import { rules } from '../../server/rules/index.generated.ts';
import { decodeSource } from '../../server/sourceText.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { parser } from '../rules/checking.ts';

const demo = readFileSync(join(projectFolder, 'demo', 'train.py'));
const limitMs = 1000;
/** Least processor time of parsing the demo a hundred times, as measured where nothing else held the cores. */
const usualParseMs = 100;

const head = 'import torch\n';
const latin = Buffer.from(`# coding: latin-1\n${head}x = "\u00e9"\n`, 'latin1');
const deep = 20_000;
const branches = Array.from({ length: 5000 }, (_, at) => `        if k == ${at}: y${at} = x.item()\n`).join(
  '',
);
const many = Array.from({ length: 1000 }, (_, at) => at);
const loops = many
  .map(
    (at) =>
      `        o${at} = []\n        for t in x:\n            o${at}.append(t * 2)\n        y${at} = torch.stack(o${at})\n`,
  )
  .join('');
const appends = many.map((at) => `            out.append(t * ${at})\n`).join('');
const network = `${head}class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = torch.nn.Linear(8, 8)

    def forward(self, x):
        x = self.proj(x)
`;
const bomb = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join('\n');

const files: Readonly<Record<string, Buffer>> = {
  'brackets.py': Buffer.from(`${head}x = ${'('.repeat(deep)}1${')'.repeat(deep)}\n`),
  'chain.py': Buffer.from(`${head}x = a${'.b()'.repeat(deep)}\n`),
  'nots.py': Buffer.from(`${head}x = ${'not '.repeat(deep)}1\n`),
  'numbers.py': Buffer.from(`${head}x = [${'1.5, '.repeat(200_000)}]\n`),
  'calls.py': Buffer.from(`${head}${'f(x); '.repeat(166_000)}\n`),
  'string.py': Buffer.from(`${head}x = "${'a'.repeat(1_000_000)}"\n`),
  'latin.py': latin,
  'mixed.py': Buffer.concat([Buffer.from(`${head}x = "\u00e9"\n`), latin]),
  'utf16.py': Buffer.from(`\ufeff${head}x = 1\n`, 'utf16le'),
  'nul.py': Buffer.from(`${head}x = "\0"\n`),
  'branches.py': Buffer.from(
    `${head}def f(x, k, loader):\n    x = x.cuda()\n    for b in loader:\n${branches}`,
  ),
  'attributes.py': Buffer.from(
    `${head}class M(torch.nn.Module):\n    def __init__(self, f):\n        super().__init__()\n${'        self.pool = f\n'.repeat(20_000)}    def forward(self, x):\n        return self.pool(x, x)\ndef train(loader):\n    model = M(None).cuda()\n    for x in loader:\n        loss = model(x.cuda()).sum()\n        loss.backward()\n        print(loss.item())\n`,
  ),
  'one.py': Buffer.from(`${head}from two import g\ndef f(x):\n    return g(x)\n`),
  'two.py': Buffer.from(`${head}from three import h\ndef g(x):\n    return h(x)\n`),
  'three.py': Buffer.from(`${head}from one import *\ndef h(x):\n    return f(x)\n`),
  'loops.py': Buffer.from(`${network}${loops}        return x\n\n\nnet = Net().cuda()\n`),
  'appends.py': Buffer.from(
    `${network}        out = []\n        for t in x:\n${appends}        return torch.stack(out)\n\n\nnet = Net().cuda()\n`,
  ),
  // Settings that a script names, which unfold to a billion values.
  'named.py': Buffer.from(
    `${head}import yaml\ns = yaml.safe_load(open("bomb.yaml"))\nfor b in s["a30"]:\n    print(b)\n`,
  ),
  'bomb.yaml': Buffer.from(`a0: &a0 [x, x]\n${bomb}\n`),
  'train.py': demo,
};

function usedMs(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

test('adversarial files: none crashes, none takes a second, the good one beside them keeps its findings', (t) => {
  const texts = new Map<string, string>();
  const slowest = { name: '', ms: 0 };
  // Processor time too grows on a machine whose cores are shared: the same piece of work tells by how much.
  const text = demo.toString();
  const parses = Array.from({ length: 8 }, () =>
    usedMs(() => {
      for (let at = 0; at < 100; at += 1) {
        parser.parse(text);
        // Another text in between, or the parser goes on from the tree that it has.
        parser.parse('pass\n');
      }
    }),
  );
  const slower = Math.max(1, Math.min(...parses) / usualParseMs);
  const door = {
    text: (path: string) => texts.get(path),
    root: () => '/p',
    get callers() {
      return [...texts.keys()].filter((path) => path.endsWith('.py'));
    },
    frozen: true,
  };
  const alone = new ProjectChecker(
    parser,
    { ...door, text: (path) => (path === '/p/train.py' ? text : undefined), callers: [] },
    rules,
  ).check('/p/train.py', { root: '/p' });
  assert.ok(alone.findings.length > 2);
  const unread: string[] = [];
  const read = new Map<string, number>();
  for (const [name, bytes] of Object.entries(files))
    read.set(
      name,
      usedMs(() => {
        const source = decodeSource(bytes);
        if ('text' in source) texts.set(`/p/${name}`, source.text);
        else unread.push(name);
      }),
    );
  assert.deepEqual(unread, ['numbers.py', 'calls.py', 'mixed.py', 'utf16.py', 'nul.py']);
  const project = new ProjectChecker(parser, door, rules);
  for (const path of door.callers) {
    const name = path.slice('/p/'.length);
    const ms =
      (read.get(name) ?? 0) +
      usedMs(() => {
        const { problems } = project.check(path, { root: '/p' });
        assert.deepEqual(
          problems.filter(({ kind }) => kind === 'ruleFailed'),
          [],
          path,
        );
      });
    if (ms > slowest.ms) Object.assign(slowest, { name, ms });
  }
  t.diagnostic(
    `slowest ${slowest.name}: ${slowest.ms.toFixed(0)} ms of processor time, machine ${slower.toFixed(1)} times slower than usual`,
  );
  assert.ok(
    slowest.ms < limitMs * slower,
    `${slowest.name}: ${slowest.ms.toFixed(0)} ms, slower by ${slower}`,
  );
  assert.deepEqual(project.check('/p/train.py', { root: '/p' }).findings, alone.findings);
});
