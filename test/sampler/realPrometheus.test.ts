/** Live and past series through a real Prometheus, held against what the exporters' pages say and against the server. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RunBlock } from '../../contracts/runFile.ts';
import { noPrometheus, type RealPrometheus, realPrometheus } from './realPrometheus.ts';
import { runCli } from './runCli.ts';
import { makePlace, type Place, pause, until } from './samplerHarness.ts';

const skip = noPrometheus;
const pages = { dcgm: 'node-a', 'dcgm-new-names': 'node-b', amd: 'node-c', 'dcgm-slurm': 'node-d' };

/**
 * Whether these energies are what the pages said: the power times the seconds between two scrapes, exact to the rounding of
 * the page.
 */
function areServed(energies: readonly number[], powerW: number, scrapes: readonly number[]): boolean {
  const passed = energies.map((energyJ) => (energyJ - (energies[0] ?? 0)) / powerW);
  return scrapes.some((fromS) =>
    passed.every((seconds) => scrapes.some((toS) => Math.abs(seconds - (toS - fromS)) < 1e-4)),
  );
}

async function scraped(
  context: TestContext,
): Promise<{ readonly place: Place; readonly server: RealPrometheus }> {
  const place = makePlace(context);
  place.fake.control({ mode: 'absent' });
  const server = await realPrometheus(context, place.folder, pages);
  // The server spreads its first scrapes over some seconds.
  await until('each exporter to be scraped', async () => {
    const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent('count(up == 1)')}`);
    const body = (await answer.json()) as {
      readonly data: { readonly result: readonly { value: unknown[] }[] };
    };
    return body.data.result[0]?.value[1] === String(Object.keys(pages).length);
  });
  await pause(3000);
  return { place, server };
}

interface Point {
  readonly timeS: number;
  readonly value: number;
}

/** What the server itself says, stepped. */
async function queryRange(url: string, query: string, fromS: number, toS: number): Promise<readonly Point[]> {
  const parameters = { query, start: String(fromS), end: String(toS), step: '1' };
  const answer = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(parameters)}`);
  const body = (await answer.json()) as {
    readonly data: { readonly result: readonly { readonly values: readonly [number, string][] }[] };
  };
  assert.equal(body.data.result.length, 1, query);
  return (body.data.result[0]?.values ?? []).map(([timeS, value]) => ({ timeS, value: Number(value) }));
}

test('live: GPUs of four exporters, under old and new names, each once and with its power', {
  skip,
}, async (context) => {
  const { place, server } = await scraped(context);
  const { url } = server;
  const found = await runCli(place, ['sources', '--prometheus', url]);
  assert.match(found.stdout, /^prometheus +found +\d+ GPUs of 4 nodes at http:\/\/127\.0\.0\.1:\d+\.$/m);
  const { code, stdout, stderr } = await runCli(place, [
    ...['sample', '--source', 'prometheus', '--prometheus', url],
    ...['--seconds', '8', '--format', 'jsonl'],
  ]);
  assert.equal(code, 0, stderr);
  const readings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const of = (node: string, index: number) =>
    readings.filter(({ name, index: at }) => String(name).endsWith(` on ${node}`) && at === index);
  for (const [page, node, index, powerW] of [
    ['dcgm', 'node-a', 0, 642.118],
    ['dcgm-new-names', 'node-b', 0, 642.118],
    ['amd', 'node-c', 0, 598],
    ['amd', 'node-c', 1, 231],
    ['dcgm-slurm', 'node-d', 1, 651.904],
  ] as const) {
    const mine = of(node, index);
    assert.ok(mine.length >= 5, `${node} #${index}: ${mine.length} scrapes`);
    for (const reading of mine) assert.equal(reading['powerW'], powerW, `${node} #${index}`);
    const energies = mine.map(({ energyJ }) => Number(energyJ));
    assert.ok(areServed(energies, powerW, server.scrapes(page)), `${node} #${index}: ${energies}`);
  }
});

test('past: a job’s joules are those of its power, and every scrape is the one that the server has', {
  skip,
}, async (context) => {
  const { place, server } = await scraped(context);
  const { url } = server;
  await pause(14_000);
  const toS = Math.floor(Date.now() / 1000) - 1;
  const fromS = toS - 12;
  const times = [
    ...['--from', new Date(fromS * 1000).toISOString(), '--to', new Date(toS * 1000).toISOString()],
  ];
  for (const { page, job, counter, unit, watts } of [
    { page: 'amd', job: '90210', counter: 'gpu_energy_consumed{job_id="90210"}', unit: 1e6, watts: 598 },
    {
      page: 'dcgm-slurm',
      job: '481516',
      counter: 'sum(max by (UUID) (DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{hpc_job="481516",gpu=~"0|1"}))',
      unit: 1e3,
      watts: 642.118 + 651.904,
    },
  ]) {
    const read = await runCli(place, ['import', url, ...times, '--job', job]);
    assert.equal(read.code, 0, read.stderr);
    const exported = await runCli(place, ['export', 'last']);
    const file = JSON.parse(exported.stdout) as {
      readonly run: { readonly totals: { readonly energyJ: number; readonly coverage: number } };
      readonly samples: readonly RunBlock[];
    };
    // Nothing is made up or lost on the way: each counter value of ours is one that the server shows, and none is missing.
    const stepped = await queryRange(url, counter, fromS, toS);
    const sums = new Set(stepped.map(({ value }) => (value / unit).toFixed(3)));
    const ours = new Map<number, number>();
    for (const { timesMs, values } of file.samples)
      for (const [index, timeMs] of timesMs.entries()) {
        const value = values.energyJ?.[index];
        if (typeof value === 'number') ours.set(timeMs, (ours.get(timeMs) ?? 0) + value);
      }
    assert.ok(ours.size >= 11 && ours.size <= 13, `${ours.size} scrapes`);
    const energies = [...ours.values()];
    assert.ok(areServed(energies, watts, server.scrapes(page)), `${job}: ${energies}`);
    const shown = energies.filter((value) => sums.has(value.toFixed(3)));
    assert.ok(shown.length >= ours.size - 2, `${shown.length} of ${ours.size} are the server's`);
    // The total is the counter's own difference, within what a busy server's late scrapes can shift at the first one.
    const { energyJ, coverage } = file.run.totals;
    const countedJ = (energies.at(-1) ?? 0) - (energies[0] ?? 0);
    assert.ok(Math.abs(energyJ / countedJ - 1) < 0.06, `${job}: ${energyJ} J of ${countedJ} J`);
    assert.ok(coverage > 0.75, `${coverage}`);
  }
});
