import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Positions } from './positions.ts';

test('columns are code points, lines end where Python ends them', () => {
  const text = 'a😀b\r\n\tc\rd\n\u2028e';
  const positions = new Positions(text);
  const at = (piece: string): [number, number] => {
    const { line, column } = positions.at(text.indexOf(piece));
    return [line, column];
  };
  assert.deepEqual(at('b'), [1, 3]);
  assert.deepEqual(at('c'), [2, 2]);
  assert.deepEqual(at('d'), [3, 1]);
  assert.deepEqual(at('e'), [4, 2]);
  assert.equal(positions.lineAt(text.indexOf('\tc')), '\tc');
});

test('a lone surrogate is one column', () => {
  assert.equal(new Positions('\ud83dx').at(1).column, 2);
});

test('the last line counts with and without an end', () => {
  assert.deepEqual(
    ['', 'a', 'a\n', 'a\nb', '\n\n'].map((text) => new Positions(text).lineCount),
    [0, 1, 1, 2, 2],
  );
});

test('columns of a long line count code points, whatever lies on the edges of its stretches', () => {
  const line = `x${'\u{1f525}'.repeat(5000)}y${'ab\u{1f525}'.repeat(3000)}`;
  const positions = new Positions(`first\n${line}\nlast`);
  let [at, column] = [0, 1];
  for (const character of line) {
    if (column % 97 === 1) assert.deepEqual(positions.at(6 + at), { line: 2, column });
    at += character.length;
    column += 1;
  }
  assert.deepEqual(positions.at(6 + line.length), { line: 2, column });
});
