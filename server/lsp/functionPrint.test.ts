import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { functionPrint, isSameFunction } from './functionPrint.ts';

const own = readFileSync(join(import.meta.dirname, '..', 'python', 'evaluate.ts'), 'utf8');
/** Lines of a real file: what is written by people is not spread evenly. */
const lines = (count: number): string[] =>
  [...new Set(own.split('\n').map((line) => line.trim()))].filter((line) => line !== '').slice(0, count);
const rewritten = (all: readonly string[], every: number): string[] =>
  all.map((line, at) => (at % every === 0 ? `${line} # another` : line));
const same = (a: readonly string[], b: readonly string[]): boolean =>
  isSameFunction(functionPrint(a.join('\n')), functionPrint(b.join('\n')));

test('formatting, moving and comments of their own change nothing', () => {
  const before = 'def f(x):\n    y = x.item()\n    return y\n';
  const after =
    '    def f(x):\r\n\r\n        # read by people\r\n        y = x.item()   \r\n        return y';
  assert.deepEqual(functionPrint(before), functionPrint(after));
});

test('a line in five rewritten is the same function, one in two is not', () => {
  for (const count of [8, 40, 90, 200]) {
    assert.equal(same(lines(count), rewritten(lines(count), 5)), true, `${count} lines, one in five`);
    assert.equal(same(lines(count), rewritten(lines(count), 2)), false, `${count} lines, one in two`);
  }
});

test('some lines added are the same function, twice as many again are not', () => {
  const grown = (count: number, more: number): string[] => [
    ...lines(count),
    ...Array.from({ length: more }, (_, at) => `added_${at} = ${at}`),
  ];
  for (const count of [6, 60, 180]) {
    assert.equal(same(lines(count), grown(count, count / 2)), true, `${count} lines and half as many`);
    assert.equal(same(lines(count), grown(count, count * 2)), false, `${count} lines and twice as many`);
  }
});

test('a one-line function whose line has changed is another; nothing is the same as nothing', () => {
  assert.equal(same(['f = lambda x: x.item()'], ['f = lambda x: x.tolist()']), false);
  assert.equal(same([], []), true);
});

test('a print is small and says nothing of the text', () => {
  const print = functionPrint(own);
  assert.ok(JSON.stringify(print).length < 3_000);
  assert.ok(print.every((hash) => /^[0-9a-f]{16}$/.test(hash)));
});
