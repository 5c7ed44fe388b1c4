import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { document, published } from './publish.ts';

test('the published tables are what the diagnosis gives now', () => {
  const text = readFileSync(document, 'utf8');
  assert.equal(published(text), text, 'npm run kinds writes them anew');
});

test('where nothing is told there is no precision', () => {
  const rows = readFileSync(document, 'utf8')
    .split('\n')
    .filter((line) => /^\|.*\| (\d+ %|–) \|$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  assert.ok(rows.length > 20);
  for (const [, kind, , told, , wrongly, precision] of rows)
    assert.equal(precision === '–', Number(told) + Number(wrongly) === 0, kind);
});
