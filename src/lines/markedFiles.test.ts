import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RunDetail } from '../../contracts/runs.ts';
import { MarkedFiles, type MarksMemory } from './markedFiles.ts';

const path = '/p/train.py';

function memory(): MarksMemory {
  const kept = new Map<string, unknown>();
  return {
    get: <Value>(key: string, otherwise: Value) => (kept.has(key) ? (kept.get(key) as Value) : otherwise),
    update: async (key, value) => void kept.set(key, value),
  };
}

const run = (number: number, changes: Partial<RunDetail> = {}): RunDetail =>
  ({
    runId: `run ${number}`,
    number,
    state: 'ended',
    startedAtMs: number * 10_000,
    durationMs: 5_000,
    totals: { provenance: { source: 'nvml', quality: 'counter', simulated: false, band: 0.05 } },
    lines: {
      sampledJ: 100,
      samples: 100,
      missedSamples: 0,
      lines: [{ path, line: 1, name: 'train', samples: 100, energyJ: 100, idleJ: 0 }],
      functions: [],
      phases: [],
    },
    ...changes,
  }) as RunDetail;

/** Files whose reading ends when the test says so, in the order that it says. */
function slowFiles(): { read: (path: string) => Promise<string>; answers: ((text: string) => void)[] } {
  const answers: ((text: string) => void)[] = [];
  return { read: () => new Promise((resolve) => answers.push(resolve)), answers };
}

describe('joules by file', () => {
  test('of the newest run, also where the file of an older one is read for longer', async () => {
    const { read, answers } = slowFiles();
    const files = new MarkedFiles(memory(), read);
    const older = files.learn(run(1));
    const newer = files.learn(run(2));
    answers[1]?.('step()\n');
    assert.equal(await newer, true);
    answers[0]?.('step()\n');
    assert.equal(await older, false);
    assert.equal(files.of(path)?.number, 2);
  });

  test('what is cleared while a file is read stays cleared; a run after that is shown', async () => {
    const { read, answers } = slowFiles();
    const kept = memory();
    const files = new MarkedFiles(kept, read);
    const learning = files.learn(run(1));
    files.clear(16_000);
    answers[0]?.('step()\n');
    assert.equal(await learning, false);
    assert.equal(files.of(path), undefined);
    const next = files.learn(run(2));
    answers[1]?.('step()\n');
    assert.equal(await next, true);
    assert.equal(new MarkedFiles(kept, read).of(path)?.number, 2, 'and is remembered');
    assert.equal(files.forget('run 1'), false);
    assert.equal(files.forget('run 2'), true);
    assert.equal(files.of(path), undefined);
  });

  test('not of a file that was written since, of a live run, or of one from elsewhere', async () => {
    const files = new MarkedFiles(memory(), async () => null);
    assert.equal(await files.learn(run(1)), false);
    const unread = new MarkedFiles(memory(), () => assert.fail('nothing is to be read'));
    assert.equal(await unread.learn(run(1, { state: 'live' })), false);
    const { lines: _, ...without } = run(1);
    assert.equal(await unread.learn(without), false);
  });
});
