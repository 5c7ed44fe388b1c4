/** Gain and offset of a person's own wall meter: a figure of its own, told with both, and never in the energy. The grid zone is kept alike. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { RunSummary, WallMeter } from '../../contracts/runs.ts';
import { settings } from '../../contracts/settings.ts';
import { wallMeterOf, wallMeterSet } from '../../contracts/wallEnergy.ts';
import { connectSampler, type SamplerClient } from '../../sampler/connect.ts';
import { runCli } from './runCli.ts';
import {
  endPid,
  followOf,
  isAlive,
  makePlace,
  type Place,
  samplerMain,
  until,
  untilRun,
} from './samplerHarness.ts';

const skip = process.platform === 'linux' ? false : 'processes are followed on Linux';

async function connect(
  context: TestContext,
  place: Place,
  wallMeter: WallMeter | null,
): Promise<SamplerClient> {
  const client = await connectSampler({
    samplerPath: samplerMain,
    client: { name: 'test', version: '0' },
    environment: place.environment,
    settings: { rateHz: 10, nvidiaSmiPath: place.fake.path, wallMeter, gridZone: 'DE' },
  });
  context.after(() => client.close());
  place.owns(client.hello.pid);
  await client.request('sources', null);
  return client;
}

/** A run of some seconds on the GPU of the fake nvidia-smi. */
async function measured(place: Place): Promise<{ readonly run: RunSummary; readonly said: string }> {
  const { code, stderr } = await runCli(
    place,
    ['run', '--no-check', '--', process.execPath, '-e', 'setTimeout(() => {}, 4500)'],
    (child) => {
      // Which of its children is the measured one, the sampler knows; the list may name the others too.
      const look = setInterval(() => place.fake.control({ pids: childrenOf(child.pid ?? 0) }), 300);
      child.once('close', () => clearInterval(look));
    },
  );
  assert.equal(code, 0, stderr);
  const [run] = JSON.parse((await runCli(place, ['runs', '--format', 'json'])).stdout) as RunSummary[];
  assert.ok(run !== undefined);
  assert.ok((run.totals.energyJ ?? 0) > 300, stderr);
  return { run, said: stderr };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

test('the energy at the wall stands beside the measured one, also for the command line alone', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  // What cannot be is no meter.
  const odd = await connect(context, place, { gain: -1, offsetW: 1000 });
  const plain = await measured(place);
  odd.close();
  assert.equal(plain.run.totals.wall, undefined);
  assert.doesNotMatch(plain.said, /wall/);

  const client = await connect(context, place, { gain: 1.08, offsetW: 60 });
  const { run, said } = await measured(place);
  const { energyJ, coverage, durationMs, wall } = run.totals;
  const expectedJ = 1.08 * (energyJ ?? 0) + (60 * durationMs * coverage) / 1000;
  assert.ok(Math.abs((wall?.energyJ ?? 0) / expectedJ - 1) < 0.02, `${wall?.energyJ} of ${expectedJ}`);
  // 300 W of the fake, whatever the meter at the wall says.
  assert.ok(Math.abs((run.totals.meanPowerW ?? 0) - 300) < 3, `${run.totals.meanPowerW}`);
  assert.match(said, /at the wall +[\d.]+ k?J by your own wall meter \(× 1\.08 \+ 60 W\)/);
  const half = await client.request('totals', { runId: run.runId, fromMs: 2000, toMs: 4000 });
  const halfJ = 1.08 * (half.energyJ ?? 0) + 60 * 2 * half.coverage;
  assert.ok(Math.abs((half.wall?.energyJ ?? 0) / halfJ - 1) < 0.1, `${half.wall?.energyJ} of ${halfJ}`);

  // The next sampler has it from the store of this machine; a run keeps what it began with.
  client.close();
  await until('the sampler to end', () => !isAlive(client.hello.pid), 20_000);
  const later = await measured(place);
  assert.deepEqual([later.run.totals.wall?.gain, later.run.totals.wall?.offsetW], [1.08, 60]);
  assert.equal(later.run.setting?.gridZone, 'DE');
  await connect(context, place, null);
  const listed = JSON.parse((await runCli(place, ['runs', '--format', 'json'])).stdout) as RunSummary[];
  assert.deepEqual(
    listed.map(({ totals }) => totals.wall?.gain),
    [1.08, 1.08, undefined],
  );
});

test('a run keeps the meter it began with, also where its sampler ends before there is any energy', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  const first = await connect(context, place, { gain: 1.08, offsetW: 60 });
  const child = place.start(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  place.fake.control({ mode: 'hang' });
  await first.request('follow', followOf(child.pid));
  const { totals } = await untilRun(first, 'the run', ({ state }) => state === 'live');
  assert.equal(totals.energyJ, null);
  endPid(first.hello.pid);
  await until('its end', () => !isAlive(first.hello.pid));
  place.fake.control({ mode: 'good', pids: [child.pid] });
  // What an editor says by now is for the runs to come.
  const second = await connect(context, place, { gain: 2, offsetW: 5 });
  const run = await untilRun(second, 'energy', ({ totals: { energyJ } }) => (energyJ ?? 0) > 300);
  assert.deepEqual([run.totals.wall?.gain, run.totals.wall?.offsetW], [1.08, 60]);
});

test('settings that say nothing give no figure, and no folder can set them', () => {
  assert.equal(wallMeterOf(1, 0), null);
  assert.equal(wallMeterOf(0, 10), null);
  // A client that has nothing set leaves what another one said.
  assert.equal(wallMeterSet(undefined, undefined), undefined);
  assert.equal(wallMeterSet(1, undefined), null);
  assert.deepEqual(wallMeterSet(undefined, 60), { gain: 1, offsetW: 60 });
  assert.equal(wallMeterOf(Number.NaN, 10), null);
  assert.deepEqual(wallMeterOf(1, -5), { gain: 1, offsetW: -5 });
  for (const id of ['perjoule.sampler.wallGain', 'perjoule.sampler.wallOffsetW'] as const)
    assert.equal(settings[id].scope, 'machine');
});
