import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachineDoor } from '../../sampler/machineDoor.ts';
import { createNvidiaSmi, usualLimits } from '../../sampler/sources/nvidiaSmi.ts';
import { makePlace, needsPython, pause, python, until, untilRun } from './samplerHarness.ts';

const sleeper = (seconds: number): string[] => ['-c', `import time; time.sleep(${seconds})`];

test('a run on a real-looking GPU has the energy of its power, from the process start on', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect({ nvidiaSmi: true });
  await client.request('subscribe', { live: true });
  await client.request('sources', null);
  // The source is warm, as it is when a window is open; the process is followed a second late.
  await pause(1500);
  const child = place.start(python ?? '', sleeper(5));
  place.fake.control({ pids: [child.pid] });
  await pause(1000);
  const blocks: (readonly number[])[] = [];
  client.on('live', (update) => blocks.push(update.block.timesMs));
  const { runId } = await client.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'python x.py',
    cwd: '/',
    origin: 'cli',
  });
  assert.ok(runId !== null);
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.devices[0]?.attribution, 'processList');
  assert.equal(run.totals.method, 'integration');
  assert.equal(run.totals.provenance?.quality, 'instant');
  assert.equal(run.simulated, false);
  assert.ok(Math.abs(run.durationMs - 5000) < 500, `${run.durationMs}`);
  assert.ok(
    Math.abs((run.totals.energyJ ?? 0) - 300 * (run.durationMs / 1000)) < 60,
    `${run.totals.energyJ}`,
  );
  assert.ok(run.totals.coverage > 0.95, `${run.totals.coverage}`);
  const window = await client.request('totals', { runId, fromMs: 1234, toMs: 3234 });
  assert.ok(Math.abs((window.energyJ ?? 0) - 600) < 1, `${window.energyJ}`);
  assert.equal(window.byDevice?.length, 1);
  assert.deepEqual(
    [window.byDevice[0]?.uuid, window.byDevice[0]?.energyJ],
    [run.devices[0]?.uuid, window.energyJ],
  );
  assert.equal(window.steps, null, 'no progress line was printed');
  const [first = [], ...later] = blocks;
  assert.ok(first.length > 8, 'the first live block has all so far');
  assert.ok(later.length > 3, 'the others come while it runs');
  // What waited when the first block was made comes once more with the second, and the panel passes over it.
  const told = later.flat();
  assert.ok(
    told.every((timeMs, index) => index === 0 || timeMs > (told[index - 1] ?? 0)),
    'each later moment is told once',
  );
  assert.ok((told[0] ?? 0) > (first.at(-4) ?? 0), 'the second block goes on where the first ended');
});

test('nvidia-smi that vanishes in the middle of a run leaves a gap, and readings go on', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect({ nvidiaSmi: true });
  const child = place.start(python ?? '', sleeper(9));
  place.fake.control({ pids: [child.pid] });
  await client.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  await untilRun(client, 'its GPU', ({ devices }) => devices.length === 1);
  await pause(500);
  place.fake.control({ mode: 'die' });
  const lost = await until('the source to be lost', async () => {
    const [source] = await client.request('sources', null);
    return source?.state === 'lost' ? source : null;
  });
  assert.equal(lost.deviceCount, 1);
  await untilRun(client, 'the notice', ({ notices }) => notices.some(({ id }) => id === 'sourceLost'));
  await pause(1000);
  place.fake.control({ mode: 'good' });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.gaps.length, 1);
  assert.equal(run.gaps[0]?.reason, 'sourceLost');
  const gapMs = (run.gaps[0]?.toMs ?? 0) - (run.gaps[0]?.fromMs ?? 0);
  assert.ok(gapMs > 1000 && gapMs < 6000, `${gapMs}`);
  assert.ok((run.totals.energyJ ?? 0) > 300);
  assert.equal(
    run.notices.some(({ id }) => id === 'sourceLost'),
    false,
  );
});

test('garbage from nvidia-smi is one clear state, and the run is recorded without energy', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  place.fake.control({ mode: 'garbage' });
  const client = await place.connect({ nvidiaSmi: true });
  const [source] = await client.request('sources', null);
  assert.equal(source?.state, 'failed');
  assert.equal(source?.reason, 'badOutput');
  const child = place.start(python ?? '', sleeper(1));
  await client.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.totals.energyJ, null);
  assert.equal(run.notices[0]?.id, 'noGpu');
});

test('no GPU: the run is recorded, and its notice says what was looked for', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  const child = place.start(python ?? '', sleeper(1));
  await client.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.deepEqual(run.devices, []);
  assert.equal(run.totals.energyJ, null);
  assert.ok(run.totals.missing !== null);
  assert.match(run.notices[0]?.message ?? '', /does not exist|not found/);
});

test('a program that hangs at the first query is stopped in time', async (context) => {
  const place = makePlace(context);
  place.fake.control({ mode: 'hang' });
  const door = createMachineDoor();
  const source = createNvidiaSmi({ ...usualLimits, firstQueryMs: 400 });
  const fromMs = Date.now();
  const { status, session } = await source.open(door, { rateHz: 10, nvidiaSmiPath: place.fake.path });
  assert.equal(session, null);
  assert.equal(status.reason, 'timeout');
  assert.ok(Date.now() - fromMs < 2000);
});

test('a loop that hangs is noticed through its silence, and its process is ended', async (context) => {
  const place = makePlace(context);
  const door = createMachineDoor();
  const source = createNvidiaSmi({ ...usualLimits, silenceMs: 600 });
  const { session } = await source.open(door, { rateHz: 10, nvidiaSmiPath: place.fake.path });
  assert.ok(session !== null);
  await until('a reading', () => session.read().length > 0);
  place.fake.control({ mode: 'hang' });
  const lost = await until('the loss', () => {
    session.read();
    return session.lost();
  });
  assert.equal(lost.reason, 'timeout');
  session.close();
});
