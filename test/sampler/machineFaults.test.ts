/** What happens to a machine in the middle of a run, through the real sampler: sleep, a driver that is loaded again, a lost login. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunDetail } from '../../contracts/runs.ts';
import type { SamplerClient } from '../../sampler/connect.ts';
import { compileFakeNvml, compileSuspendedClock, noFakeNvml } from './fakeNvml/compile.ts';
import { fakeZeusd } from './fakeZeusd.ts';
import { powerTimes } from './kills.ts';
import {
  cliMain,
  endPid,
  followOf,
  isAlive,
  makePlace,
  needsPython,
  type Place,
  pause,
  python,
  until,
  untilRun,
} from './samplerHarness.ts';

const skip = noFakeNvml;
const powerW = 300;
/** Two hours are drawn from summaries of so long. */
const summaryMs = 10_000;

interface Machine extends Place {
  /** What the driver does from now on, beside its one GPU of 300 W. */
  script(...lines: readonly string[]): void;
  /** Milliseconds of the driver's clock. */
  nowMs(): number;
}

function machineWith(context: TestContext, more: NodeJS.ProcessEnv = {}): Machine {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml(), ...more });
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;
  const startMs = clockMs();
  const gpu = ['device uuid=GPU-a limit=700', `curve 0 1000 0:${powerW} 1000:${powerW}`];
  return {
    ...place,
    script: (...lines) => writeFileSync(path, [`start ${startMs}`, ...gpu, ...lines, ''].join('\n')),
    nowMs: () => clockMs() - startMs,
  };
}

/** A run of the GPU that lasts so long, once it is seen. */
async function begun(
  machine: Machine,
  client: SamplerClient,
  seconds: number,
): Promise<{ pid: number; runId: string }> {
  const { pid } = machine.start(process.execPath, ['-e', `setTimeout(() => {}, ${seconds * 1000})`]);
  machine.script(`process 0 ${pid}`);
  const { runId } = await client.request('follow', followOf(pid));
  assert.ok(runId !== null);
  await untilRun(client, 'two seconds of it', ({ totals }) => (totals.energyJ ?? 0) > 2 * powerW);
  return { pid, runId };
}

const ended = (client: SamplerClient): Promise<RunDetail> =>
  untilRun(client, 'the end', ({ state }) => state === 'ended', 30_000);

/** 300 W for as long as it was measured, and not more. */
function assertPower({ totals: { energyJ, coverage }, durationMs }: RunDetail, share = coverage): void {
  const expectedJ = (powerW * durationMs * share) / 1000;
  assert.ok(Math.abs((energyJ ?? 0) / expectedJ - 1) < 0.08, `${energyJ} J instead of ${expectedJ}`);
}

test('a machine that sleeps for two hours in the middle of a run: one gap, no energy in it, and the run goes on', {
  skip,
}, async (context) => {
  const machine = machineWith(context, { LD_PRELOAD: compileSuspendedClock() });
  const slept = join(machine.folder, 'slept');
  machine.environment['PERJOULE_FAKE_SLEPT'] = slept;
  writeFileSync(slept, '0');
  machine.script();
  const client = await machine.connect();
  const { runId } = await begun(machine, client, 8);
  const beforeMs = Date.now();
  writeFileSync(slept, '7200');
  const run = await ended(client);
  const awakeMs = run.durationMs - 7200_000;
  assert.ok(awakeMs > 7000 && awakeMs < 12_000, `${awakeMs}`);
  assert.deepEqual(
    run.gaps.map(({ reason }) => reason),
    ['suspended'],
  );
  const [gap] = run.gaps;
  assert.ok(gap !== undefined && Math.abs(gap.toMs - gap.fromMs - 7200_000) < 2000, JSON.stringify(gap));
  const { series, timesMs, values } = await client.request('series', {
    runId,
    fromMs: null,
    toMs: null,
    points: 5000,
  });
  assert.ok(series.length > 0 && values.length > 0);
  assert.ok(timesMs.every((timeMs) => timeMs <= gap.fromMs + summaryMs || timeMs >= gap.toMs - summaryMs));
  // Both sides of it are measured, and nothing else.
  assert.ok((run.totals.energyJ ?? 0) > powerW * 5, `${run.totals.energyJ}`);
  assert.ok((run.totals.energyJ ?? 0) < (powerW * 1.05 * awakeMs) / 1000, `${run.totals.energyJ}`);
  const late = await client.request('totals', { runId, fromMs: gap.toMs + 1000, toMs: run.durationMs - 500 });
  assert.ok(Math.abs((late.meanPowerW ?? 0) - powerW) < 15, `${late.meanPowerW}`);
  assert.ok(Math.abs(run.startedAtMs - beforeMs) < 15_000, 'the start stays where it was');
});

test('a driver that is loaded again in the middle of a run: its counter begins anew and no joule is invented', {
  skip,
}, async (context) => {
  const machine = machineWith(context);
  machine.script();
  const client = await machine.connect();
  const { pid, runId } = await begun(machine, client, 13);
  const atMs = machine.nowMs();
  const holder = `process 0 ${pid}`;
  const reset = `reset 0 at=${atMs}`;
  machine.script(
    holder,
    reset,
    'return nvmlInit_v2 9',
    'return nvmlDeviceGetPowerUsage 999',
    'return nvmlDeviceGetTotalEnergyConsumption 1',
  );
  await until('the loss', async () =>
    (await client.request('sources', null)).some(({ id, state }) => id === 'nvml' && state !== 'found'),
  );
  await pause(1500);
  machine.script(holder, reset);
  await until('its return', async () =>
    (await client.request('sources', null)).some(({ id, state }) => id === 'nvml' && state === 'found'),
  );
  const run = await ended(client);
  assert.equal(run.runId, runId);
  assert.deepEqual([run.devices.length, run.devices[0]?.uuid, run.totals.method], [1, 'GPU-a', 'counter']);
  assert.ok(
    run.gaps.some(({ reason }) => reason === 'sourceLost'),
    JSON.stringify(run.gaps),
  );
  assertPower(run);
  assert.ok(run.totals.coverage > 0.5 && run.totals.coverage < 0.95, `${run.totals.coverage}`);
});

test('a sampler that is started anew while NVML is away and zeusd answers: the run keeps its GPU, and no second one', {
  skip,
}, async (context) => {
  const machine = machineWith(context);
  const root = join(machine.folder, 'root');
  mkdirSync(root);
  machine.environment['PERJOULE_ROOT'] = root;
  machine.fake.control({ mode: 'absent' });
  const daemon = await fakeZeusd(context, machine.folder, 'a40-v100');
  machine.environment['ZEUSD_SOCK_PATH'] = daemon.socketPath;
  machine.script();
  const first = await machine.connect({ nvidiaSmi: true });
  const { pid, runId } = await begun(machine, first, 16);
  assert.deepEqual(
    daemon.asked.filter((path) => path.startsWith('/gpu')),
    [],
  );
  machine.script(`process 0 ${pid}`, 'return nvmlInit_v2 999');
  endPid(first.hello.pid);
  await until('its end', () => !isAlive(first.hello.pid));
  const second = await machine.connect({ nvidiaSmi: true });
  await until('zeusd to stand in', async () =>
    (await second.request('sources', null)).some(({ id, state }) => id === 'zeusd' && state === 'found'),
  );
  assert.equal((await second.request('follow', followOf(pid))).runId, runId);
  await pause(2000);
  const during = await second.request('getRun', { runId });
  assert.deepEqual(
    during?.devices.map(({ uuid }) => uuid),
    ['GPU-a'],
  );
  machine.script(`process 0 ${pid}`);
  await until('NVML', async () =>
    (await second.request('sources', null)).some(({ id, state }) => id === 'nvml' && state === 'found'),
  );
  const run = await ended(second);
  assert.deepEqual(
    run.devices.map(({ uuid, provenance }) => [uuid, provenance.source]),
    [['GPU-a', 'nvml']],
  );
  // The counter has counted on meanwhile: all of it is known, and nothing of another card is in it.
  assertPower(run, 1);
});

/** A terminal as of a login; killed, the kernel hangs up what runs in it. */
const terminal = `import os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        if not os.read(master, 4096): break
    except OSError:
        break
`;

test('a login that is cut off: the sampler it started, and the program that outlives it, go on as one run', {
  skip: skip || needsPython,
}, async (context) => {
  const machine = machineWith(context);
  machine.script();
  const pidFile = join(machine.folder, 'pid');
  const program = `import os, time
open(${JSON.stringify(pidFile)}, "w").write(str(os.getpid()) + "\\n")
time.sleep(10)`;
  const login = machine.start(python ?? '', [
    ...['-c', terminal, process.execPath, cliMain, 'run', '--no-check', '--'],
    ...['nohup', python ?? '', '-c', program],
  ]);
  const pid = await until('the program', () => {
    return existsSync(pidFile) && Number(/^(\d+)\n/.exec(readFileSync(pidFile, 'utf8'))?.[1] ?? 0);
  });
  machine.owns(pid);
  machine.script(`process 0 ${pid}`);
  const before = await machine.connect();
  const live = await untilRun(before, 'its energy', ({ totals }) => (totals.energyJ ?? 0) > powerW);
  before.close();
  login.kill('SIGKILL');
  await pause(2500);
  assert.ok(isAlive(before.hello.pid), 'the sampler was started in that login');
  assert.ok(isAlive(pid));
  const after = await machine.connect();
  assert.equal(after.hello.pid, before.hello.pid);
  assert.equal((await after.request('follow', { ...followOf(pid), followId: 'again' })).runId, live.runId);
  const run = await ended(after);
  assert.deepEqual([run.runId, run.gaps], [live.runId, []]);
  assert.equal((await after.request('listRuns', { limit: 10 })).length, 1);
  assert.ok(run.durationMs > 9500 && run.durationMs < 14_000, `${run.durationMs}`);
  assertPower(run);
  const times = powerTimes(
    await after.request('series', { runId: run.runId, fromMs: null, toMs: null, points: 5000 }),
  );
  const holes = times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0));
  assert.ok(Math.max(...holes) < 2000, `${Math.max(...holes)} ms without a reading`);
});
