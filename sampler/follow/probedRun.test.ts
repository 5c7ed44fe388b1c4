import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { machine } from '../testing/machine.ts';
import { LiveRun } from './liveRun.ts';

const follow = {
  followId: 'f',
  anchor: 'process',
  pid: 7,
  command: 'python train.py',
  cwd: '/',
  origin: 'cli',
} as const;

/** A run on GPU a whose probe samples 20 times and counts 2 steps a second. */
async function probedRun(context: TestContext) {
  const probeFolder = mkdtempSync(join(tmpdir(), 'perjoule-probes-'));
  context.after(() => rmSync(probeFolder, { recursive: true, force: true }));
  const all = machine({ probeFolder });
  all.holders.push({ uuid: 'a', pid: 7 });
  await all.live(500);
  all.start(7);
  const runId = (await all.sampler.follow(follow)) ?? '';
  let steps = 0;
  const train = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      const from = all.clock.monotonicMs() / 1000;
      await all.live(1000);
      steps += 2;
      const place = steps === 2 ? [[0, '/train.py', 12, 'train']] : [];
      const told = {
        from,
        to: from + 1,
        new: place,
        lines: [[0, 20]],
        phases: {},
        steps,
        stepAt: from + 0.9,
      };
      appendFileSync(join(probeFolder, '7.jsonl'), `${JSON.stringify(told)}\n`);
    }
  };
  return { ...all, runId, train };
}

test('when a GPU joins, the joules by line of all the time before are divided anew', async (context) => {
  const { runId, train, holders, queries } = await probedRun(context);
  await train(70);
  holders.push({ uuid: 'b', pid: 7 });
  await train(10);
  const run = queries.detail(runId);
  assert.equal(run?.devices.length, 2);
  const { sampledJ = 0, missedSamples } = run?.lines ?? {};
  assert.ok((sampledJ ?? 0) > 0.95 * (run?.totals.energyJ ?? 0), `${sampledJ} of ${run?.totals.energyJ}`);
  assert.equal(missedSamples, 0);
});

test('a sampler that goes on with a run counts the steps of its probe file once', async (context) => {
  const { runId, train, store, table, clock } = await probedRun(context);
  await train(10);
  store.flush(clock.nowMs());
  const stored = store.get(runId);
  assert.ok(stored !== null);
  const last = store.stepMarks(runId).at(-1);
  assert.ok(last !== undefined && last.count >= 16, `${last?.count}`);
  const run = LiveRun.resume(stored, table, store, clock.nowMs());
  for (let second = 1; second <= 12; second += 1) {
    const toMs = stored.clockZeroMs + second * 1000;
    const window = { fromMs: toMs - 1000, toMs, lines: [], phases: [] };
    run.addProbe({ pid: 7, window, steps: 2 * second, stepAtMs: toMs - 100 });
  }
  const counts = run.stepMarks().map(({ count }) => count);
  assert.equal(counts.at(-1), 24);
  assert.deepEqual(counts, [...new Set(counts)]);
});

test('clients are told of a run that it is probed, so that they ask for its lines', async (context) => {
  const { runId, train, updates } = await probedRun(context);
  assert.ok(updates.every(({ probed }) => probed === undefined));
  await train(3);
  const last = updates.findLast((update) => update.runId === runId);
  assert.equal(last?.probed, true);
});
