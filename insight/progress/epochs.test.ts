import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEpochList, joinedEpochs } from './epochList.ts';
import { silent } from './outputSamples.ts';
import { createProgress } from './progress.ts';

/** Lines at these seconds; `epoch 2@10`, with `done` behind where that is what was told. */
function epochsOf(lines: readonly (readonly [second: number, text: string])[]): readonly string[] {
  const progress = createProgress();
  for (const [second, text] of lines) progress.add(text, second * 1000);
  return progress
    .epochs()
    .map(({ timeMs, epoch, done }) => `${epoch}@${timeMs / 1000}${done ? ' done' : ''}`);
}

const bar = (epoch: number, done: number): string =>
  `\rEpoch ${epoch}:  45%|████▌     | ${done}/40 [00:05<00:06, 8.10it/s, loss=0.31]`;

test('a bar that names its epoch begins it', () => {
  assert.deepEqual(
    epochsOf([
      [1, bar(0, 1)],
      [5, bar(0, 39)],
      [6, bar(1, 1)],
      [10, bar(1, 40)],
      [11, bar(2, 2)],
    ]),
    ['0@1', '1@6', '2@11'],
  );
});

test('a heading names the epoch of the lines below it', () => {
  const step = (done: number): string =>
    `\r${done}/938 [==>...........................] - ETA: 3s - loss: 0.4012`;
  assert.deepEqual(
    epochsOf([
      [0, 'Epoch 1/3\n'],
      [1, step(10)],
      [4, step(90)],
      [5, '\nEpoch 2/3\n'],
      [6, step(5)],
      [9, step(95)],
    ]),
    ['1@1', '2@6'],
  );
});

test('lines at the end of each epoch tell how many are done, and none is no mark', () => {
  assert.deepEqual(
    epochsOf([
      [3, 'Epoch: 000, Loss: 0.92, Val: 0.77\n'],
      [6, 'Epoch: 001, Loss: 0.82, Val: 0.79\n'],
      [9, 'Epoch: 002, Loss: 0.72, Val: 0.80\n'],
    ]),
    ['1@6 done', '2@9 done'],
  );
});

test('parts of an epoch are no marks, their sum is', () => {
  const log = (epoch: number): string => `{'loss': 2.3, 'learning_rate': 4.5e-05, 'epoch': ${epoch}}\n`;
  assert.deepEqual(
    epochsOf([0.25, 0.5, 0.75, 1.01, 1.5, 2.02].map((epoch, at) => [at, log(epoch)] as const)),
    ['1@3 done', '2@5 done'],
  );
});

test('two ranks in one output, an epoch apart, mark each once; another training is marked anew', () => {
  const list = createEpochList();
  for (const [timeMs, epoch] of [0, 1, 0, 1, 2, 1, 3, 2, 4, 0, 1].entries()) list.see(epoch, timeMs);
  assert.deepEqual(
    list.marks.map(({ epoch }) => epoch),
    [0, 1, 2, 3, 4, 0, 1],
  );
});

test('thousands of epochs stay few marks', () => {
  const list = createEpochList();
  for (let epoch = 1; epoch <= 20_000; epoch += 1) list.see(epoch, epoch);
  assert.ok(list.marks.length > 100 && list.marks.length <= 400, `${list.marks.length}`);
});

for (const { name, text } of silent)
  test(`marks no epoch in ${name}`, () => {
    assert.deepEqual(epochsOf([[0, text]]), []);
  });

test('a sampler that begins anew tells no boundary at the epoch under way, and the joined list stays short', () => {
  const marks = (...epochs: readonly number[]) => epochs.map((epoch, at) => ({ timeMs: at, epoch }));
  const joined = (before: readonly number[], since: readonly number[]): readonly number[] =>
    joinedEpochs(marks(...before), marks(...since)).map(({ epoch }) => epoch);
  assert.deepEqual(joined([4, 5], [5, 6]), [4, 5, 6]);
  assert.deepEqual(joined([4, 5], [4, 5]), [4, 5]);
  assert.deepEqual(joined([4, 5], [1, 2]), [4, 5, 1, 2]);
  assert.deepEqual(joined([], [1, 2]), [1, 2]);
  const many = Array.from({ length: 400 }, (_, at) => at + 1);
  assert.ok(
    joined(
      many,
      many.map((epoch) => epoch + 400),
    ).length <= 400,
  );
});
