import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { SeriesBlock } from '../../contracts/runs.ts';
import { endPid, followOf, makePlace, pause, python } from './samplerHarness.ts';

export const powerTimes = (block: SeriesBlock): readonly number[] => {
  const at = block.series.findIndex(({ metric }) => metric === 'powerW');
  return block.timesMs.filter((_, index) => block.values[at]?.[index] !== null);
};

/**
 * Ends the sampler with SIGKILL at random moments of one run. Each time the next one must go on with the same run, and
 * every sample that was answered and is older than the second that is still open must be there.
 */
export async function killAtRandom(context: TestContext, kills: number): Promise<void> {
  const place = makePlace(context);
  const child = place.start(python ?? '', ['-c', `import time; time.sleep(${6 * kills})`]);
  place.fake.control({ pids: [child.pid] });
  const follow = followOf(child.pid);
  let runId: string | null = null;
  let seen: readonly number[] = [];
  for (let round = 0; round < kills; round += 1) {
    const client = await place.connect({ nvidiaSmi: true, rateHz: 20 });
    const answered = (await client.request('follow', follow)).runId;
    assert.ok(answered !== null);
    runId ??= answered;
    assert.equal(answered, runId);
    const block: SeriesBlock = await client.request('series', {
      runId,
      fromMs: null,
      toMs: null,
      points: 20_000,
    });
    const kept = new Set(powerTimes(block).map(Math.round));
    const newest = Math.max(0, ...seen);
    const lost = seen.filter((timeMs) => timeMs < newest - 1300 && !kept.has(Math.round(timeMs)));
    assert.deepEqual(lost, [], `round ${round}`);
    await pause(300 + Math.random() * 900);
    seen = powerTimes(await client.request('series', { runId, fromMs: null, toMs: null, points: 20_000 }));
    endPid(client.hello.pid);
  }
  const last = await place.connect({ nvidiaSmi: true });
  const run = await last.request('getRun', { runId: runId ?? '' });
  assert.equal(run?.state, 'live');
  assert.ok((run?.gaps.length ?? 0) >= 0.75 * kills);
}
