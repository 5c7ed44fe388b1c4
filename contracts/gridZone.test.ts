import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gridZoneOf, gridZonePattern } from './gridZone.ts';

test('a zone is a short name; whatever else stands in its place names none', () => {
  for (const name of ['DE', 'US-CAL-CISO', 'DK-DK1', 'GB_north', '7']) assert.equal(gridZoneOf(name), name);
  assert.equal(gridZoneOf('  FR\n'), 'FR');
  for (const other of [
    '',
    ' ',
    '-DE',
    'DE-',
    'D E',
    '[x](command:y)',
    'é',
    'x'.repeat(41),
    50,
    null,
    undefined,
    {},
  ])
    assert.equal(gridZoneOf(other), null, JSON.stringify(other));
});

test('the settings editor takes the names that are kept, and an empty text', () => {
  const pattern = new RegExp(gridZonePattern, 'u');
  for (const name of ['', 'DE', 'US-CAL-CISO']) assert.ok(pattern.test(name), name);
  for (const name of ['D E', '-DE', ' ']) assert.ok(!pattern.test(name), name);
});
