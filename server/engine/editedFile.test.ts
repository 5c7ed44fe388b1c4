/** A file that is edited gives what the same text gives that was never seen: what is kept of the text before changes nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../../insight/seededRandom.ts';
import { longScript } from '../../test/bench/pythonTree.ts';
import { loadParser } from '../python/parser.ts';
import { rules } from '../rules/index.generated.ts';
import { wasmFiles } from '../wasmFiles.ts';
import { ProjectChecker } from './checkProject.ts';

const files = await wasmFiles();
const scripts = [1, 2, 3, 4, 5, 6].map((seed) => longScript(250, seed));

type Below = (count: number) => number;

/** A statement of the module with all its lines. */
const statements = (text: string): string[] => text.split(/^(?=[^\s)\]}#])/m);
const put = (parts: readonly string[], at: number, part: string): string =>
  [...parts.slice(0, at), part, ...parts.slice(at)].join('');

/** What people do to a script, besides typing letters. */
const edits: Readonly<Record<string, (text: string, below: Below) => string>> = {
  'lines above': (text, below) => put(statements(text), below(4), `# note\n\nlimit = ${below(1000)}\n`),
  'a statement moved': (text, below) => {
    const parts = statements(text);
    const [part = ''] = parts.splice(below(parts.length), 1);
    return put(parts, below(parts.length), part);
  },
  'a function renamed where it is defined': (text) => text.replace(/\bdef (?!__)(\w+)/, 'def $1_'),
  'an import renamed': (text) => text.replace(/^import (\w+)$/m, 'import $1 as other'),
  'gradients switched on': (text, below) => {
    const parts = text.split('@torch.no_grad()\n');
    const at = below(parts.length - 1);
    return [...parts.slice(0, at), parts.slice(at, at + 2).join(''), ...parts.slice(at + 2)].join(
      '@torch.no_grad()\n',
    );
  },
  'what a function returns': (text) => text.replace(/return (?!None)\w.*/, 'return None'),
  'a line gone': (text, below) =>
    text
      .split('\n')
      .toSpliced(below(text.split('\n').length), 1)
      .join('\n'),
  'a line doubled': (text, below) => {
    const lines = text.split('\n');
    const at = below(lines.length);
    return lines.toSpliced(at, 0, lines[at] ?? '').join('\n');
  },
  'a string left open': (text, below) =>
    put(
      text.split('\n').map((line) => `${line}\n`),
      below(40),
      '"""\n',
    ),
};

const path = '/project/train.py';
let now = '';
const texts = { text: () => now, root: () => '/project', callers: [path], frozen: false };
const checker = async (): Promise<ProjectChecker> =>
  new ProjectChecker(await loadParser(files), texts, rules);

test('scripts whose statements are moved, whose callees and imports change, through broken states too', async () => {
  const [edited, anew] = [await checker(), await loadParser(files)];
  const random = createSeededRandom(Number(process.env['SEED'] ?? 11));
  const below: Below = (count) => Math.floor(random() * count);
  const names = Object.keys(edits);
  let [found, broken] = [0, 0];
  for (const [number, script] of scripts.entries()) {
    now = script;
    edited.check(path, { minConfidence: 'possible' });
    for (let edit = 0; edit < 12; edit++) {
      const name = names[below(names.length)] ?? '';
      // What is broken is mended by the next edit, mostly.
      if (edit % 3 === 0) now = script;
      now = edits[name]?.(now, below) ?? now;
      const result = edited.check(path, { minConfidence: 'possible' });
      const fresh = new ProjectChecker(anew, texts, rules).check(path, { minConfidence: 'possible' });
      assert.deepEqual(result, fresh, `script ${number}, edit ${edit}: ${name}`);
      found += result.findings.length;
      broken += result.problems.some(({ kind }) => kind === 'syntaxError') ? 1 : 0;
    }
  }
  assert.ok(found > 3 * scripts.length, `${found} findings`);
  assert.ok(broken > scripts.length / 4, `${broken} broken texts`);
});

test('what is told of a function does not outlive a change of what it calls', async () => {
  const script = (method: string): string => `import torch
from zoo import build


def inner(network, batches):
    given = batches
    return network.${method}(given)


def step(network, batches):
    return inner(network, batches)


def evaluate(network, batches, device):
    network.eval()
    return step(network, batches.to(device)).argmax()
`;
  const edited = await checker();
  const found = (method: string): number => {
    now = script(method);
    return edited.check(path, { minConfidence: 'possible' }).findings.length;
  };
  assert.deepEqual(['predict', 'wrapped', 'predict'].map(found), [1, 0, 1]);
});
