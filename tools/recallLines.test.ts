import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hunksOf, linesBefore } from './recallLines.ts';

// Line 3 replaced by two, line 7 deleted, one line put in after 9.
const hunks = hunksOf(
  ['@@ -3 +3,2 @@ def f():', '-c', '+C', '+D', '@@ -7 +7,0 @@', '-g', '@@ -9,0 +10 @@', '+x'].join('\n'),
);

test('unchanged lines stand for themselves, shifted by what came before', () => {
  assert.deepEqual(
    [1, 2, 5, 7, 8, 9, 11].map((line) => linesBefore(line, hunks)),
    [[1], [2], [4], [6], [8], [9], [10]],
  );
});

test('a new line stands for all that its hunk replaced, and for nothing where it replaced nothing', () => {
  assert.deepEqual(linesBefore(3, hunks), [3]);
  assert.deepEqual(linesBefore(4, hunks), [3]);
  assert.deepEqual(linesBefore(10, hunks), []);
});
