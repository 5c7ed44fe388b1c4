import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fixed, marked, reported } from '../../test/rules/checking.ts';
import { rules } from './index.generated.ts';

const headings = [
  'What it does',
  'Why it costs energy',
  'Example',
  'Better',
  'When it stays silent',
  'Fix',
  'Evidence',
];

for (const { meta } of rules) {
  const page = readFileSync(new URL(`./${meta.family}/${meta.name}.md`, import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```python\n([\s\S]*?)^```/gm)].map((m) => m[1] ?? '');

  test(`${meta.name}: the page has its headings in order`, () => {
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map((m) => m[1]),
      headings,
    );
    assert.ok(page.startsWith(`# ${meta.name}\n`));
    assert.match(page.slice(page.indexOf('## Evidence')), /not measured|https?:|#\d+/);
  });

  test(`${meta.name}: every block of the page reports what it marks and nothing else`, () => {
    for (const block of blocks) assert.deepEqual(reported(block, undefined, meta.name), marked(block), block);
    assert.ok(blocks.filter((b) => marked(b).length > 0).length >= 2, 'two blocks that report');
    assert.ok(blocks.filter((b) => marked(b).length === 0).length >= 2, 'two blocks that stay silent');
  });

  test(`${meta.name}: fixes of the page's blocks leave nothing behind`, () => {
    let count = 0;
    for (const block of blocks)
      if (marked(block).some((m) => m.endsWith(meta.name)) && !block.includes('class Trainer')) {
        fixed(block, meta.name);
        count++;
      }
    assert.ok(count > 0);
  });

  test(`${meta.name}: metadata`, () => {
    assert.match(meta.name, /^(?!avoid-|prefer-|use-|no-)[a-z]+(-[a-z]+)*$/);
    assert.match(meta.since, /^\d+\.\d+\.\d+$/);
    for (const message of Object.values(meta.messages))
      assert.match(message, /^[A-Z][^.]*(\.\w[^.]*)*\.$/, message);
  });
}
