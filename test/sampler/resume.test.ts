import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAtRandom, powerTimes } from './kills.ts';
import { endPid, followOf, makePlace, needsPython, pause, python, untilRun } from './samplerHarness.ts';

test('a sampler killed in the middle of a run: the next one goes on with the same run and marks the gap', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  const first = await place.connect({ nvidiaSmi: true });
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(9)']);
  place.fake.control({ pids: [child.pid] });
  const follow = followOf(child.pid);
  const { runId } = await first.request('follow', follow);
  assert.ok(runId !== null);
  for (let step = 1; step <= 30; step += 1) {
    first.notify('output', {
      followId: 'f',
      text: `\rEpoch 1: ${step}/60 [00:0${step % 10}<00:01, 10.00it/s]`,
    });
    await pause(100);
  }
  // What was answered before the kill must still be there after it, but for the second that is open.
  const before = await first.request('series', { runId, fromMs: null, toMs: null, points: 10_000 });
  endPid(first.hello.pid);
  await pause(1000);
  const second = await place.connect({ nvidiaSmi: true });
  assert.notEqual(second.hello.pid, first.hello.pid);
  assert.equal((await second.request('follow', follow)).runId, runId);
  for (let step = 31; step <= 50; step += 1) {
    second.notify('output', {
      followId: 'f',
      text: `\rEpoch 1: ${step}/60 [00:0${step % 10}<00:01, 10.00it/s]`,
    });
    await pause(100);
  }
  const run = await untilRun(second, 'the end', ({ state }) => state === 'ended', 20_000);
  assert.equal(run.runId, runId);
  assert.equal((await second.request('listRuns', { limit: 10 })).length, 1);
  assert.equal(run.gaps.length, 1);
  assert.equal(run.gaps[0]?.reason, 'samplerDown');
  assert.ok((run.gaps[0]?.toMs ?? 0) - (run.gaps[0]?.fromMs ?? 0) > 900);
  const after = await second.request('series', { runId, fromMs: null, toMs: null, points: 10_000 });
  const kept = new Set(powerTimes(after).map(Math.round));
  const lost = powerTimes(before).filter((timeMs) => !kept.has(Math.round(timeMs)));
  const newest = Math.max(...powerTimes(before));
  assert.ok(
    lost.every((timeMs) => timeMs > newest - 1300),
    `${lost.length} lost, oldest ${newest - Math.min(...lost)} ms back`,
  );
  // Power was 300 W whenever it was measured: never in the gap, nor before a slow source has begun again.
  const { energyJ, coverage } = run.totals;
  const gapMs = (run.gaps[0]?.toMs ?? 0) - (run.gaps[0]?.fromMs ?? 0);
  const measuredMs = coverage * run.durationMs;
  assert.ok(
    measuredMs > 3_000 && measuredMs <= run.durationMs - gapMs + 500,
    `${measuredMs} of ${run.durationMs}`,
  );
  const expected = 0.3 * measuredMs;
  assert.ok(Math.abs((energyJ ?? 0) - expected) < 0.05 * expected, `${energyJ} against ${expected}`);
  // Where the source had begun, no reading is missing but those of the gap.
  const times = powerTimes(after);
  const [gap] = run.gaps;
  const holes = times.slice(1).flatMap((timeMs, index) => {
    const fromMs = times[index] ?? 0;
    const inGap = gap !== undefined && fromMs < gap.toMs && timeMs > gap.fromMs;
    return inGap ? [] : [timeMs - fromMs];
  });
  assert.ok(holes.length > 20 && Math.max(...holes) < 1_500, `${Math.max(...holes)} ms without a reading`);
  const counts = (run.stepMarks ?? []).map(({ count }) => count);
  assert.ok(counts.length > 30, `${counts}`);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
});

test('a run whose process ended while no sampler lived is interrupted, not lost', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  const first = await place.connect({ nvidiaSmi: true });
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(30)']);
  place.fake.control({ pids: [child.pid] });
  await first.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  const before = await untilRun(first, 'some energy', ({ totals }) => (totals.energyJ ?? 0) > 600);
  endPid(first.hello.pid);
  endPid(child.pid);
  await pause(300);
  const second = await place.connect();
  const run = await second.request('getRun', { runId: before.runId });
  assert.equal(run?.state, 'interrupted');
  assert.ok((run?.totals.energyJ ?? 0) > (before.totals.energyJ ?? 0) - 400);
  const block = await second.request('series', {
    runId: before.runId,
    fromMs: null,
    toMs: null,
    points: 1000,
  });
  assert.ok(powerTimes(block).length > 8);
});

test(
  'twenty kills at random moments lose no second that was answered, and it stays one run',
  {
    skip: needsPython,
  },
  (context) => killAtRandom(context, 20),
);
