import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachineDoor } from '../../sampler/machineDoor.ts';
import { SourceKeeper } from '../../sampler/sourceKeeper.ts';
import { createNvidiaSmi } from '../../sampler/sources/nvidiaSmi.ts';
import { pidsIn } from '../../sampler/sources/nvml/processList.ts';
import { createNvml, usualNvmlLimits } from '../../sampler/sources/nvml.ts';
import type { DeviceReading } from '../../sampler/sources/source.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { computedMachine, openNvml, readFor, uuidOf } from './fakeNvml/computedMachine.ts';
import { until } from './samplerHarness.ts';

const skip = noFakeNvml;
const options = { rateHz: 10, nvidiaSmiPath: null };
const device = 'device window=100 limit=700';
const steady = (index: number, powerW = 300): string => `curve ${index} 1000 0:${powerW} 1000:${powerW}`;

test('a GPU that falls off the bus is missing alone, and comes back by its identity', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, device, steady(0), steady(1, 200), 'lost 1 from=2000 to=6000');
  const keeper = new SourceKeeper([createNvml([path])], machine.door, options);
  await keeper.ready();
  const readings = await readFor(machine, keeper, 4000);
  assert.equal(keeper.lostReason(uuidOf(1)), 'lost');
  assert.equal(keeper.lostReason(uuidOf(0)), null);
  assert.equal(keeper.statuses()[0]?.state, 'found');
  readings.push(...(await readFor(machine, keeper, 8000)));
  assert.equal(keeper.lostReason(uuidOf(1)), null);
  const of = (index: number) => readings.filter(({ uuid }) => uuid === uuidOf(index));
  assert.ok(of(0).length > 115, `${of(0).length}`);
  const missing = of(1).filter(({ timeMs }) => timeMs >= 2000 && timeMs < 6000);
  assert.deepEqual(missing, []);
  const back = of(1).find(({ timeMs }) => timeMs >= 6000);
  assert.ok(back !== undefined && back.timeMs < 11_000, `${back?.timeMs}`);
  assert.ok(of(1).every(({ powerW }) => powerW === 200));
  keeper.close();
});

test('the last GPU is lost: so is the source, until one answers again', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, steady(0), 'lost 0 from=1000 to=5000');
  const keeper = new SourceKeeper([createNvml([path])], machine.door, options);
  await keeper.ready();
  await readFor(machine, keeper, 2000);
  const [lost] = keeper.statuses();
  assert.deepEqual([lost?.state, lost?.reason, lost?.deviceCount], ['lost', 'lost', 1]);
  await readFor(machine, keeper, 12_000);
  await keeper.ready();
  assert.equal(keeper.statuses()[0]?.state, 'found');
  assert.ok((await readFor(machine, keeper, 1000)).length > 5);
  keeper.close();
});

test('a GPU that appears is taken in', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, device, steady(0), steady(1), 'absent 1 from=0 to=20000');
  const keeper = new SourceKeeper([createNvml([path])], machine.door, options);
  await keeper.ready();
  assert.equal(keeper.devices().length, 1);
  await readFor(machine, keeper, 60_000, 1000);
  assert.equal(keeper.devices().length, 2);
  assert.ok((await readFor(machine, keeper, 1000)).some(({ uuid }) => uuid === uuidOf(1)));
  keeper.close();
});

test('a driver that does not start: its reason is told, nvidia-smi stands in, and NVML takes over when it works', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, steady(0), 'return nvmlInit_v2 18 to=3500');
  const keeper = new SourceKeeper([createNvml([path]), createNvidiaSmi()], machine.door, options);
  await keeper.ready();
  const [nvml, smi] = keeper.statuses();
  assert.equal(nvml?.state, 'failed');
  assert.match(nvml?.detail ?? '', /did not start: the driver was replaced/);
  assert.equal(nvml?.remedy, 'Reboot, so that the new driver is loaded.');
  assert.deepEqual([smi?.id, smi?.state], ['nvidia-smi', 'found']);
  const before = await readFor(machine, keeper, 2000);
  assert.ok(before.length > 10 && before.every(({ energyJ }) => energyJ === undefined));
  await readFor(machine, keeper, 10_000);
  await keeper.ready();
  assert.deepEqual(
    keeper.statuses().map(({ id, state }) => [id, state]),
    [['nvml', 'found']],
  );
  const after = await readFor(machine, keeper, 2000);
  assert.ok(after.slice(1).every(({ energyJ }) => energyJ !== undefined));
  assert.equal(keeper.devices().length, 1);
  assert.equal(new Set(after.map(({ timeMs }) => timeMs)).size, after.length, 'read by one source only');
  // And the other way round: NVML fails while it reads.
  machine.script(
    device,
    steady(0),
    'return nvmlDeviceGetTotalEnergyConsumption 999',
    'return nvmlDeviceGetFieldValues 1',
    'return nvmlInit_v2 999',
  );
  await readFor(machine, keeper, 1000);
  await keeper.ready();
  const during = await readFor(machine, keeper, 2000);
  assert.deepEqual(
    keeper.statuses().map(({ id, state }) => [id, state]),
    [
      ['nvml', 'failed'],
      ['nvidia-smi', 'found'],
    ],
  );
  assert.ok(during.length > 10);
  assert.equal(keeper.lostReason(uuidOf(0)), null);
  keeper.close();
});

test('a divided GPU (MIG): processes are found in its parts; utilisation is absent, not 0', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, steady(0), 'mig 0 2', 'size 0 2 14', 'process 0 100 part=1', 'process 0 200 part=2');
  const { status, session } = await createNvml([path]).open(machine.door, options);
  assert.ok(session !== null);
  assert.match(status.detail, /GPU 0 is divided \(MIG\)\./);
  assert.match(status.detail, /does not tell: utilisation \(not supported\)/);
  const readings = await readFor(machine, session, 3000);
  assert.ok(readings.every(({ utilization }) => utilization === undefined));
  assert.deepEqual(session.processes(), [
    { uuid: uuidOf(0), pid: 100, instance: { number: 0, size: null } },
    { uuid: uuidOf(0), pid: 200, instance: { number: 2, size: 14 } },
  ]);
  session.close();
});

for (const stride of [24, 32])
  test(`process lists with elements of ${stride} bytes under one name`, { skip }, async (context) => {
    const path = compileFakeNvml();
    const machine = computedMachine(context, path);
    const pids = [11, 222, 3333, 44_444, 4711, 5, 999_999];
    machine.script(device, steady(0), `stride ${stride}`, ...pids.map((pid) => `process 0 ${pid}`));
    const session = await openNvml(machine, path);
    await readFor(machine, session, 3000);
    assert.deepEqual(
      session.processes()?.map(({ pid }) => pid),
      pids,
    );
    session.close();
  });

test('a list that is no list of pids is not believed', () => {
  const list = Buffer.alloc(10 * 32, 0xaa);
  list.fill(0xff, 0, 48);
  assert.equal(pidsIn(list, 2, null), null);
  assert.deepEqual(pidsIn(list, 0, null), []);
});

test('a superchip that tells the power of its module only: that power, and said to be the module’s', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script('device name=NVIDIA_GH200_480GB window=25 limit=900 module=1', steady(0, 640));
  const { session, status } = await createNvml([path]).open(machine.door, options);
  assert.ok(session !== null);
  const [info] = session.devices;
  assert.deepEqual([info?.powerQuality, info?.hasEnergyCounter], ['module', false]);
  assert.match(status.detail, /GPU 0 does not tell: energy counter \(not supported\)/);
  const readings = await readFor(machine, session, 3000);
  assert.ok(readings.length > 25);
  assert.ok(readings.slice(2).every(({ powerW, energyJ }) => powerW === 640 && energyJ === undefined));
  session.close();
});

test('power-capped only near the limit; heat and brakes are another matter', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const flags = async (powerW: number, bits: string) => {
    machine.script(device, steady(0, powerW), `reasons 0 ${bits}`);
    const session = await openNvml(machine, path);
    const last = (await readFor(machine, session, 2000)).at(-1);
    session.close();
    return [last?.powerCapped, last?.slowedDown];
  };
  assert.deepEqual(await flags(690, '4'), [1, 0]);
  assert.deepEqual(await flags(80, '4'), [0, 0]);
  assert.deepEqual(await flags(400, '40'), [0, 1]);
  assert.deepEqual(await flags(400, '1'), [0, 0]);
});

const twoProcesses = [device, steady(0), 'process 0 100', 'process 0 200'];
for (const name of [
  'nvmlDeviceGetFieldValues',
  'nvmlDeviceGetUtilizationRates',
  'nvmlDeviceGetTemperature',
  'nvmlDeviceGetComputeRunningProcesses_v3',
  'nvmlDeviceGetProcessUtilization',
  'nvmlDeviceGetMigMode',
])
  test(`${name} never comes back and holds up nothing: nvidia-smi takes over`, { skip }, async (context) => {
    const path = compileFakeNvml();
    const machine = computedMachine(context, path);
    machine.script(...twoProcesses);
    const limits = { ...usualNvmlLimits, roundMs: 3000 };
    const keeper = new SourceKeeper([createNvml([path], limits), createNvidiaSmi()], machine.door, options);
    await keeper.ready();
    // So long that each of its calls has come back at once before.
    assert.ok((await readFor(machine, keeper, 5000)).length > 25);
    let slowestMs = 0;
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        const fromMs = performance.now();
        machine.advance(100);
        keeper.read();
        await new Promise((resolve) => setTimeout(resolve, 5));
        slowestMs = Math.max(slowestMs, performance.now() - fromMs);
      }
    };
    // Long for the test, and it ends: a thread that never does would hold up the end of this process.
    machine.script(...twoProcesses, `delay ${name} 1500`);
    await rounds(25);
    machine.script(...twoProcesses);
    await rounds(32);
    assert.ok(slowestMs < 1000, `the loop stood still for ${slowestMs} ms`);
    assert.equal(keeper.statuses()[0]?.reason, 'timeout');
    await keeper.ready();
    assert.ok((await readFor(machine, keeper, 1000)).length > 5);
    assert.equal(keeper.statuses()[1]?.state, 'found');
    // It is not asked again in this process.
    await readFor(machine, keeper, 5000);
    assert.equal(keeper.statuses()[0]?.reason, 'timeout');
    keeper.close();
  });

for (const name of ['nvmlDeviceGetClockInfo', 'nvmlDeviceGetComputeRunningProcesses_v3'])
  test(`one of two GPUs hangs in ${name}: it is missing alone, with its reason, and comes back`, {
    skip,
  }, async (context) => {
    const path = compileFakeNvml();
    const machine = computedMachine(context, path);
    const base = [device, device, steady(0), steady(1, 200)];
    machine.script(...base);
    const limits = { ...usualNvmlLimits, roundMs: 3000 };
    const keeper = new SourceKeeper([createNvml([path], limits), createNvidiaSmi()], machine.door, options);
    await keeper.ready();
    assert.ok((await readFor(machine, keeper, 1000)).length > 15);
    machine.script(...base, `delay ${name} 4000 device=1`);
    const fromMs = machine.nowMs() + 2000;
    const readings: DeviceReading[] = [];
    // Each round waits for the healthy one: how long an answer takes is up to the machine of the test.
    for (let round = 0; round < 12; round += 1) {
      machine.advance(500);
      await until('the healthy one', () => {
        const arrived = keeper.read();
        readings.push(...arrived);
        return arrived.some(({ uuid }) => uuid === uuidOf(0));
      });
    }
    machine.script(...base);
    const of = (index: number) =>
      readings.filter(({ uuid, timeMs }) => uuid === uuidOf(index) && timeMs >= fromMs);
    assert.ok(of(0).length > 5, `${of(0).length} of the healthy one`);
    assert.deepEqual(of(1), []);
    assert.deepEqual([keeper.lostReason(uuidOf(0)), keeper.lostReason(uuidOf(1))], [null, 'timeout']);
    assert.equal(keeper.statuses()[0]?.state, 'found');
    // Its thread comes back, and so does the GPU.
    await machine.idle();
    assert.equal(keeper.lostReason(uuidOf(1)), null);
    assert.ok((await readFor(machine, keeper, 1000)).filter(({ powerW }) => powerW === 200).length > 5);
    keeper.close();
  });

test('who computes is asked every two seconds, who draws every ten', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, steady(0), 'process 0 100', 'process 0 200 graphics=1');
  const session = await openNvml(machine, path);
  const asked = (): number[] =>
    ['Compute', 'Graphics'].map((kind) => machine.calls(`nvmlDeviceGet${kind}RunningProcesses_v3`));
  const [computeBefore = 0, graphicsBefore = 0] = asked();
  await readFor(machine, session, 60_000);
  const [compute = 0, graphics = 0] = asked();
  assert.ok(compute - computeBefore >= 27 && compute - computeBefore <= 31, `${compute - computeBefore}`);
  assert.ok(graphics - graphicsBefore >= 5 && graphics - graphicsBefore <= 7, `${graphics - graphicsBefore}`);
  assert.deepEqual(
    session.processes()?.map(({ pid, graphics: draws }) => [pid, draws]),
    [
      [100, undefined],
      [200, true],
    ],
  );
  session.close();
});

test('slow calls are put less often, and everything else goes on', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(device, steady(0));
  let nowMs = 0;
  // Time that runs on with the machine's own while a call lasts: the stand-in really takes so long.
  const slow = { ...machine.door, nowMs: () => nowMs + performance.now() };
  machine.script(device, steady(0), 'delay nvmlDeviceGetUtilizationRates 8');
  const { session } = await createNvml([path]).open(slow, options);
  assert.ok(session !== null);
  const cost = async (rounds: number): Promise<number> => {
    let inside = 0;
    for (let round = 0; round < rounds; round += 1) {
      nowMs += 150;
      const fromMs = performance.now();
      session.read();
      await machine.idle();
      inside += performance.now() - fromMs;
    }
    return inside / rounds;
  };
  const before = await cost(100);
  await cost(400);
  const after = await cost(100);
  assert.ok(before > 6, `${before} ms a round`);
  assert.ok(after < before / 2, `${after} ms a round after ${before}`);
  session.close();
});

test('without the native part, and without the library, the reason is told', async () => {
  const door = createMachineDoor();
  const absent = await createNvml(['/nowhere/libnvidia-ml.so.1']).open(door, options);
  assert.deepEqual([absent.session, absent.status.state], [null, 'notFound']);
  assert.match(absent.status.detail, /not found/);
  const { openLibrary: _, ...plain } = door;
  const { status } = await createNvml().open(plain, options);
  assert.deepEqual([status.state, status.reason], ['notFound', 'notSupported']);
  door.close();
});
