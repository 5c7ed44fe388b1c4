import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { matchesFilter, tagsOf } from './runFilter.ts';

const run = {
  name: 'train.py',
  number: 14,
  command: 'python train.py --lr 1e-3',
  cwd: '/home/me/vision',
  note: 'Larger batch',
  tags: ['baseline', 'H100'],
} as unknown as RunSummary;

test('every word must be found, a tag as a whole', () => {
  for (const filter of ['', 'TRAIN', 'lr batch', 'vision 1e-3', '#baseline', '#h100 larger', 'run 14'])
    assert.equal(matchesFilter(run, filter), true, filter);
  for (const filter of ['evaluate', 'train evaluate', '#base', '#vision'])
    assert.equal(matchesFilter(run, filter), false, filter);
});

test('a run without notes and tags is found by the rest', () => {
  const { note: _note, tags: _tags, ...plain } = run;
  assert.equal(matchesFilter(plain, 'train'), true);
  assert.equal(matchesFilter(plain, '#baseline'), false);
});

test('tags are typed with commas', () => {
  assert.deepEqual(tagsOf(' warm-up, lr 1e-3 ,, '), ['warm-up', 'lr 1e-3']);
  assert.deepEqual(tagsOf(''), []);
});
