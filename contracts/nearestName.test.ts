import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName, sameName, unknownName } from './nearestName.ts';

const names = ['sync-scalar-in-step', 'loader-no-workers', 'loader-no-pin-memory', 'input-starvation'];

test('the nearest name is found by letters, by a part of it, and however its words are joined', () => {
  for (const [word, name] of [
    ['sync-scaler-in-step', 'sync-scalar-in-step'],
    ['loader_no_workers', 'loader-no-workers'],
    ['pin-memory', 'loader-no-pin-memory'],
    ['inputStarvation', 'input-starvation'],
    ['starvation', 'input-starvation'],
  ] as const)
    assert.equal(nearestName(word, names), name);
  for (const far of ['nope', 'x', 'x'.repeat(1_000_000)])
    assert.equal(nearestName(far, [...names, 'pauses']), undefined);
  assert.equal(nearestName('x', []), undefined);
});

test('a name is itself in any case, and no other', () => {
  for (const word of ['LOADER-NO-WORKERS', 'Loader_No Workers', 'loaderNoWorkers'])
    assert.equal(sameName(word, names), 'loader-no-workers');
  assert.equal(sameName('loader-no-worker', names), undefined);
});

test('who asks for an unknown name is told all of them', () => {
  assert.equal(
    unknownName('rule', 'loader', ['loader-no-workers', 'x']),
    'there is no rule "loader"; did you mean "loader-no-workers"? There are: loader-no-workers, x.',
  );
  assert.equal(
    unknownName('rule', 'nope', ['pauses', 'x']),
    'there is no rule "nope"; there are: pauses, x.',
  );
});
