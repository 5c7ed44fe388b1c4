/** GPUs of other machines: recorded pages of exporters behind a server on the loopback, and replies of real servers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { RunBlock } from '../../contracts/runFile.ts';
import type { EnergyTotals, RunDevice } from '../../contracts/runs.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { settings } from '../../contracts/settings.ts';
import { connectSampler } from '../../sampler/connect.ts';
import { createMachineDoor } from '../../sampler/machineDoor.ts';
import { parseAddress, query } from '../../sampler/sources/prometheus/api.ts';
import { gpuQuery, gpusOf, type RemoteGpu } from '../../sampler/sources/prometheus/gpuSeries.ts';
import { exposition, fakePrometheus } from './fakePrometheus.ts';
import { runCli } from './runCli.ts';
import { makePlace, pause, samplerMain } from './samplerHarness.ts';

async function gpusFrom(context: TestContext, page: string): Promise<readonly RemoteGpu[]> {
  const server = await fakePrometheus(context, exposition(page));
  const door = createMachineDoor();
  context.after(() => door.close());
  const address = parseAddress(server.url);
  assert.ok(address !== null);
  return gpusOf(await query(door, address, gpuQuery(20)));
}

const shown = (gpu: RemoteGpu): readonly unknown[] => {
  const newest = gpu.readings.at(-1)?.values;
  return [gpu.node, gpu.index, gpu.name, newest?.powerW, gpu.hasEnergyCounter, gpu.holders];
};

for (const page of ['dcgm', 'dcgm-new-names'])
  test(`${page}: a GPU with instances is one GPU, with the power of its board`, async (context) => {
    const gpus = await gpusFrom(context, page);
    const name = 'NVIDIA H100 80GB HBM3';
    assert.deepEqual(gpus.map(shown).slice(0, 3), [
      ['gpu-node-07', 0, name, 642.118, true, ['pod llm-pretrain-worker-0']],
      ['gpu-node-07', 1, name, 651.904, true, ['pod llm-pretrain-worker-0']],
      ['gpu-node-07', 2, name, 70.233, true, []],
    ]);
    for (const { readings } of gpus) {
      assert.ok(readings.length >= 19, `${readings.length} scrapes`);
      assert.ok(
        readings.every(
          ({ values }) => values.memoryUsedBytes === undefined || values.memoryUsedBytes < 2 ** 40,
        ),
      );
    }
    // The counter is in joules and grows as the power says.
    const [first] = gpus;
    const [from, to] = [first?.readings.at(0), first?.readings.at(-1)];
    const meanW =
      ((to?.values.energyJ ?? 0) - (from?.values.energyJ ?? 0)) / ((to?.timeS ?? 0) - (from?.timeS ?? 0));
    assert.ok(Math.abs(meanW - 642.118) < 0.5, `${meanW}`);
  });

test("AMD's exporter: the first partition speaks for the card, and jobs are named", async (context) => {
  const gpus = await gpusFrom(context, 'amd');
  assert.deepEqual(gpus.map(shown), [
    ['amd-node-02', 0, 'AMD INSTINCT MI300X OAM', 598, true, ['job 90210']],
    ['amd-node-02', 1, 'AMD INSTINCT MI300X OAM', 231, true, []],
  ]);
});

test('rows that are repeated for each job of a GPU count once', async (context) => {
  const gpus = await gpusFrom(context, 'dcgm-slurm');
  const busy = gpus.filter(({ holders }) => holders.includes('job 481516'));
  assert.deepEqual(
    busy.map(({ index }) => index),
    [0, 1],
  );
  assert.equal(new Set(gpus.map(({ uuid }) => uuid)).size, gpus.length);
});

test('blanks of DCGM are no readings', () => {
  const labels = { UUID: 'GPU-1', gpu: '0', Hostname: 'n' };
  const series = (name: string, value: number) => ({
    labels: { ...labels, __name__: name },
    points: [[1, value]] as const,
  });
  const [gpu] = gpusOf([
    series('DCGM_FI_DEV_POWER_USAGE', 140_737_488_355_328),
    series('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 9e15),
    series('DCGM_FI_DEV_GPU_TEMP', 9.223372036854775e18),
  ]);
  assert.deepEqual(gpu?.readings, [{ timeS: 1, values: { energyJ: 9e12 } }]);
  assert.deepEqual(gpusOf([series('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 9.223372036854775e18)]), []);
});

test('replies of real servers, 2.42 and 3.5: raw ranges, errors, values that are no numbers', async (context) => {
  const url = new URL('../../sampler/sources/prometheus.recorded/replies.json', import.meta.url);
  const replies = JSON.parse(readFileSync(url, 'utf8')) as Record<string, { status: number; body: unknown }>;
  const server = await fakePrometheus(context, []);
  const door = createMachineDoor();
  context.after(() => door.close());
  const address = parseAddress(`${server.url}/`);
  assert.ok(address !== null);
  for (const version of ['2.42.0', '3.5.3']) {
    const reply = async (text: string): Promise<RemoteGpu[]> => {
      const found = replies[`${version} ${text}`];
      assert.ok(found !== undefined, text);
      server.answer({ status: found.status, text: JSON.stringify(found.body) });
      return [...gpusOf(await query(door, address, text))];
    };
    const [gpu] = await reply('DCGM_FI_DEV_POWER_USAGE{gpu="0"}[3s]');
    assert.equal(gpu?.readings.at(-1)?.values.powerW, 642.118);
    assert.ok((gpu?.readings.length ?? 0) >= 2);
    await assert.rejects(reply('rate('), /refused the query: .*parse error/);
  }
  const found = replies['3.5.3 1/0*up'];
  server.answer({ status: 200, text: JSON.stringify(found?.body) });
  assert.ok((await query(door, address, 'x')).every(({ points }) => points.length === 0));
});

test('sample: only where an address is given; then with source and quality', async (context) => {
  const server = await fakePrometheus(context, exposition('dcgm'));
  const place = makePlace(context, { PERJOULE_NVML: 'off' });
  place.fake.control({ mode: 'absent' });
  const without = await runCli(place, ['sources', '--format', 'json']);
  const status = (JSON.parse(without.stdout) as SourceStatus[]).find(({ id }) => id === 'prometheus');
  assert.match(status?.detail ?? '', /nothing was asked/);
  assert.deepEqual(server.asked, []);
  const found = await runCli(place, ['sources', '--prometheus', server.url]);
  assert.match(found.stdout, /^prometheus +found +\d GPUs of 1 node at http:\/\/127\.0\.0\.1:\d+\.$/m);
  const args = [
    'sample',
    '--source',
    'prometheus',
    '--prometheus',
    server.url,
    '--seconds',
    '6',
    '--format',
    'jsonl',
  ];
  const sampled = await runCli(place, args);
  assert.equal(sampled.code, 0, sampled.stderr);
  const readings = sampled.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const first = readings.filter(
    ({ name, index }) => name === 'NVIDIA H100 80GB HBM3 on gpu-node-07' && index === 0,
  );
  assert.ok(first.length >= 4, `${first.length} scrapes`);
  const times = first.map(({ timeMs }) => Number(timeMs));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  for (const { powerW, source, energyQuality } of first)
    assert.deepEqual([powerW, source, energyQuality], [642.118, 'prometheus', 'counterUnchecked']);
});

test('a server that refuses, breaks, redirects or is not there is told in one line, without the password', async (context) => {
  const server = await fakePrometheus(context, exposition('dcgm'));
  const place = makePlace(context, { PERJOULE_NVML: 'off' });
  place.fake.control({ mode: 'absent' });
  const line = async (url: string): Promise<string> => {
    const { code, stdout } = await runCli(place, ['sources', '--prometheus', url]);
    assert.equal(code, 0);
    assert.ok(!stdout.includes('planted'), stdout);
    return stdout.slice(stdout.indexOf('prometheus'));
  };
  const secret = server.url.replace('http://', 'http://me:planted@');
  server.answer({ status: 401, text: 'no' });
  assert.match(await line(secret), /failed +.*refused us with status 401.*\n +→ Check the address/);
  server.answer({ status: 200, text: '<html>' });
  assert.match(await line(secret), /status 200 and no JSON/);
  const other = await fakePrometheus(context, exposition('dcgm'));
  server.answer({ status: 302, text: '', location: `${other.url}/api/v1/query?query=time()` });
  assert.match(await line(secret), /status 302 and no JSON/);
  assert.deepEqual(other.asked, [], 'a redirect is not followed');
  assert.match(await line('http://127.0.0.1:1'), /ECONNREFUSED/);
  const file = await runCli(place, ['sources', '--prometheus', 'file:///etc/passwd']);
  assert.equal(file.code, 2);
  assert.match(file.stderr, /not one of http or https/);
  server.answer({
    status: 200,
    text: JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }),
  });
  assert.match(await line(secret), /another kind of result/);
});

test('a run of a cluster job has the GPUs that the exporter says the job holds', async (context) => {
  const server = await fakePrometheus(context, exposition('dcgm-slurm'));
  const place = makePlace(context, {
    PERJOULE_NVML: 'off',
    PERJOULE_GRACE_MS: '8000',
    SLURM_JOB_ID: '481516',
  });
  place.fake.control({ mode: 'absent' });
  const client = await connectSampler({
    samplerPath: samplerMain,
    client: { name: 'test', version: '0' },
    environment: place.environment,
    settings: { rateHz: 10, nvidiaSmiPath: place.fake.path, prometheusUrl: server.url },
  });
  context.after(() => client.close());
  place.owns(client.hello.pid);
  await client.request('sources', null);
  const ran = await runCli(place, ['run', '--no-check', '--', 'sleep', '9']);
  assert.equal(ran.code, 0, ran.stderr);
  const [run] = await client.request('listRuns', { limit: 1 });
  assert.deepEqual(
    run?.devices.map(({ name, index, attribution }) => [name, index, attribution]),
    [
      ['NVIDIA H100 80GB HBM3 on gpu-node-07', 0, 'jobLabel'],
      ['NVIDIA H100 80GB HBM3 on gpu-node-07', 1, 'jobLabel'],
    ],
  );
  // 642.118 W and 651.904 W over what was covered; scrapes come once a second.
  const { totals } = run ?? {};
  const truth = ((642.118 + 651.904) * (totals?.durationMs ?? 0) * (totals?.coverage ?? 0)) / 1000;
  assert.ok((totals?.coverage ?? 0) > 0.5, `${totals?.coverage}`);
  assert.ok(Math.abs((totals?.energyJ ?? 0) - truth) < 0.12 * truth, `${totals?.energyJ} of ${truth}`);
  assert.equal(totals?.provenance?.source, 'prometheus');
  // What the run was measured by is in the store: the file has each scrape once.
  const file = JSON.parse((await runCli(place, ['export', 'last'])).stdout) as {
    samples: readonly RunBlock[];
  };
  const scraped = file.samples.filter(({ track }) => track !== 'host');
  assert.equal(scraped.length, 2);
  for (const { timesMs } of scraped) assert.ok(timesMs.length >= 4 && timesMs.length <= 10, `${timesMs}`);
  // A job of another name holds none of them.
  await client.request('sources', null);
  const foreign = makePlace(context);
  const child = foreign.start('sleep', ['4'], { SLURM_JOB_ID: '1' });
  const params = {
    followId: 'x',
    anchor: 'process',
    pid: child.pid,
    command: 'sleep',
    cwd: '/',
    origin: 'cli',
  } as const;
  const { runId } = await client.request('follow', params);
  await pause(3000);
  assert.deepEqual((await client.request('getRun', { runId: runId ?? '' }))?.devices, []);
});

test('the past of a job becomes a run: its GPUs, its joules, every scrape', async (context) => {
  const server = await fakePrometheus(context, exposition('dcgm-slurm'), 2400);
  const place = makePlace(context, { PERJOULE_NVML: 'off', PERJOULE_GRACE_MS: '4000' });
  const toMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  const times = ['--from', new Date(toMs - 1_500_000).toISOString(), '--to', new Date(toMs).toISOString()];
  const read = await runCli(place, ['import', server.url, ...times, '--job', '481516']);
  assert.equal(read.code, 0, read.stderr);
  // (642.118 + 651.904) W for 25 minutes.
  assert.match(read.stdout, /^run 1: job 481516, 1\.94 MJ, 25:00 \(imported, prometheus\)\n$/);
  assert.match((await runCli(place, ['runs'])).stdout, /job 481516 .* imported \(prometheus\) +counter/);
  const file = JSON.parse((await runCli(place, ['export', '1'])).stdout) as { samples: readonly RunBlock[] };
  const scrapes = new Map<string, number>();
  for (const { track, timesMs } of file.samples)
    scrapes.set(track, (scrapes.get(track) ?? 0) + timesMs.length);
  assert.equal(scrapes.size, 2);
  for (const count of scrapes.values()) assert.ok(count >= 1499 && count <= 1501, `${count}`);
  const again = await runCli(place, ['import', server.url, ...times, '--job', '481516']);
  assert.equal(again.code, 1);
  for (const [args, why] of [
    [[...times, '--job', '7'], /No GPU of job 7 was scraped in that time; check/],
    [[], /a server needs a time; name its start with --from/],
    [['--from', 'yesterday'], /"yesterday" is no time; write it as/],
    [['--from', '2020-01-01T00:00:00Z'], /seven days/],
  ] as const) {
    const { code, stderr } = await runCli(place, ['import', server.url, ...args]);
    assert.equal(code, 2);
    assert.match(stderr, why);
  }
});

test('a server that tells power only, every 15 s: the past is measured from its start', async (context) => {
  const powerOnly = exposition('dcgm').filter(({ labels }) => /POWER_USAGE/.test(labels['__name__'] ?? ''));
  const server = await fakePrometheus(context, powerOnly, 2400, 15);
  const place = makePlace(context, { PERJOULE_NVML: 'off', PERJOULE_GRACE_MS: '4000' });
  const toMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  const times = ['--from', new Date(toMs - 300_000).toISOString(), '--to', new Date(toMs).toISOString()];
  const pod = 'llm-pretrain-worker-0';
  const read = await runCli(place, ['import', server.url, ...times, '--pod', pod]);
  assert.equal(read.code, 0, read.stderr);
  const file = JSON.parse((await runCli(place, ['export', 'last'])).stdout) as {
    readonly run: { readonly totals: EnergyTotals; readonly devices: readonly RunDevice[] };
  };
  const { energyJ, coverage, method } = file.run.totals;
  assert.deepEqual(
    file.run.devices.map(({ readEveryMs }) => readEveryMs),
    [15_000, 15_000],
  );
  assert.equal(method, 'integration');
  assert.ok(coverage > 0.9, `${coverage}`);
  const truth = (642.118 + 651.904) * 300 * coverage;
  assert.ok(Math.abs((energyJ ?? 0) / truth - 1) < 0.05, `${energyJ} of ${truth}`);
});

test('a folder that is opened cannot send us to a server of its own', () => {
  assert.equal(settings['perjoule.sampler.prometheusUrl'].scope, 'machine');
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    contributes: { configuration: readonly { properties: Record<string, { scope: string }> }[] };
  };
  const scopes = manifest.contributes.configuration.map(
    ({ properties }) => properties['perjoule.sampler.prometheusUrl']?.scope,
  );
  assert.deepEqual(
    scopes.filter((scope) => scope !== undefined),
    ['machine'],
  );
});
