import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createNvidiaSmi } from './nvidiaSmi.ts';
import {
  type RecordedAnswers,
  type RecordedFaults,
  type RecordedMachine,
  recordedMachine,
} from './recordedNvidiaSmi.ts';
import type { SourceSession } from './source.ts';

const folder = new URL('./nvidiaSmi.recorded/', import.meta.url);
const recording = (name: string): RecordedAnswers =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as RecordedAnswers;
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []));
const options = { rateHz: 10, nvidiaSmiPath: null };

async function opened(
  name: string,
  faults: RecordedFaults = {},
): Promise<{ machine: RecordedMachine; session: SourceSession }> {
  const machine = recordedMachine(recording(name), faults);
  const { session, status } = await createNvidiaSmi().open(machine.door, options);
  assert.equal(status.state, 'found');
  assert.ok(session !== null);
  return { machine, session };
}

for (const name of names) {
  test(`recorded ${name}: power of every row but the first is read as it was printed`, async () => {
    const { machine, session } = await opened(name);
    machine.print('load');
    machine.advance(100);
    machine.print('load');
    machine.print('idle');
    const readings = session.read();
    const cells = recording(name).rows.map((row) => Number(row.cells['power.draw.instant']));
    assert.deepEqual(
      readings.map((reading) => reading.powerW),
      [cells[1], cells[0]],
    );
    assert.deepEqual(session.read(), []);
    session.close();
  });
}

test('a cell that is no number is absent, never 0', async () => {
  const { machine, session } = await opened('h100-mig');
  machine.print('load');
  machine.print('load');
  const [reading] = session.read();
  assert.ok(reading !== undefined);
  assert.equal(reading.utilization, undefined);
  assert.equal('utilization' in reading, false);
  assert.ok((reading.powerW ?? 0) > 0);
});

test('a driver without the instant field is asked again without it, and the value counts as averaged', async () => {
  const { machine, session } = await opened('rtx-2080-super', {
    unknownFields: ['power.draw.instant', 'enforced.power.limit'],
  });
  assert.equal(session.devices[0]?.powerQuality, 'averaged1s');
  machine.print('idle');
  machine.print('idle');
  assert.equal(session.read()[0]?.powerW, 39.32);
  assert.equal(machine.started.length, 4);
});

test('the sensor that sees a quarter of the time has the wider band', async () => {
  assert.equal((await opened('h100')).session.devices[0]?.band, 0.1);
  assert.equal((await opened('l40s')).session.devices[0]?.band, 0.07);
});

test('no program: not found, with a remedy', async () => {
  const machine = recordedMachine(recording('h100'), { missing: true });
  const { status, session } = await createNvidiaSmi().open(machine.door, options);
  assert.equal(session, null);
  assert.equal(status.state, 'notFound');
  assert.ok(status.remedy !== null);
});

const failures: readonly (readonly [string, number | null, string, boolean, string, string])[] = [
  [
    'no driver',
    9,
    "NVIDIA-SMI has failed because it couldn't communicate with the driver.\n",
    false,
    'notFound',
    'notFound',
  ],
  [
    'library missing',
    12,
    "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.\n",
    false,
    'notFound',
    'notFound',
  ],
  ['garbage with exit code 0', 0, '\n\n\u0000\u0001 hello, world\n', false, 'failed', 'badOutput'],
  ['nothing with exit code 0', 0, '\n\n\n', false, 'failed', 'badOutput'],
  ['another failure', 255, 'Failed to initialize NVML: Function Not Found\n', false, 'failed', 'badOutput'],
  ['a hang', null, '', true, 'failed', 'timeout'],
];
for (const [what, exitCode, stdout, timedOut, state, reason] of failures) {
  test(`${what}: state ${state}, reason ${reason}`, async () => {
    const machine = recordedMachine(recording('h100'), {
      answer: { exitCode, stdout, stderr: '', timedOut },
    });
    const { status, session } = await createNvidiaSmi().open(machine.door, options);
    assert.equal(session, null);
    assert.equal(status.state, state);
    assert.equal(status.reason, reason);
  });
}

test('a loop that ends is lost, and says with which code', async () => {
  const { machine, session } = await opened('h100');
  machine.end(15);
  assert.equal(session.lost()?.reason, 'lost');
  assert.match(session.lost()?.detail ?? '', /15/);
});

test('a loop that falls silent is stopped and lost by timeout', async () => {
  const { machine, session } = await opened('h100');
  machine.print('load');
  machine.advance(4_900);
  session.read();
  assert.equal(session.lost(), null);
  machine.advance(200);
  session.read();
  assert.equal(session.lost()?.reason, 'timeout');
  assert.equal(machine.stopped, 1);
});

test('a loop that only prints garbage is given up; a bad line among good ones is not', async () => {
  const { machine, session } = await opened('h100');
  for (let line = 0; line < 50; line += 1) {
    machine.print('load', 'x, y, z');
    machine.print('load');
  }
  assert.equal(session.lost(), null);
  for (let line = 0; line < 20; line += 1) machine.print('load', '\u0000garbage');
  assert.equal(session.lost()?.reason, 'badOutput');
});

test('another rate restarts the loop with its period', async () => {
  const { machine, session } = await opened('h100');
  session.setRate?.(2);
  assert.ok(machine.started.at(-1)?.includes('--loop-ms=465'));
  assert.equal(machine.stopped, 1);
});

test('holders of a device come from the process list', async () => {
  const { session } = await opened('h100', {
    computeApps: 'GPU-00000000-0000-0000-0000-000000000001, 4242\n[N/A], [N/A]\n',
  });
  assert.equal(session.processes(), null);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(session.processes(), [{ uuid: 'GPU-00000000-0000-0000-0000-000000000001', pid: 4242 }]);
});
