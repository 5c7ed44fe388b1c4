import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortened } from './terminalText.ts';

test('a long text ends in "…" at the length that is given, counted in code points', () => {
  assert.equal(shortened('train.py', 8), 'train.py');
  assert.equal(shortened('train.pyw', 8), 'train.p…');
  assert.equal(shortened('🔥🔥🔥', 3), '🔥🔥🔥');
});
