import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutControls } from './terminalSequences.ts';

const cases: readonly (readonly [text: string, left: string])[] = [
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u009b31mred\u009b0m', 'red'],
  ['a\u001b[2J\u001b[?25lb', 'ab'],
  ['a\u001b[38;2;1;2;3mb', 'ab'],
  ['\u001b]0;title\u0007a', 'a'],
  ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u009d0;title\u009ca', 'a'],
  ['\u001bPq#0;2;0;0;0~-\u001b\\a', 'a'],
  ['\u001b_payload\u001b\\a', 'a'],
  ['\u001b(0a\u001b(Bb\u001bcc\u001b7d', 'abcd'],
  // Cut off, as by a longest length.
  ['a\u001b[31', 'a'],
  ['a\u001b', 'a'],
  ['a\u001b]0;title', 'a'],
  ['a\u001b[31é', 'aé'],
  ['\u202eback\u0000\u0085', 'back'],
  ['two\nlines\tand [31m letters', 'two\nlines\tand [31m letters'],
];
for (const [text, left] of cases)
  test(`of ${JSON.stringify(text)} is left what is text`, () => assert.equal(withoutControls(text), left));

test('a text of nothing but beginnings takes linear time', () => {
  for (const piece of ['\u001b]', '\u001b[', '\u001b', '\u009b1;', '\u001b(', '\u0090'])
    assert.equal(withoutControls(piece.repeat(2_000_000)), '', JSON.stringify(piece));
});
