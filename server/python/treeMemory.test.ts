/** The tree as read from the parser's memory is the tree as its cursor walks it, for whole and for broken texts. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Language, Parser, type Tree } from 'web-tree-sitter';
import { wasmFiles } from '../wasmFiles.ts';
import { copyTree } from './rawTree.ts';
import { type ParserMemory, type TreeReader, treeReader } from './treeMemory.ts';

const files = await wasmFiles();
const memory: ParserMemory & { wasmBinary: Uint8Array } = { wasmBinary: files.runtimeWasm };
await Parser.init(memory);
const language = await Language.load(files.grammarWasm);
const parser = new Parser();
parser.setLanguage(language);

const demo = new URL('../../demo/', import.meta.url);
const scripts = readdirSync(demo, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.py'))
  .sort()
  .map((name) => readFileSync(new URL(name, demo), 'utf8'));

function reader(): TreeReader {
  const found = treeReader(parser, language, memory);
  assert.ok(found !== undefined, 'the sample is read as the cursor reads it');
  return found;
}

function sameTrees(read: TreeReader, text: string, what: string): void {
  const tree: Tree | null = parser.parse(text);
  assert.ok(tree);
  try {
    assert.deepEqual({ ...read(tree), trees: [] }, copyTree(tree), what);
  } finally {
    tree.delete();
  }
}

test('whole scripts', () => {
  const read = reader();
  assert.ok(scripts.length > 10);
  for (const [i, text] of scripts.entries()) sameTrees(read, text, `script ${i}`);
});

test('scripts with pieces cut out and doubled', () => {
  const read = reader();
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const [i, whole] of scripts.entries()) {
    for (let round = 0; round < 4; round++) {
      let text = whole;
      for (let cut = 0; cut < 5; cut++) {
        const at = random(text.length);
        text =
          text.slice(0, at) + (random(2) === 0 ? '' : text.slice(at, at + 20)) + text.slice(at + random(40));
      }
      sameTrees(read, text, `script ${i}, round ${round}`);
    }
  }
});

test('deep nesting, odd characters, nothing at all', () => {
  const read = reader();
  for (const text of ['', '\n\n', '\0', 'é = "🐍"\r\nx = é', ')('.repeat(500), `x = ${'('.repeat(3000)}1`])
    sameTrees(read, text, JSON.stringify(text.slice(0, 20)));
});

test('a memory of another shape is not read', () => {
  assert.equal(treeReader(parser, language, {}), undefined);
  assert.equal(treeReader(parser, language, { HEAPU32: new Uint32Array(1 << 20) }), undefined);
});
