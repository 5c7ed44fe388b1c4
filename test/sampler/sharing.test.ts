import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { RunRecord } from '../../contracts/runFile.ts';
import type { RunSummary, SharedEnergy } from '../../contracts/runs.ts';
import { samplesIn } from '../../sampler/sources/nvml/processActivity.ts';
import { compileFakeNvml, type FakeShape, noFakeNvml } from './fakeNvml/compile.ts';
import { computedMachine, openNvml, readFor, uuidOf } from './fakeNvml/computedMachine.ts';
import { runCli } from './runCli.ts';
import { makePlace, type Place, pause, until } from './samplerHarness.ts';

const skip = noFakeNvml;
const base = ['device uuid=GPU-a limit=700', 'curve 0 1000 0:400 1000:400'];
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

test('who computed on a GPU, by its driver', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const [device = '', curve = ''] = base;
  machine.script(
    device,
    curve,
    'process 0 11 sm=60',
    'process 0 22 sm=30',
    'process 0 33 graphics=1',
    'active 0 44 sm=10',
  );
  const session = await openNvml(machine, path);
  await readFor(machine, session, 10_000);
  const activity = session.activity?.('GPU-a') ?? new Map();
  assert.deepEqual([...activity.keys()].sort(), [11, 22, 44]);
  const whole = [...activity.values()].reduce((sum, amount) => sum + amount, 0);
  assert.equal(((activity.get(11) ?? 0) / whole).toFixed(3), '0.600');
  assert.deepEqual(
    session.processes()?.map(({ pid, graphics }) => [pid, graphics]),
    [
      [11, undefined],
      [22, undefined],
      [33, true],
    ],
  );
  // What ran ten seconds ago says nothing of now.
  machine.script(device, curve, 'process 0 11', 'process 0 22 sm=30');
  await readFor(machine, session, 8000);
  assert.deepEqual([...(session.activity?.('GPU-a')?.keys() ?? [])], [22]);
  machine.script(device, curve, 'process 0 11', 'process 0 22');
  await readFor(machine, session, 4000);
  assert.equal(session.activity?.('GPU-a')?.size, 0);
  session.close();
});

test('a driver that does not tell who computed is no fault of anything else', { skip }, async (context) => {
  const refusing = async (shape: FakeShape, ...more: readonly string[]): Promise<void> => {
    const path = compileFakeNvml(shape);
    const machine = computedMachine(context, path);
    machine.script(
      'device',
      'curve 0 1000 0:400 1000:400',
      'process 0 11 sm=60',
      'process 0 22 sm=30',
      ...more,
    );
    const session = await openNvml(machine, path);
    const readings = await readFor(machine, session, 5000);
    assert.ok(readings.length > 45);
    assert.equal(session.lost(), null);
    assert.deepEqual(session.processes()?.length, 2);
    assert.equal(session.activity?.(uuidOf(0)), null, more.join());
    session.close();
  };
  await refusing({ without: ['nvmlDeviceGetProcessUtilization'] });
  for (const code of [1, 2, 3, 4, 10, 13, 15, 21, 25, 999])
    await refusing({}, `return nvmlDeviceGetProcessUtilization ${code}`);
});

test('samples that cannot be right are left out', () => {
  const list = Buffer.alloc(32 * 4);
  for (const [index, [pid, percent]] of [
    [11, 40],
    [0, 90],
    [22, 101],
    [33, 100],
  ].entries()) {
    list.writeUInt32LE(pid ?? 0, index * 32);
    list.writeUInt32LE(percent ?? 0, index * 32 + 16);
  }
  assert.deepEqual(
    samplesIn(list, 4).map(({ pid, percent }) => [pid, percent]),
    [
      [11, 40],
      [33, 100],
    ],
  );
  assert.deepEqual(samplesIn(list, 1).length, 1);
});

const addsUp = ({ runJ, othersJ, unattributedJ }: SharedEnergy, energyJ: number | null): void =>
  assert.ok(Math.abs(runJ + othersJ + unattributedJ - (energyJ ?? 0)) < 1e-6 * (energyJ ?? 0));

interface SharedRun {
  readonly place: Place;
  readonly stderr: string;
  readonly run: RunSummary;
}

/**
 * A run of ten seconds at 400 W.
 * @param lines what the driver says, given the pid of the run's program
 * @param later what it says after a while
 */
async function runBeside(
  context: TestContext,
  lines: (pid: string, place: Place) => readonly string[],
  later?: { readonly lines: (pid: string) => readonly string[]; readonly afterMs: number },
): Promise<SharedRun> {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml() });
  const scriptPath = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = scriptPath;
  const startMs = nowMs();
  const script = (...more: readonly string[]): void =>
    writeFileSync(scriptPath, [`start ${startMs}`, ...base, ...more, ''].join('\n'));
  script();
  const pidFile = join(place.folder, 'pid');
  const program = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setTimeout(() => {}, 11000)`;
  const ended = runCli(place, ['run', '--no-check', '--', process.execPath, '-e', program]);
  await until('its pid', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  const pid = readFileSync(pidFile, 'utf8');
  script(...lines(pid, place));
  if (later !== undefined) {
    await pause(later.afterMs);
    script(...later.lines(pid));
  }
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const listed = await runCli(place, ['runs', '--format', 'json']);
  const [run] = JSON.parse(listed.stdout) as RunSummary[];
  assert.ok(run !== undefined);
  assert.ok((run.totals.energyJ ?? 0) > 400 * 9, `${run.totals.energyJ}`);
  return { place, stderr, run };
}

/** The run's share of what was divided; the first seconds, before it was seen that it holds the GPU, are nobody's. */
function shareOf({ totals: { sharing, energyJ } }: RunSummary): number {
  assert.ok(sharing !== undefined);
  addsUp(sharing, energyJ);
  assert.ok(sharing.unattributedJ < 0.6 * (energyJ ?? 0), JSON.stringify(sharing));
  return sharing.runJ / (sharing.runJ + sharing.othersJ);
}

const near = (share: number, expected: number): void =>
  assert.ok(Math.abs(share - expected) < 0.04, `${share} instead of ${expected}`);

/** A process that calls itself the server of MPS. */
function mpsServer(place: Place): number {
  return place.start('bash', ['-c', 'exec -a /usr/bin/nvidia-cuda-mps-server sleep 60']).pid;
}

// They wait for their runs to end.
describe('a run on a GPU that another program uses too', { concurrency: 4, skip }, () => {
  const other = `process 0 ${process.pid} sm=30`;

  for (const { told, refusal } of [
    { told: true, refusal: [] },
    { told: false, refusal: ['return nvmlDeviceGetProcessUtilization 3'] },
  ])
    test(`${told ? 'divided' : 'not divided'}: run, runs and export`, async (context) => {
      const { place, stderr, run } = await runBeside(context, (pid) => [
        ...refusal,
        `process 0 ${pid} sm=60`,
        other,
      ]);
      assert.match(stderr, /band \d+ % · GPU shared/);
      assert.match(stderr, /shared with other programs for 00:\d\d: /);
      assert.match(
        stderr,
        told ? /about .* the run's \((likely|possible)\), .* of others, .* unattributed/ : /not divided/,
      );
      const sharing = run.totals.sharing;
      if (told) near(shareOf(run), 2 / 3);
      else assert.deepEqual([sharing?.confidence, sharing?.othersJ], [null, 0]);
      assert.match((await runCli(place, ['runs'])).stdout, /GPU shared/);

      const file = join(place.folder, 'run.json');
      assert.equal((await runCli(place, ['export', String(run.number), '--out', file])).code, 0);
      const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
      assert.deepEqual(record.run.totals.sharing, sharing);
      assert.deepEqual(record.run.devices[0]?.sharingState?.sharedMs, sharing?.sharedMs);
      const away = makePlace(context);
      assert.equal((await runCli(away, ['import', file])).code, 0);
      const [imported] = JSON.parse(
        (await runCli(away, ['runs', '--format', 'json'])).stdout,
      ) as RunSummary[];
      assert.deepEqual(imported?.totals.sharing, sharing);
    });

  test('a window of the run is divided by what was seen in it', async (context) => {
    const { run, place } = await runBeside(context, (pid) => [`process 0 ${pid} sm=60`], {
      lines: (pid) => [`process 0 ${pid} sm=60`, other],
      afterMs: 5000,
    });
    const client = await place.connect();
    const window = (fromMs: number, toMs: number) =>
      client.request('totals', { runId: run.runId, fromMs, toMs });
    // Half of the run, and not of each part of it.
    const { sharing } = run.totals;
    assert.ok(sharing !== undefined && sharing.othersJ < 0.25 * (run.totals.energyJ ?? 0));
    assert.equal((await window(500, 4000)).sharing, undefined);
    const late = await window(run.durationMs - 2500, run.durationMs - 500);
    assert.ok(late.sharing !== undefined);
    addsUp(late.sharing, late.energyJ);
    near(late.sharing.runJ / (late.sharing.runJ + late.sharing.othersJ), 2 / 3);
    assert.ok(late.sharing.othersJ > 0.2 * (late.energyJ ?? 0), JSON.stringify(late.sharing));
    assert.equal(late.sharing.confidence, 'possible');
    client.close();
  });

  test('a divided GPU (MIG): by the size of the instances, and no surer than possible', async (context) => {
    const { run } = await runBeside(context, (pid) => [
      ...['mig 0 3', 'size 0 1 42', 'size 0 2 14', 'size 0 3 14'],
      `process 0 ${pid} part=1`,
      `process 0 ${process.pid} part=2`,
    ]);
    near(shareOf(run), 42 / 56);
    assert.equal(run.totals.sharing?.confidence, 'possible');
  });

  test('a divided GPU whose driver does not tell how large an instance is: not divided', async (context) => {
    const { run } = await runBeside(context, (pid) => [
      ...['mig 0 3', 'size 0 1 42'],
      `process 0 ${pid} part=1`,
      `process 0 ${process.pid} part=2`,
    ]);
    assert.deepEqual([run.totals.sharing?.confidence, run.totals.sharing?.othersJ], [null, 0]);
  });

  test('two clients of one MPS server: by who computed, and no surer than possible', async (context) => {
    const { run } = await runBeside(context, (pid, place) => [
      `process 0 ${mpsServer(place)}`,
      `process 0 ${pid} mps=1 sm=60`,
      `process 0 ${process.pid} mps=1 sm=30`,
    ]);
    near(shareOf(run), 2 / 3);
    assert.equal(run.totals.sharing?.confidence, 'possible');
  });

  test('the only client of an MPS server has the GPU to itself, whichever of the two is seen computing', async (context) => {
    const { run, stderr } = await runBeside(context, (pid, place) => [
      `process 0 ${mpsServer(place)} sm=60`,
      `process 0 ${pid} mps=1`,
    ]);
    assert.equal(run.totals.sharing, undefined);
    assert.doesNotMatch(stderr, /shared/);
  });

  test('an MPS server whose clients the driver does not name stands for another program', async (context) => {
    const { run } = await runBeside(context, (pid, place) => [
      `process 0 ${mpsServer(place)} sm=30`,
      `process 0 ${pid} sm=60`,
    ]);
    near(shareOf(run), 2 / 3);
  });
});
