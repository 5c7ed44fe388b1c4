import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { counting, silent } from './outputSamples.ts';
import { createProgress } from './progress.ts';

interface Result {
  readonly count: number;
  readonly total: number | null;
  readonly counts: readonly number[];
}

/** All at one time, so that the pieces cannot tell which line moved longest. */
function readWhole(pieces: readonly string[]): Result | null {
  const progress = createProgress();
  const seen = pieces.flatMap((piece) => progress.add(piece, 0));
  const main = progress.main();
  if (main === null) return null;
  const counts = seen.filter(({ track }) => track === main.track).map(({ count }) => count);
  return { count: main.count, total: main.total, counts };
}

function monotone(counts: readonly number[]): boolean {
  return counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0));
}

for (const { name, text, count, total } of counting)
  test(`counts the steps of ${name}`, () => {
    const result = readWhole([text]);
    assert.equal(result?.count, count);
    assert.equal(result?.total, total);
    assert.ok(monotone(result?.counts ?? []));
  });

for (const { name, text } of silent)
  test(`finds no step in ${name}`, () => {
    assert.equal(readWhole([text]), null);
  });

test('epochs count where nothing finer does', () => {
  const progress = createProgress();
  const epoch = (number: number): string => `Epoch ${number}/3\nEpoch ${number}: train loss 0.5\n`;
  for (const number of [1, 2]) progress.add(epoch(number), number * 60_000);
  assert.deepEqual([progress.main()?.unit, progress.main()?.count], ['epoch', 2]);
  for (const step of [100, 200, 300]) progress.add(`step ${step} loss 0.4\n`, 120_000 + step * 200);
  assert.deepEqual([progress.main()?.unit, progress.main()?.count], ['step', 300]);
});

test('old Keras counts samples, and says how many there are', () => {
  const progress = createProgress();
  progress.add('Train on 60000 samples, validate on 10000 samples\nEpoch 1/5\n', 0);
  progress.add('\r  128/60000 [....................] - ETA: 9s - loss: 2.3\r', 100);
  progress.add('\r12800/60000 [====>...............] - ETA: 5s - loss: 1.3\r', 2000);
  assert.deepEqual([progress.main()?.unit, progress.main()?.count], ['sample', 12_800]);
});

test('batches alone may be of inference; beside an epoch they are of training', () => {
  const bar = (done: number): string => `\rbatches: ${done}%|██  | ${done}/100 [00:05<00:05, 9.10it/s]`;
  assert.equal(readWhole([bar(10), bar(20)]), null);
  assert.equal(readWhole(['Epoch 1\n', bar(10), bar(20)])?.count, 20);
});

test('the pieces that output comes in change nothing at the end', () => {
  const sample = fc.constantFrom(...counting, ...silent);
  fc.assert(
    fc.property(sample, fc.array(fc.nat(200), { minLength: 1, maxLength: 60 }), ({ text }, lengths) => {
      const pieces: string[] = [];
      let from = 0;
      for (const length of lengths) {
        pieces.push(text.slice(from, from + length));
        from += length;
      }
      pieces.push(text.slice(from));
      const result = readWhole(pieces);
      const whole = readWhole([text]);
      assert.equal(result?.count, whole?.count);
      assert.equal(result?.total, whole?.total);
      assert.ok(monotone(result?.counts ?? []));
    }),
    { numRuns: 400 },
  );
});

test('a bar is read while its line is still open, at the time of its last piece', () => {
  const progress = createProgress();
  assert.deepEqual(progress.add('\r 10%|█         | 30/300 [00:05<00:45, ', 1000), []);
  const [seen] = progress.add(' 6.00it/s]', 1500);
  assert.equal(seen?.count, 30);
  assert.equal(seen?.timeMs, 1500);
});

test('a count cut off by a piece is not taken for a small one', () => {
  const progress = createProgress();
  const seen = [...progress.add('step 12', 0), ...progress.add('3/300\nstep 124/300\n', 10)];
  assert.deepEqual(
    seen.map(({ count }) => count),
    [123, 124],
  );
});

test('another rank that lags by a step does not restart the count', () => {
  const lines = [10, 10, 11, 10, 12, 11, 13, 12].map((step) => `step ${step}/300 loss 2.${step}\n`);
  assert.equal(readWhole(lines)?.count, 13);
});

test('preparation before the training does not stay the run’s steps', () => {
  const bar = (done: number, total: number): string =>
    `\r${Math.floor((100 * done) / total)}%|██  | ${done}/${total} [00:01<00:09, 50.00it/s]`;
  const progress = createProgress();
  for (let done = 0; done <= 1000; done += 100) progress.add(bar(done, 1000), done);
  for (let done = 0; done <= 300; done += 1) progress.add(bar(done, 300), 2000 + done * 100);
  assert.equal(progress.main()?.count, 300);
});

test('evaluation after the training does not take its place', () => {
  const bar = (done: number, total: number): string => `\r${done}/${total} [00:01<00:09, 50.00it/s]`;
  const progress = createProgress();
  for (let done = 0; done <= 300; done += 1) progress.add(bar(done, 300), done * 100);
  for (let done = 0; done <= 900; done += 100) progress.add(bar(done, 900), 31_000 + done);
  assert.equal(progress.main()?.count, 300);
});

/** Of the processor: another program's turn is not ours. */
function readingMs(text: string): number {
  const started = process.cpuUsage();
  const progress = createProgress();
  for (let from = 0; from < text.length; from += 65_536) progress.add(text.slice(from, from + 65_536), from);
  return process.cpuUsage(started).user / 1000;
}

test('ten megabytes without a line end, and of nasty ones, are read in linear time', () => {
  const nasty: readonly string[] = [
    '1234567890'.repeat(1e6),
    'step '.repeat(2e6),
    '1/2 ['.repeat(2e6),
    'epoch 1 / '.repeat(1e6),
    '\u001b[31m1/'.repeat(1.2e6),
    `${'12/300 [00:05<'.repeat(140)}\n`.repeat(5000),
    `${'epoch 1 step 2 loss '.repeat(99)}\n`.repeat(5000),
    `${'9'.repeat(1900)} step ${'8'.repeat(90)}\n`.repeat(5000),
    `${' '.repeat(1990)}step\n`.repeat(5000),
    ']'.repeat(1e7),
    `${'[1/2] 3%|'.repeat(220)}\n`.repeat(5000),
    `${'Train: [1/2] [3/'.repeat(120)}\n`.repeat(5000),
    `${'valid|'.repeat(330)}\n`.repeat(5000),
  ];
  for (const text of nasty) {
    const tenth = text.slice(0, text.length / 10);
    // The better of two: the first one is read while the code is still new.
    const tenthMs = Math.min(readingMs(tenth), readingMs(tenth));
    const spentMs = readingMs(text);
    assert.ok(spentMs < 2500, `${text.slice(0, 12)}: ${spentMs.toFixed(0)} ms`);
    // Ten times the text takes ten times as long; in quadratic time it would be a hundred.
    const times = spentMs / Math.max(tenthMs, 4);
    assert.ok(times < 25, `${text.slice(0, 12)}: ${times.toFixed(1)} times as long as a tenth of it`);
  }
});
