/** zeusd over its Unix socket, through the command line: recorded answers behind a server of the test. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { createMachineDoor } from '../../sampler/machineDoor.ts';
import { createZeusdGpu } from '../../sampler/sources/zeusd.ts';
import { type FakeZeusd, fakeZeusd } from './fakeZeusd.ts';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, type Place, python, until } from './samplerHarness.ts';

const skip = process.platform === 'linux' ? false : 'zeusd listens on a Unix socket of Linux';

interface ZeusdPlace {
  readonly place: Place;
  readonly daemon: FakeZeusd;
}

/** A machine without any other source, where zeusd runs. */
async function zeusdPlace(context: TestContext, name: string, token?: string): Promise<ZeusdPlace> {
  const place = makePlace(context);
  place.fake.control({ mode: 'absent' });
  const root = join(place.folder, 'root');
  mkdirSync(root);
  place.environment['PERJOULE_ROOT'] = root;
  const daemon = await fakeZeusd(context, place.folder, name, token);
  place.environment['ZEUSD_SOCK_PATH'] = daemon.socketPath;
  return { place, daemon };
}

async function statusesOf(place: Place): Promise<ReadonlyMap<string, SourceStatus>> {
  const { code, stdout, stderr } = await runCli(place, ['sources', '--format', 'json']);
  assert.equal(code, 0, stderr);
  return new Map((JSON.parse(stdout) as SourceStatus[]).map((status) => [status.id, status]));
}

const readingsOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('GPUs and processors of zeusd: found, and sampled with source and quality', {
  skip,
}, async (context) => {
  const { place, daemon } = await zeusdPlace(context, 'a40-v100');
  const statuses = await statusesOf(place);
  const gpu = statuses.get('zeusd');
  assert.deepEqual([gpu?.state, gpu?.deviceCount, gpu?.remedy], ['found', 2, null]);
  assert.equal(gpu?.detail, `2 GPUs at ${daemon.socketPath}: NVIDIA A40, Tesla V100-SXM2-16GB.`);
  const cpu = statuses.get('zeusd-cpu');
  assert.deepEqual([cpu?.state, cpu?.deviceCount, cpu?.host], ['found', 3, true]);
  const sampled = await runCli(place, [
    'sample',
    '--source',
    'zeusd',
    '--seconds',
    '4',
    '--hz',
    '10',
    '--format',
    'jsonl',
  ]);
  assert.equal(sampled.code, 0, sampled.stderr);
  const readings = readingsOf(sampled.stdout).filter(({ index }) => index === 0);
  assert.ok(readings.length >= 20, `${readings.length}`);
  for (const { powerW, powerLimitW, source, energyQuality, band } of readings)
    assert.deepEqual(
      [powerW, powerLimitW, source, energyQuality, band],
      [275, 300, 'zeusd', 'counterUnchecked', 0.05],
    );
  const [first, last] = [readings[0], readings.at(-1)];
  const meanW =
    ((Number(last?.['energyJ']) - Number(first?.['energyJ'])) * 1000) /
    (Number(last?.['timeMs']) - Number(first?.['timeMs']));
  assert.ok(Math.abs(meanW - 275) < 8, `${meanW} W`);
  const cpus = await runCli(place, [
    ...['sample', '--source', 'zeusd-cpu', '--seconds', '3', '--hz', '10', '--format', 'jsonl'],
  ]);
  for (const [name, powerW] of [
    ['CPU 0', 85],
    ['CPU 1', 78],
    ['Memory of CPU 0', 12],
  ] as const) {
    const powers = readingsOf(cpus.stdout)
      .filter((reading) => reading['name'] === name && reading['powerW'] !== null)
      .map((reading) => Number(reading['powerW']));
    assert.ok(powers.length >= 10, `${name}: ${powers.length}`);
    const mean = powers.reduce((sum, value) => sum + value, 0) / powers.length;
    assert.ok(Math.abs(mean / powerW - 1) < 0.1, `${name}: ${mean} W`);
  }
});

test('a run measured by zeusd: joules by its counter, and nothing was set on a device', {
  skip: skip || needsPython,
}, async (context) => {
  const { place, daemon } = await zeusdPlace(context, 'a40-v100');
  // The driver's library in its memory is what tells that a program uses a GPU where no list of processes can be had.
  const library = join(place.folder, 'libcuda.so.1');
  writeFileSync(library, 'stands for the driver');
  const program = `import mmap, time
file = open(${JSON.stringify(library)}, "r+b")
mapped = mmap.mmap(file.fileno(), 0)
time.sleep(6)`;
  const client = await place.connect();
  await until('zeusd', async () =>
    (await client.request('sources', null)).some(({ id, state }) => id === 'zeusd' && state === 'found'),
  );
  const ran = await runCli(place, ['run', '--no-check', '--', python ?? '', '-c', program]);
  assert.equal(ran.code, 0, ran.stderr);
  const [run] = JSON.parse((await runCli(place, ['runs', '--format', 'json'])).stdout) as RunSummary[];
  assert.ok(run !== undefined);
  assert.deepEqual(
    run.devices.map(({ name, attribution }) => [name, attribution]),
    [
      ['NVIDIA A40', 'onlyRun'],
      ['Tesla V100-SXM2-16GB', 'onlyRun'],
    ],
  );
  const { totals } = run;
  assert.deepEqual([totals.method, totals.provenance?.source], ['counter', 'zeusd']);
  const truthJ = ((275 + 120) * totals.durationMs * totals.coverage) / 1000;
  assert.ok(Math.abs((totals.energyJ ?? 0) / truthJ - 1) < 0.05, `${totals.energyJ} of ${truthJ}`);
  assert.ok(daemon.asked.length > 50);
  assert.deepEqual(
    daemon.asked.filter((path) => !/^\/(discover|gpu\/get_\w+|cpu\/get_\w+)$/.test(path)),
    [],
  );
});

test('a GPU without a counter is integrated; a group that is switched off says so with its remedy', {
  skip,
}, async (context) => {
  const { place } = await zeusdPlace(context, 'p100-no-counter');
  const statuses = await statusesOf(place);
  assert.equal(statuses.get('zeusd')?.deviceCount, 2);
  const cpu = statuses.get('zeusd-cpu');
  assert.deepEqual([cpu?.state, cpu?.reason], ['failed', 'notSupported']);
  assert.match(cpu?.remedy ?? '', /API groups gpu-read and cpu-read/);
  const { stdout } = await runCli(place, [
    ...['sample', '--source', 'zeusd', '--seconds', '2', '--hz', '10', '--format', 'jsonl'],
  ]);
  const first = readingsOf(stdout).filter(({ index }) => index === 0);
  assert.ok(first.length > 5);
  for (const { powerW, energyJ, energyQuality } of first)
    assert.deepEqual([powerW, energyJ, energyQuality], [151, null, null]);
});

test('a daemon that asks for a token gets the one of ZEUSD_TOKEN, which is shown nowhere', {
  skip,
}, async (context) => {
  const { place, daemon } = await zeusdPlace(context, 'token', 'planted-token-value');
  const refused = (await statusesOf(place)).get('zeusd');
  assert.deepEqual([refused?.state, refused?.reason], ['failed', 'noPermission']);
  assert.match(refused?.remedy ?? '', /ZEUSD_TOKEN/);
  place.environment['ZEUSD_TOKEN'] = 'planted-token-value';
  const { stdout } = await runCli(place, ['sources']);
  assert.match(stdout, /^zeusd +found +2 GPUs/m);
  assert.ok(!stdout.includes('planted'));
  assert.equal(daemon.headers().authorization, 'Bearer planted-token-value');
});

test('not there, not allowed to be read, broken: one line and one remedy each', { skip }, async (context) => {
  const { place, daemon } = await zeusdPlace(context, 'a40-v100');
  const line = async (): Promise<string> => {
    const { code, stdout } = await runCli(place, ['sources']);
    assert.equal(code, 0);
    return stdout.slice(stdout.search(/^zeusd /m));
  };
  daemon.answer({ status: 200, text: '<html>' });
  assert.match(await line(), /^zeusd +failed +zeusd answered \/discover .*\n +→ Restart zeusd/);
  daemon.answer({ status: 500, text: '{"error":"IOError: gone"}' });
  assert.match(await line(), /^zeusd +failed +zeusd answered \/discover with status 500/);
  daemon.answer({ status: 200, text: '{"gpus":[{"id":"x"},{"id":-1,"name":"NVIDIA"},7,null],"cpus":3}' });
  assert.match(await line(), /^zeusd +failed +zeusd has no NVIDIA GPU/);
  daemon.close();
  assert.match(
    await line(),
    /^zeusd +not found +No zeusd answers at .*\n +→ Start it with "sudo zeusd serve"/,
  );
});

test('GPUs of AMD are left to the kernel’s files: counted once', { skip }, async (context) => {
  const { place } = await zeusdPlace(context, 'amd');
  const status = (await statusesOf(place)).get('zeusd');
  assert.deepEqual([status?.state, status?.detail], ['failed', 'zeusd has no NVIDIA GPU.']);
});

test('where the driver can be reached, zeusd is not asked and not listed', { skip }, async (context) => {
  const { place, daemon } = await zeusdPlace(context, 'p100-no-counter');
  place.fake.control({ mode: 'good' });
  const statuses = await statusesOf(place);
  assert.equal(statuses.get('nvidia-smi')?.state, 'found');
  assert.equal(statuses.has('zeusd'), false);
  assert.ok(!daemon.asked.some((path) => path.startsWith('/gpu')));
});

test('a daemon that falls silent or goes away is lost with its reason', { skip }, async (context) => {
  const { daemon } = await zeusdPlace(context, 'a40-v100');
  const door = createMachineDoor();
  context.after(() => door.close());
  const source = createZeusdGpu({ socketPath: daemon.socketPath, token: null });
  const { session } = await source.open(door, { rateHz: 20, nvidiaSmiPath: null });
  assert.ok(session !== null);
  await until('readings', () => session.read().length > 0);
  daemon.close();
  const lost = await until('the loss', () => {
    session.read();
    return session.lost();
  });
  assert.equal(lost.reason, 'lost');
  assert.match(lost.detail, /^No zeusd answers at /);
  session.close();
  const again = await source.open(door, { rateHz: 20, nvidiaSmiPath: null });
  assert.deepEqual([again.session, again.status.state], [null, 'notFound']);
});
