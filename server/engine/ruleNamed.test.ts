import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleNamed } from './ruleNamed.ts';

test('a rule is found by its name, however it is joined, and by the one that it had before', () => {
  const rules = [
    { name: 'loader-no-workers', aliases: [] },
    { name: 'transfer-blocking', aliases: ['blocking-copy'] },
  ];
  for (const [word, name] of [
    ['loader-no-workers', 'loader-no-workers'],
    ['Loader_No_Workers', 'loader-no-workers'],
    ['blocking-copy', 'transfer-blocking'],
    ['blockingCopy', 'transfer-blocking'],
    ['blocking', undefined],
  ] as const)
    assert.equal(ruleNamed(word, rules)?.name, name, word);
});
