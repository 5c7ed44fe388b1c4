/** A sweep through nvidia-smi and through zeusd: the driver's own words for yes and no, and the limit that stood before. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type PowerSweep, usualSweep } from '../../contracts/powerPlan.ts';
import type { SamplerClient } from '../../sampler/connect.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { fakeZeusd } from './fakeZeusd.ts';
import { followOf, makePlace, type Place, pause, until, untilRun } from './samplerHarness.ts';

const options = { ...usualSweep, limitsW: [300, 250], warmUpSteps: 1, measuredSteps: 8 };

interface Followed {
  readonly client: SamplerClient;
  readonly runId: string;
}

/**
 * A process that the driver lists on its GPU, and that prints a step five times a second.
 * @param list tells the driver of it; `nvidia-smi` where it is not given
 */
async function stepping(
  context: TestContext,
  place: Place,
  list = (pid: number): void => place.fake.control({ pids: [pid] }),
): Promise<Followed> {
  const { pid } = place.start(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  list(pid);
  const client = await place.connect({ nvidiaSmi: true });
  const { runId } = await client.request('follow', followOf(pid));
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    client.notify('output', { followId: 'f', text: `step ${step}/5000\n` });
  }, 200);
  context.after(() => clearInterval(timer));
  await untilRun(client, 'a GPU and steps', (run) => run.devices.length > 0 && (run.steps?.count ?? 0) > 1);
  return { client, runId: runId ?? '' };
}

async function swept({ client, runId }: Followed): Promise<PowerSweep> {
  let last: PowerSweep | null = null;
  client.on('powerSweep', (sweep) => {
    last = sweep;
  });
  await client.request('startPowerSweep', { runId, options, agreed: true });
  return until(
    'the end of the sweep',
    () => (last !== null && last.state !== 'running' ? last : null),
    30_000,
  );
}

test('nvidia-smi sets the limits and puts the old one back', async (context) => {
  const place = makePlace(context);
  const on = await stepping(context, place);
  const [state] = await on.client.request('powerLimits', { runId: on.runId });
  assert.deepEqual(state?.range, { currentW: 700, defaultW: 700, leastW: 200, mostW: 700 });
  assert.equal(state?.command, 'sudo nvidia-smi -i 0 -pl <W>');
  const seen = new Set<number | null>();
  const timer = setInterval(() => seen.add(place.fake.limitW()), 20);
  context.after(() => clearInterval(timer));
  const sweep = await swept(on);
  assert.equal(sweep.state, 'done');
  assert.equal(sweep.restored, true);
  assert.deepEqual(
    sweep.points.map(({ limitW }) => limitW),
    [250, 300],
  );
  assert.equal(place.fake.limitW(), 700);
  assert.ok(seen.has(300) && seen.has(250));
});

test('NVML sets the limits by itself; one that is denied is asked of the program that a person has named', {
  skip: noFakeNvml,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml() });
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  let lines: readonly string[] = [];
  const on = await stepping(context, place, (pid) => {
    lines = ['device uuid=GPU-a limit=700', 'curve 0 1000 0:300 1000:300', `process 0 ${pid}`];
    writeFileSync(path, lines.join('\n'));
  });
  const [state] = await on.client.request('powerLimits', { runId: on.runId });
  assert.deepEqual(state?.range, { currentW: 700, defaultW: 700, leastW: 200, mostW: 700 });
  const sweep = await swept(on);
  assert.deepEqual([sweep.state, sweep.restored], ['done', true]);
  assert.deepEqual(
    sweep.points.map(({ limitW }) => limitW),
    [250, 300],
  );
  assert.equal(place.fake.limitW(), null, 'the program was not asked');
  const series = await on.client.request('series', {
    runId: on.runId,
    fromMs: null,
    toMs: null,
    points: 5000,
  });
  const limits = series.values[series.series.findIndex(({ metric }) => metric === 'powerLimitW')] ?? [];
  assert.deepEqual(
    [300, 250, 700].filter((limitW) => !limits.includes(limitW)),
    [],
    'each stood on the board',
  );
  writeFileSync(path, [...lines, 'return nvmlDeviceSetPowerManagementLimit 4'].join('\n'));
  assert.equal((await swept(on)).restored, true);
  assert.notEqual(place.fake.limitW(), null);
});

test('while nobody tells who computes on one of the run’s GPUs nothing is set, whatever is known of the others', {
  skip: noFakeNvml,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml() });
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  const devices = ['device uuid=GPU-a limit=700', 'device uuid=GPU-b limit=700'];
  const curves = ['curve 0 1000 0:300 1000:300', 'curve 1 1000 0:300 1000:300'];
  let lines: readonly string[] = [];
  const on = await stepping(context, place, (pid) => {
    lines = [...devices, ...curves, `process 0 ${pid}`, `process 1 ${pid}`, `process 1 1 graphics=1`];
    writeFileSync(path, lines.join('\n'));
  });
  await untilRun(on.client, 'both GPUs', (run) => run.devices.length === 2);
  writeFileSync(path, [...lines, 'return nvmlDeviceGetComputeRunningProcesses_v3 999 device=1'].join('\n'));
  // The list is read every two seconds: until then the sweep begins, and it ends with the first look afterwards.
  const { client, runId } = on;
  const ends: PowerSweep[] = [];
  client.on('powerSweep', (sweep) => {
    if (sweep.state !== 'running') ends.push(sweep);
  });
  const long = { ...options, measuredSteps: 400 };
  const begun = await client.request('startPowerSweep', { runId, options: long, agreed: true }).then(
    () => true,
    () => false,
  );
  if (begun) {
    const [ended] = await until('the end of the sweep', () => (ends.length > 0 ? ends : null), 15_000);
    assert.equal(ended?.state, 'refused');
    assert.match(ended?.refusal?.message ?? '', /Nothing tells here who else holds the GPUs/);
    assert.equal(ended?.restored, true);
  }
  await assert.rejects(
    client.request('startPowerSweep', { runId, options: long, agreed: true }),
    /Nothing tells here who else holds the GPUs/,
  );
});

test('why a sweep may not begin is known before anybody is asked for a yes', async (context) => {
  const place = makePlace(context);
  const { pid } = place.start(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  place.fake.control({ pids: [pid] });
  const client = await place.connect({ nvidiaSmi: true });
  const { runId } = await client.request('follow', followOf(pid));
  await untilRun(client, 'a GPU', (run) => run.devices.length > 0);
  const refusal = async (): Promise<string | null | undefined> =>
    (await client.request('powerLimits', { runId: runId ?? '' }))[0]?.refusal?.message;
  assert.match((await refusal()) ?? '', /prints no steps/);
  client.notify('output', { followId: 'f', text: 'step 1/50\nstep 2/50\n' });
  await until('steps', async () => (await refusal()) === undefined);
  place.fake.control({ pids: [pid, 1] });
  await until('the other process', async () => /Another process holds/.test((await refusal()) ?? ''));
});

test('a stop in the middle of a set is not overtaken by it, and two sweeps at once are one', async (context) => {
  const place = makePlace(context);
  const on = await stepping(context, place);
  const { client, runId } = on;
  const ends: PowerSweep[] = [];
  client.on('powerSweep', (sweep) => {
    if (sweep.state !== 'running') ends.push(sweep);
  });
  for (const [turn, delayMs] of [0, 60, 150, 300].entries()) {
    const both = await Promise.allSettled([
      client.request('startPowerSweep', { runId, options, agreed: true }),
      client.request('startPowerSweep', { runId, options, agreed: true }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await pause(delayMs);
    await client.request('stopPowerSweep', { runId });
    await until('the end of the sweep', () => ends.length > turn);
    assert.equal(ends[turn]?.restored, true);
    await pause(200);
    assert.ok(place.fake.limitW() === 700 || place.fake.limitW() === null, `${place.fake.limitW()} W stays`);
  }
});

test('where only an administrator may, nothing is changed and the one remedy is told', async (context) => {
  const place = makePlace(context);
  place.fake.control({ deniesLimits: true });
  const sweep = await swept(await stepping(context, place));
  assert.equal(sweep.state, 'refused');
  assert.equal(sweep.refusal?.reason, 'noPermission');
  assert.match(sweep.refusal?.message ?? '', /only an administrator/);
  assert.match(sweep.refusal?.remedy ?? '', /zeusd serve/);
  assert.equal(sweep.restored, true);
  assert.equal(place.fake.limitW(), null);
});

test('zeusd sets limits without root, for the GPU of that name and number only', async (context) => {
  const folder = makePlace(context).folder;
  const daemon = await fakeZeusd(context, folder, 'a40-v100');
  const place = makePlace(context, { ZEUSD_SOCK_PATH: daemon.socketPath });
  place.fake.control({ name: 'NVIDIA A40', deniesLimits: true });
  const on = await stepping(context, place);
  const [state] = await on.client.request('powerLimits', { runId: on.runId });
  assert.deepEqual(state?.range, { currentW: 300, defaultW: null, leastW: 100, mostW: 300 });
  const sweep = await swept(on);
  assert.equal(sweep.state, 'done');
  assert.equal(daemon.limitsMw.get('0'), 300_000);
  assert.ok(!daemon.limitsMw.has('1'));
  assert.equal(sweep.restored, true);
});

test('a daemon whose GPU of that number has another name is left alone', async (context) => {
  const folder = makePlace(context).folder;
  const daemon = await fakeZeusd(context, folder, 'a40-v100');
  const place = makePlace(context, { ZEUSD_SOCK_PATH: daemon.socketPath });
  const on = await stepping(context, place);
  const [state] = await on.client.request('powerLimits', { runId: on.runId });
  assert.equal(state?.range?.mostW, 700, 'nvidia-smi answers in its place');
  assert.equal(daemon.limitsMw.size, 0);
});
