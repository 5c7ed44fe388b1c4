import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsPath } from './simulated/limitsFile.ts';
import type { TruthRecord } from './simulated/truthFile.ts';
import { truthPath } from './simulated/truthFile.ts';
import { openSimulated, type SimulatedOptions, type SimulatedSession } from './simulated.ts';
import type { DeviceReading, SourceDoor } from './source.ts';

const file = '/somewhere/sim.jsonl';

/** A door with one growing file and a clock that the test moves. */
function machine(options: Partial<SimulatedOptions> = {}) {
  let nowMs = 100_000;
  let unread = '';
  const written = new Map<string, string>();
  const door: SourceDoor = {
    nowMs: () => nowMs,
    run: () => Promise.reject(new Error('the simulated GPU starts no program')),
    stream: () => assert.fail('the simulated GPU starts no program'),
    findProgram: () => assert.fail('the simulated GPU starts no program'),
    readNew(path) {
      // No board was given a limit.
      if (path === limitsPath(file)) return '';
      assert.equal(path, file);
      const text = unread;
      unread = '';
      return text;
    },
    append(path, text) {
      written.set(path, (written.get(path) ?? '') + text);
    },
  };
  const session: SimulatedSession = openSimulated(file, door, { rateHz: 10, ...options });
  const readings: DeviceReading[] = [];
  return {
    session,
    readings,
    seconds: () => nowMs / 1000,
    write(...lines: readonly (string | object)[]) {
      for (const line of lines) unread += typeof line === 'string' ? line : `${JSON.stringify(line)}\n`;
    },
    /** Lets time pass, reading ten times a second as the sampler does. */
    pass(ms: number) {
      const endMs = nowMs + ms;
      while (nowMs < endMs) {
        nowMs = Math.min(endMs, nowMs + 100);
        readings.push(...session.read());
      }
    },
    jump(ms: number) {
      nowMs += ms;
    },
    truths(): TruthRecord[] {
      const text = written.get(truthPath(file)) ?? '';
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as TruthRecord);
    },
  };
}

const open = (time: number, pid = 7, device = 0, gpu = 'h100-sxm') => ({
  event: 'open',
  pid,
  time,
  device,
  gpu,
});
const work = (time: number, duration: number, pid = 7, device = 0) => ({
  event: 'work',
  pid,
  time,
  device,
  duration,
  intensity: 0.6,
  memory: 2 ** 30,
});
const close = (time: number, pid = 7) => ({ event: 'close', pid, time });

test('without submissions the machine idles', () => {
  const on = machine({ gpu: 'h100-sxm*2' });
  on.pass(3000);
  assert.equal(on.session.devices.length, 2);
  assert.equal(new Set(on.session.devices.map(({ uuid }) => uuid)).size, 2);
  assert.ok(on.session.devices.every(({ name }) => name.includes('simulated')));
  assert.equal(on.readings.length, 60);
  for (const reading of on.readings) {
    assert.ok(Math.abs((reading.powerW ?? 0) - 69.85) < 7, `${reading.powerW} W`);
    assert.equal(reading.utilization, 0);
    assert.equal(reading.smClockMHz, 345);
  }
  assert.deepEqual(on.session.processes(), []);
});

test('work moves power, utilisation, memory, clock and the counter', () => {
  const on = machine();
  assert.deepEqual(on.session.devices, []);
  on.write(open(100.0), work(100.01, 2));
  on.pass(1500);
  const busy = on.readings.at(-1);
  assert.ok((busy?.powerW ?? 0) > 420, `${busy?.powerW} W`);
  assert.equal(busy?.utilization, 1);
  assert.equal(busy?.smClockMHz, 1980);
  assert.ok((busy?.memoryUsedBytes ?? 0) > 2 ** 30);
  assert.deepEqual(on.session.processes(), [{ uuid: busy?.uuid, pid: 7 }]);
  on.pass(3000);
  const idle = on.readings.at(-1);
  assert.ok(Math.abs((idle?.powerW ?? 0) - 115) < 8, 'a context held open draws more than bare idle');
  assert.equal(idle?.utilization, 0);
  const counted = (idle?.energyJ ?? 0) - (on.readings[0]?.energyJ ?? 0);
  const expected = 2 * (130 + 0.6 * 510) + 2.4 * 115;
  assert.ok(Math.abs(counted / expected - 1) < 0.06, `counted ${counted} J of about ${expected} J`);
});

test('the truth of a run is written when the process says that it ends', () => {
  const on = machine();
  on.write(open(100), { event: 'host', pid: 7, time: 100.3, doing: 'input', from: 100.1, to: 100.3 });
  on.write(work(100.3, 0.25), work(100.3, 0.25));
  on.pass(1000);
  on.write({ event: 'host', pid: 7, time: 100.8, doing: 'sync', from: 100.31, to: 100.8, device: 0 });
  on.write(work(100.9, 0.1), close(101));
  on.pass(200);
  const [truth] = on.truths();
  assert.ok(truth !== undefined);
  assert.equal(truth.complete, true);
  const device = truth.devices[0];
  assert.deepEqual(device?.inputWait.intervals, [[100.1, 100.3]]);
  assert.deepEqual(device?.hostSync.intervals, [[100.8, 100.9]]);
  assert.equal(truth.inputWaitJ, 0.2 * 115);
  assert.equal(truth.hostSyncJ, 0.1 * 115);
  const loadW = 130 + 0.6 * 510;
  assert.ok(Math.abs(truth.energyJ - (0.6 * loadW + 0.4 * 115)) < 0.01, `${truth.energyJ} J`);
  assert.ok(Math.abs(truth.idleJ - 0.4 * 115) < 0.01);
  assert.deepEqual(on.session.processes(), []);
});

test('a process that leaves the run has ended: work dropped, context closed, truth written', () => {
  const on = machine({ pids: new Set([7, 8]) });
  on.write(open(100), work(100, 60));
  on.pass(1000);
  on.session.follow(new Set([8]));
  on.pass(2000);
  assert.deepEqual(on.session.processes(), []);
  assert.equal(on.readings.at(-1)?.utilization, 0);
  assert.ok(Math.abs((on.readings.at(-1)?.powerW ?? 0) - 69.85) < 7);
  assert.deepEqual(
    on.truths().map(({ pid, from, to, complete }) => [pid, from, to, complete]),
    [[7, 100, 101, true]],
  );
});

test('lines of a process that is named later are not lost, and those of strangers never count', () => {
  const on = machine({ pids: new Set<number>() });
  on.write(open(100, 9), work(100, 30, 9), open(100), work(100, 30));
  on.pass(500);
  assert.deepEqual(on.session.processes(), []);
  on.session.follow(new Set([7]));
  on.pass(1000);
  assert.deepEqual(
    on.session.processes()?.map(({ pid }) => pid),
    [7],
  );
  assert.equal(on.readings.at(-1)?.utilization, 1);
  on.session.close();
  assert.deepEqual(
    on.truths().map(({ pid, complete }) => [pid, complete]),
    [[7, false]],
  );
});

test('an older process of the same number does not come back', () => {
  const on = machine({ pids: new Set<number>() });
  on.write(open(50), work(50, 1), close(52), open(100));
  on.pass(100);
  on.session.follow(new Set([7]));
  on.session.close();
  assert.deepEqual(
    on.truths().map(({ from }) => from),
    [100],
  );
});

test('two devices have two queues and two readings', () => {
  const on = machine();
  on.write(open(100, 7, 0, 'a100-sxm4-80*2'), open(100, 7, 1, 'a100-sxm4-80*2'), work(100, 5, 7, 1));
  on.pass(2000);
  const [first, second] = on.session.devices;
  const last = (uuid: string | undefined) => on.readings.filter((reading) => reading.uuid === uuid).at(-1);
  assert.equal(last(first?.uuid)?.utilization, 0);
  assert.equal(last(second?.uuid)?.utilization, 1);
  assert.ok((last(second?.uuid)?.powerW ?? 0) > 3 * (last(first?.uuid)?.powerW ?? 0));
  on.write(close(102));
  on.pass(100);
  const truth = on.truths()[0];
  assert.equal(truth?.devices.length, 2);
  assert.ok(Math.abs((truth?.energyJ ?? 0) - (2 * 85 + 2 * (50 + 0.6 * 425))) < 1);
});

test('lines that cannot be used are counted and change nothing', () => {
  const on = machine();
  on.write('no json at all\n', work(100, 5), open(100, 7, 0, 'voodoo-2'), open(100, 7, 3));
  on.pass(200);
  assert.equal(on.session.rejectedLines, 4);
  assert.deepEqual(on.session.devices, []);
  assert.deepEqual(on.session.processes(), []);
});

test('a reader that stalls gets the last second, and the counter has not stopped', () => {
  const on = machine({ gpu: 'h100-sxm' });
  on.pass(1000);
  const before = on.readings.at(-1);
  on.jump(60_000);
  const late = on.session.read();
  assert.ok(late.length <= 11, `${late.length} readings at once`);
  const counted = (late.at(-1)?.energyJ ?? 0) - (before?.energyJ ?? 0);
  assert.ok(Math.abs(counted / (60 * 69.85) - 1) < 0.06, `counted ${counted} J`);
});

test('readings come at the asked rate, in order of time, and the same again for the same seed', () => {
  const once = (seed: number): readonly DeviceReading[] => {
    const on = machine({ rateHz: 5, seed });
    on.write(open(100));
    for (let step = 0; step < 8; step++) on.write(work(100 + step * 0.5, 0.3));
    on.pass(4000);
    return on.readings;
  };
  const readings = once(1);
  assert.ok(readings.length >= 19 && readings.length <= 20, `${readings.length} readings in 4 s at 5 Hz`);
  for (let index = 1; index < readings.length; index++)
    assert.equal((readings[index]?.timeMs ?? 0) - (readings[index - 1]?.timeMs ?? 0), 200);
  assert.deepEqual(once(1), readings);
  assert.notDeepEqual(once(2), readings);
});

test('a second session in the middle of a run goes on with the same device and counter', () => {
  const lines = [open(100), ...Array.from({ length: 8 }, (_, step) => work(100.1 + step * 0.5, 0.3))];
  const first = machine();
  first.write(...lines);
  first.pass(3000);
  const second = machine();
  second.jump(2000);
  second.write(...lines);
  second.pass(1000);
  assert.equal(second.session.devices[0]?.uuid, first.session.devices[0]?.uuid);
  assert.deepEqual(second.readings.at(-1), first.readings.at(-1));
});

test('nothing comes after closing', () => {
  const on = machine({ gpu: 'h100-sxm' });
  on.session.close();
  on.session.close();
  on.jump(1000);
  assert.deepEqual(on.session.read(), []);
});

test('a process that was gone before it was named is known to have opened a device', () => {
  const { session, write } = machine({ pids: new Set() });
  write({ pid: 11, time: 0, event: 'open', device: 0, gpu: 'h100-sxm' });
  session.follow(new Set());
  assert.deepEqual([session.hasOpened(11), session.hasOpened(12)], [true, false]);
  assert.equal(session.devices.length, 0);
});
