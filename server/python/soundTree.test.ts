/** What the parser makes of a text does not depend on the texts before it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Language, Parser } from 'web-tree-sitter';
import { createSeededRandom } from '../../insight/seededRandom.ts';
import { wasmFiles } from '../wasmFiles.ts';
import type { Module } from './nodes.ts';
import { loadParser } from './parser.ts';
import { SoundTree } from './soundTree.ts';

const files = await wasmFiles();
const demo = new URL('../../demo/', import.meta.url);
const scripts = readdirSync(demo, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.py'))
  .sort()
  .map((name) => readFileSync(new URL(name, demo), 'utf8'));
const pieces = [
  'x',
  '\n',
  '    ',
  '# é 🐍\n',
  'f(x)',
  '"',
  '"""',
  '(',
  '):',
  'def f():\n',
  'if x:\n',
  '\\\n',
  "f'{a",
  '\r\n',
];

test('a script that is edited here and there, through broken states too, is read like one that was never seen', async () => {
  const [going, anew] = [await loadParser(files), await loadParser(files)];
  const random = createSeededRandom(5);
  const below = (count: number): number => Math.floor(random() * count);
  let [broken, kept] = [0, 0];
  for (const script of scripts) {
    let text = script;
    let last: Module | undefined;
    for (let edit = 0; edit < 16; edit++) {
      // Back to where it was whole: what is broken stays so.
      if (edit % 4 === 0) text = script;
      const at = below(text.length);
      const piece = pieces[below(pieces.length)] ?? '';
      text = text.slice(0, at) + piece + text.slice(at + below(3) * below(9));
      const before = new Set(last?.body.body);
      const read = going.parse(text, last);
      kept += read.body.body.filter((statement) => before.has(statement)).length;
      last = read;
      anew.parse('');
      assert.deepEqual(read, anew.parse(text));
      if (read.syntaxErrorAt !== undefined) broken++;
    }
  }
  assert.ok(broken > scripts.length && broken < 15 * scripts.length, `${broken} texts are broken`);
  assert.ok(kept > 5 * scripts.length, `${kept} statements are kept`);
});

test('the nodes of a module are taken along only where it is given up', async () => {
  const parser = await loadParser(files);
  const text = (x: number): string =>
    `def g():\n    x = ${x}\n    y = 2\n\n\n@c\ndef f(a: int = 1, *, b=lambda c: c) -> str:\n    d: int = a  # note\n    return d\n`;
  const start = (module: Module): number | undefined => module.body.body[1]?.start;
  const first = parser.parse(text(1));
  const second = parser.parse(text(100));
  assert.deepEqual([start(first), start(second)], [31, 33]);
  // What is no longer the last to hold them has none to give.
  const third = parser.parse(text(10), first);
  assert.deepEqual([start(first), start(second), start(third)], [31, 33, 32]);
  const fourth = parser.parse(text(1000), third);
  assert.equal(fourth.body.body[1], third.body.body[1]);
  assert.equal(start(fourth), 34);
});

test('what recovery made of one broken text is not where the next one starts', async () => {
  const [going, anew] = [await loadParser(files), await loadParser(files)];
  const script = (loader: string, body: string): string =>
    `import torch\n\nfor ${loader}x in loader:\n    y = model(x)\n    print(y)\n\n\ndef f(a, b):\n    if a:\n    ${body}    return b\n    return a\n\n\nz = f(1, 2)\n`;
  for (const text of [script('', ''), script('', ':')]) going.parse(text);
  assert.deepEqual(going.parse(script('}', ':')), anew.parse(script('}', ':')));
});

test('only from a text that is much the same, whatever was broken meanwhile', async () => {
  // Loads the runtime as well.
  await loadParser(files);
  const parser = new Parser();
  parser.setLanguage(await Language.load(files.grammarWasm));
  const text = 'x = 1\n'.repeat(40);
  const tree = parser.parse(text);
  assert.ok(tree);
  const sound = new SoundTree();
  assert.equal(sound.towards(text), null);
  sound.keep(tree, text, new Map());
  tree.delete();
  const marked = sound.towards(`${text}y = 2\n`);
  assert.equal(marked?.rootNode.hasChanges, true);
  assert.equal(marked.rootNode.endIndex, text.length + 6);
  marked.delete();
  assert.equal(sound.towards('y = 2\n'.repeat(40)), null);
  sound.forget();
  assert.equal(sound.towards(text), null);
});
