import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyEdits, safeEdits } from './applyFixes.ts';
import type { Finding, FixSafety, TextEdit } from './engine/finding.ts';

const edit = (start: number, end: number, text: string): TextEdit => ({ start, end, text });

const finding = (start: number, edits: TextEdit[], safety: FixSafety = 'safe'): Finding => ({
  rule: 'r',
  message: 'It waits.',
  severity: 'warning',
  confidence: 'certain',
  start,
  end: start + 1,
  fixes: [{ title: 'Fix', safety, edits }],
  related: [],
  region: { start, end: start + 1 },
  regionHash: '',
  wasteKind: null,
});

test('fixes that fit together are applied together, in order of the text', () => {
  const edits = safeEdits([finding(5, [edit(5, 6, 'F')]), finding(1, [edit(1, 2, 'B'), edit(3, 3, '+')])]);
  assert.equal(applyEdits('abcdefg', edits), 'aBc+deFg');
});

test('an edit that two fixes share is made once', () => {
  const shared = edit(0, 0, 'import torch\n');
  const edits = safeEdits([finding(1, [shared, edit(1, 2, 'B')]), finding(3, [shared, edit(3, 4, 'D')])]);
  assert.equal(applyEdits('abcd', edits), 'import torch\naBcD');
});

test('a fix that clashes waits as a whole for the next pass', () => {
  const edits = safeEdits([
    finding(0, [edit(0, 3, 'X')]),
    finding(2, [edit(2, 4, 'Y'), edit(6, 7, 'Z')]),
    finding(0, [edit(0, 0, 'first')]),
  ]);
  assert.equal(applyEdits('abcdefg', edits), 'Xdefg');
});

test('suggestions are left to a person', () => {
  assert.deepEqual(safeEdits([finding(0, [edit(0, 1, 'X')], 'suggestion')]), []);
});
