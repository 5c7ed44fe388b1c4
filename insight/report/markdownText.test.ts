import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownText } from './markdownText.ts';

for (const [text, shown] of [
  ['train.py', 'train.py'],
  ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
  ['[a](http://x) ![b](y)', '\\[a\\](http\\://x) !\\[b\\](y)'],
  ['a | b\n\n# c', 'a \\| b \\# c'],
  ['**bold** _it_ `code` ~~no~~ &lt;', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~\\~no\\~\\~ \\&lt;'],
  ['- item', '\\- item'],
  ['12. item', '12\\. item'],
  ['www.example.org', 'www\\.example.org'],
  ['\u001b[31mred\u001b[0m\u202eback\u0000', 'redback'],
  ['a\\', 'a\\\\'],
] as const)
  test(`${JSON.stringify(text)} stays what it is`, () => assert.equal(markdownText(text), shown));

test('ten megabytes take no longer than their length', () => {
  const start = process.cpuUsage().user;
  assert.equal(markdownText('\u001b]'.repeat(5_000_000)).length, 0);
  assert.ok(process.cpuUsage().user - start < 3_000_000);
});
