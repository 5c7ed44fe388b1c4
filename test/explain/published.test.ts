import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { document, published } from './publish.ts';

test('the published tables are what the diagnosis gives now', () => {
  const text = readFileSync(document, 'utf8');
  assert.equal(published(text), text, 'npm run kinds writes them anew');
});
