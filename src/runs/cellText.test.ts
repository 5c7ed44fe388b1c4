import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellCommand, cellExitCode, newOutput } from './cellText.ts';

test('a cell is named by its notebook, its number and its first statement', () => {
  const source = '%%time\n# train\n\nfor batch in loader:\n    step(batch)';
  assert.equal(cellCommand('train.ipynb', 3, source), 'train.ipynb, cell 3: for batch in loader:');
  assert.equal(cellCommand('a.ipynb', 1, '# nothing\n'), 'a.ipynb, cell 1');
  assert.ok(cellCommand('a.ipynb', 1, 'x'.repeat(5_000)).length < 120);
});

test('only what is new of the output is told, a line that was drawn anew as a whole', () => {
  assert.equal(newOutput('', 'step 1\n'), 'step 1\n');
  assert.equal(newOutput('step 1\n', 'step 1\nstep 2\n'), 'step 2\n');
  assert.equal(newOutput('load\n10%|#  | 1/10', 'load\n20%|## | 2/10'), '\r20%|## | 2/10');
  assert.equal(newOutput('1/10', '2/10'), '\r2/10');
});

test('an interrupted cell is told from a failed one', () => {
  assert.equal(cellExitCode(true, null), 0);
  assert.equal(cellExitCode(false, 'ValueError'), 1);
  assert.equal(cellExitCode(false, 'KeyboardInterrupt'), 130);
  assert.equal(cellExitCode(undefined, null), null);
});
