import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLink, markdownText, oneLine } from './outsideText.ts';

test('a line stays one line, without marks that reorder or hide', () => {
  assert.equal(oneLine('a\r\n\tb\u0000\u202ec\u200b d\u2028e'), 'a b c d e');
  assert.equal([...oneLine('😀'.repeat(500))].length, 120);
  assert.ok(oneLine('x'.repeat(500)).endsWith('…'));
});

test('ten megabytes take no time', () => {
  const start = performance.now();
  oneLine(' \u202e'.repeat(5_000_000));
  assert.ok(performance.now() - start < 200);
});

test('Markdown renders as the text itself', () => {
  assert.equal(markdownText('a_b*c`d<e>[f](g)'), 'a\\_b\\*c\\`d\\<e\\>\\[f\\]\\(g\\)');
  assert.equal(markdownText('https://x.y'), 'https\\:\\/\\/x\\.y');
});

test('an argument cannot end its link', () => {
  assert.equal(
    commandLink('Show [x]', 'perjoule.showRun', "a')b"),
    '[Show \\[x\\]](command:perjoule.showRun?%5B%22a%27%29b%22%5D)',
  );
});
