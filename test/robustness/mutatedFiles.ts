/** Python files as they look half typed, badly merged or cut off: seeded, so that a failure can be repeated. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../insight/testing/random.ts';
import { projectFolder } from '../../tools/projectFolder.ts';

/** What people and tools leave in a file by accident. */
const pieces = [
  '(',
  ')',
  '[',
  '{',
  '"',
  "'''",
  'f"{',
  ':',
  '\n',
  '\r\n',
  '\t',
  '    ',
  '\f',
  '\0',
  '\\\n',
  '\ufeff',
  '😀',
  'def ',
  'class A(A):\n',
  'for x in ',
  'async with ',
  'lambda: ',
  'match x:\n',
  'self.',
  'yield ',
  ' await ',
  '**',
  ':=',
  '<<<<<<< HEAD\n',
  'from . import *\n',
  '# perjoule: allow ',
];

/** The examples of every rule page and the demo: one module each. */
function sources(): readonly string[] {
  const pages = readdirSync(join(projectFolder, 'server', 'rules'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => readFileSync(join(projectFolder, 'server', 'rules', path), 'utf8'))
    .map((page) => [...page.matchAll(/^```python\n([\s\S]*?)^```/gm)].map(([, code]) => code).join('\n'));
  const demo = ['train.py', 'history.py', 'pictures.py', 'torch/_tensor.py'].map((path) =>
    readFileSync(join(projectFolder, 'demo', path), 'utf8'),
  );
  return [...pages, ...demo].filter((text) => text !== '');
}

/**
 * `count` texts: a fifth cut off somewhere, a fifth with lines taken from another file, the rest with pieces put in,
 * left out and doubled.
 */
export function* mutatedFiles(seed: number, count: number): Generator<string> {
  const random = createRandom(seed);
  const all = sources();
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  for (let index = 0; index < count; index += 1) {
    let text = pick(all);
    const kind = index % 5;
    if (kind === 0) {
      yield text.slice(0, below(text.length));
      continue;
    }
    if (kind === 1) {
      const lines = text.split('\n');
      const other = pick(all).split('\n');
      const from = below(other.length);
      lines.splice(below(lines.length), below(8), ...other.slice(from, from + below(30)));
      yield lines.join('\n');
      continue;
    }
    for (let edit = 1 + below(12); edit > 0; edit -= 1) {
      const at = below(text.length);
      const left = text.slice(0, at);
      const right = text.slice(at + (random.next() < 0.5 ? below(20) : 0));
      const put = random.next() < 0.8 ? pick(pieces) : text.slice(at, at + below(200));
      text = left + put + right;
    }
    yield text;
  }
}
