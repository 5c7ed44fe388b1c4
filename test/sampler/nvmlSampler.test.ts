import assert from 'node:assert/strict';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SamplerClient } from '../../sampler/connect.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { squareWave } from './fakeNvml/powerCurve.ts';
import { isAlive, makePlace, type Place, until, untilRun } from './samplerHarness.ts';

const skip = noFakeNvml;
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const follow = (pid: number) =>
  ({ followId: 'f', anchor: 'process', pid, command: 'train', cwd: '/', origin: 'cli' }) as const;

interface NvmlPlace extends Place {
  /** Replaces the script of the stand-in library; its time starts with the test. */
  script(...lines: readonly string[]): void;
}

/** A place whose samplers find the stand-in library. */
function nvmlPlace(context: TestContext): NvmlPlace {
  const variables: NodeJS.ProcessEnv = { PERJOULE_NVML: compileFakeNvml() };
  const place = makePlace(context, variables);
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  const startMs = nowMs();
  return {
    ...place,
    script: (...lines) => writeFileSync(path, `start ${startMs}\n${lines.join('\n')}\n`),
  };
}

/** A process that does nothing for so long. */
const sleeper = (place: Place, seconds: number) =>
  place.start(process.execPath, ['-e', `setTimeout(() => {}, ${seconds * 1000})`]);

test('a run on a GPU read through NVML: energy by its counter, in the real sampler', {
  skip,
}, async (context) => {
  const place = nvmlPlace(context);
  const curve = squareWave(100, 500, 700);
  place.script('device uuid=GPU-a', `curve 0 ${curve.text}`);
  const client = await place.connect({ nvidiaSmi: true });
  const sources = await client.request('sources', null);
  assert.deepEqual(
    sources.filter(({ id }) => id === 'nvml' || id === 'nvidia-smi').map(({ id, state }) => [id, state]),
    [['nvml', 'found']],
  );
  const child = sleeper(place, 6);
  place.script('device uuid=GPU-a', `curve 0 ${curve.text}`, `process 0 ${child.pid}`);
  const { runId } = await client.request('follow', follow(child.pid));
  assert.ok(runId !== null);
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended', 25_000);
  assert.equal(run.devices[0]?.attribution, 'processList');
  assert.equal(run.totals.method, 'counter');
  assert.equal(run.totals.provenance?.source, 'nvml');
  assert.equal(run.totals.provenance?.quality, 'counterUnchecked');
  assert.ok(run.totals.coverage > 0.8, `${run.totals.coverage}`);
  const expectedJ = (curve.energyJ(7000) / 7) * (run.durationMs / 1000);
  assert.ok(Math.abs((run.totals.energyJ ?? 0) / expectedJ - 1) < 0.1, `${run.totals.energyJ} ${expectedJ}`);
  const { series } = await client.request('series', { runId, fromMs: null, toMs: null, points: 100 });
  const metrics = series.map(({ metric }) => metric);
  for (const metric of ['energyJ', 'averagePowerW', 'memoryClockMHz', 'powerCapped', 'slowedDown'] as const)
    assert.ok(metrics.includes(metric), metric);
});

/** Waits until this sampler is gone, then connects until one stays: one that dies may have greeted its client before. */
async function next(place: Place, dead: SamplerClient): Promise<SamplerClient> {
  await until('the sampler to die', () => !isAlive(dead.hello.pid), 20_000);
  return until('a sampler that stays', async () => {
    const client = await place.connect({ nvidiaSmi: true });
    return client.request('sources', null).then(
      () => client,
      () => null,
    );
  });
}

test('a library that ends the sampler twice is left alone; the run goes on with nvidia-smi as one run', {
  skip,
}, async (context) => {
  const place = nvmlPlace(context);
  const base = ['device', 'curve 0 1000 0:300 1000:300'];
  place.script(...base);
  const first = await place.connect({ nvidiaSmi: true });
  const child = sleeper(place, 40);
  place.fake.control({ pids: [child.pid] });
  place.script(...base, `process 0 ${child.pid}`);
  const { runId } = await first.request('follow', follow(child.pid));
  await untilRun(first, 'its GPU', ({ devices }) => devices.length === 1);
  // The lines are there for the samplers to come, too.
  place.script(...base, `process 0 ${child.pid}`, 'crash nvmlDeviceGetUtilizationRates');
  // The second dies at its start; the client then starts a third by itself.
  const third = await next(place, first);
  const sources = await third.request('sources', null);
  const nvml = sources.find(({ id }) => id === 'nvml');
  assert.equal(nvml?.state, 'failed');
  assert.match(nvml?.detail ?? '', /ended the sampler twice and is not used again until another driver/);
  assert.equal(sources.find(({ id }) => id === 'nvidia-smi')?.state, 'found');
  assert.equal((await third.request('follow', follow(child.pid))).runId, runId);
  await untilRun(
    third,
    'readings by nvidia-smi',
    ({ durationMs, gaps }) => gaps.length > 0 && durationMs > 8000,
    30_000,
  );
  assert.equal((await third.request('listRuns', { limit: 10 })).length, 1);
  // Another driver is another file.
  third.close();
  await until(
    'the sampler to end',
    () => {
      child.kill('SIGKILL');
      return !isAlive(third.hello.pid);
    },
    30_000,
  );
  place.script(...base);
  const later = new Date(Date.now() + 60_000);
  utimesSync(place.environment['PERJOULE_NVML'] ?? '', later, later);
  const fourth = await place.connect({ nvidiaSmi: true });
  const again = await fourth.request('sources', null);
  assert.equal(again.find(({ id }) => id === 'nvml')?.state, 'found');
});

/** What the sampler has written down of each library that it opened: whether it is being called. */
function marks(place: Place, pid: number): readonly string[] {
  const state = join(place.folder, 'state');
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' });
  const own = names.filter((name) => name.includes(`native-${pid}-`));
  assert.ok(own.length > 0, 'nothing is written down');
  return own.map((name) => readFileSync(join(state, name), 'utf8').slice(0, 1));
}

test('a sampler that is killed from outside is no crash of the library', { skip }, async (context) => {
  const place = nvmlPlace(context);
  place.script('device', 'curve 0 1000 0:300 1000:300');
  for (let round = 0; round < 3; round += 1) {
    const client = await place.connect({ nvidiaSmi: true });
    const sources = await client.request('sources', null);
    assert.equal(sources.find(({ id }) => id === 'nvml')?.state, 'found', `round ${round}`);
    // A moment in which the library is called, as the first after the opening, would count as one of its crashes.
    await until('a moment between two calls', () =>
      marks(place, client.hello.pid).every((mark) => mark === '0'),
    );
    process.kill(client.hello.pid, 'SIGKILL');
    await until('its end', () => !isAlive(client.hello.pid));
  }
});

test('a library that hangs for ever, in its metrics alone: nvidia-smi takes over, and the sampler still ends when it is told to', {
  skip,
}, async (context) => {
  const place = nvmlPlace(context);
  const base = ['device', 'curve 0 1000 0:300 1000:300'];
  place.script(...base);
  const client = await place.connect({ nvidiaSmi: true });
  await client.request('sources', null);
  await client.request('subscribe', { live: true });
  place.script(...base, 'delay nvmlDeviceGetUtilizationRates 3600000');
  const sources = await until('the fallback', async () => {
    const now = await client.request('sources', null);
    return now.find(({ id }) => id === 'nvidia-smi')?.state === 'found' ? now : null;
  });
  assert.deepEqual(
    sources.filter(({ id }) => id === 'nvml').map(({ state, reason }) => [state, reason]),
    [['lost', 'timeout']],
  );
  const fromMs = performance.now();
  process.kill(client.hello.pid, 'SIGTERM');
  await until('its end', () => !isAlive(client.hello.pid));
  assert.ok(performance.now() - fromMs < 5000);
});
