import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceKeeper } from '../../sampler/sourceKeeper.ts';
import { usedFunctions } from '../../sampler/sources/nvml/binding.ts';
import { createNvml } from '../../sampler/sources/nvml.ts';
import type { DeviceReading } from '../../sampler/sources/source.ts';
import { compileFakeNvml, type FakeShape, noFakeNvml } from './fakeNvml/compile.ts';
import {
  type ComputedMachine,
  computedMachine,
  openNvml,
  readFor,
  uuidOf,
} from './fakeNvml/computedMachine.ts';

const skip = noFakeNvml;
const options = { rateHz: 10, nvidiaSmiPath: null };
/** Every code of nvml.h, one it does not have, and "unknown". */
const codes = [
  ...[1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27, 28, 29],
  77,
  999,
];
const device = 'device name=NVIDIA_H100_80GB_HBM3 window=25 limit=700 memory=80';
const steady = (index: number): string => `curve ${index} 1000 0:300 1000:300`;
/** Who computed is asked only where it is more than one. */
const one = [device, steady(0), 'process 0 4711', 'process 0 4712'];
const both = [4711, 4712].map((pid) => ({ uuid: uuidOf(0), pid }));

/** The values that the stand-in gives a healthy device, none of which is 0 but the two that are flags. */
const healthy: Readonly<Record<string, number>> = {
  powerW: 300,
  averagePowerW: 300,
  utilization: 0.9,
  powerLimitW: 700,
  memoryUsedBytes: 2 * 2 ** 30,
  smClockMHz: 1980,
  memoryClockMHz: 2619,
  temperatureC: 41,
  powerCapped: 0,
  slowedDown: 0,
};

/** A value that is there is right; what could not be read is absent and not 0. */
function assertTrue(readings: readonly DeviceReading[], mayLack: (key: string) => boolean): void {
  for (const { uuid, timeMs: _, energyJ, ...values } of readings) {
    for (const [key, expected] of Object.entries(healthy)) {
      const value = (values as Readonly<Record<string, number | undefined>>)[key];
      if (value === undefined) assert.ok(mayLack(key), `${uuid}: ${key} is missing`);
      else if (key === 'memoryUsedBytes') assert.ok(value >= expected && value < 1.25 * expected, `${value}`);
      else assert.ok(Math.abs(value - expected) < 1e-6, `${uuid}: ${key} is ${value}`);
    }
    if (energyJ !== undefined) assert.ok(energyJ >= 5000, `${energyJ}`);
    else assert.ok(mayLack('energyJ'), 'the counter is missing');
  }
}

test('a healthy GPU: every value, its processes, its counter', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(...one);
  const { status, session } = await createNvml([path]).open(machine.door, options);
  assert.ok(session !== null);
  assert.equal(status.state, 'found');
  assert.equal(status.detail, '1 GPU found: NVIDIA H100 80GB HBM3, driver 570.42.01.');
  const [info] = session.devices;
  assert.ok(info !== undefined);
  const { uuid, powerQuality, hasEnergyCounter, band, memoryTotalBytes, powerLimitW } = info;
  assert.deepEqual(
    [uuid, powerQuality, hasEnergyCounter, band, memoryTotalBytes, powerLimitW],
    [uuidOf(0), 'instant', true, 0.05, 80 * 2 ** 30, 700],
  );
  const readings = await readFor(machine, session, 10_000);
  assert.ok(readings.length >= 98, `${readings.length}`);
  assertTrue(readings.slice(2), () => false);
  const counted = (readings.at(-1)?.energyJ ?? 0) - (readings[0]?.energyJ ?? 0);
  const seconds = ((readings.at(-1)?.timeMs ?? 0) - (readings[0]?.timeMs ?? 0)) / 1000;
  assert.ok(Math.abs(counted - 300 * seconds) <= 30.1, `${counted} J in ${seconds} s`);
  assert.deepEqual(session.processes(), both);
  session.close();
});

/** A machine in which a function is asked that an ordinary one never is. */
interface Scene {
  readonly lines: readonly string[];
  /** Values that this machine cannot have. */
  readonly lacks: readonly string[];
  /** How long until all of it was asked. */
  readonly lastsMs: number;
}

function sceneOf(name: string, nowMs: number): Scene {
  const divided = [
    device,
    steady(0),
    'mig 0 2',
    'size 0 1 42',
    'process 0 4711 part=1',
    'process 0 4712 part=2',
  ];
  if (/Mig|Attributes/.test(name)) return { lines: divided, lacks: ['utilization'], lastsMs: 600 };
  if (name === 'nvmlDeviceGetHandleByUUID') {
    const second = [device, steady(1), 'process 1 4713', 'process 1 4714'];
    const lost = `lost 1 from=${nowMs + 100} to=${nowMs + 300}`;
    return { lines: [...one, ...second, lost], lacks: [], lastsMs: 1600 };
  }
  if (name === 'nvmlDeviceGetTemperatureV')
    return { lines: [...one, 'return nvmlDeviceGetTemperature 26'], lacks: [], lastsMs: 600 };
  return { lines: one, lacks: [], lastsMs: 600 };
}

/** Between them their libraries are asked every function that is used, each in its newest form that they have. */
const generations: readonly FakeShape[] = [
  { driver: 570 },
  { driver: 470 },
  { driver: 390, without: ['nvmlDeviceGetEnforcedPowerLimit'] },
];

/** Functions that this machine is asked as long as all is well. */
async function asked(machine: ComputedMachine, path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of usedFunctions) {
    const before = machine.calls(name);
    const { lines, lastsMs } = sceneOf(name, machine.nowMs());
    machine.script(...lines);
    const session = await openNvml(machine, path);
    await readFor(machine, session, lastsMs, 200);
    session.close();
    await machine.idle();
    if (machine.calls(name) > before) found.push(name);
  }
  return found;
}

test('the functions that are used are all asked by one generation of the driver or another', {
  skip,
}, async (context) => {
  const all = new Set<string>();
  for (const shape of generations) {
    const path = compileFakeNvml(shape);
    for (const name of await asked(computedMachine(context, path), path)) all.add(name);
  }
  assert.deepEqual([...all].sort(), [...usedFunctions].sort());
});

for (const shape of generations)
  test(`every function × every return code at the start, driver ${shape.driver}`, {
    skip,
  }, async (context) => {
    const path = compileFakeNvml(shape);
    const machine = computedMachine(context, path);
    let cases = 0;
    let usable = 0;
    for (const name of await asked(machine, path)) {
      for (const code of codes) {
        const what = `${name} returns ${code}`;
        const { lines, lastsMs } = sceneOf(name, machine.nowMs());
        machine.script(...lines, `return ${name} ${code}`);
        const before = machine.calls(name);
        const { status, session } = await createNvml([path]).open(machine.door, options);
        cases += 1;
        assert.ok(status.detail.length > 10, what);
        if (session === null) {
          assert.notEqual(status.state, 'found', what);
          assert.ok(status.reason !== null && status.remedy !== null, what);
          assert.equal(status.deviceCount, 0, what);
        } else {
          assert.equal(status.state, 'found', what);
          const readings = await readFor(machine, session, lastsMs, 200);
          assertTrue(readings, () => true);
          if (readings.length > 0) usable += 1;
          session.close();
          await machine.idle();
        }
        assert.ok(machine.calls(name) > before, `${what}: it was never asked`);
      }
    }
    context.diagnostic(`${cases} cases, ${usable} of them with readings all the same`);
    assert.ok(cases > 500);
    // Only what a GPU cannot be used without, and what says that all is over, ends in no reading.
    assert.ok(usable > cases / 2, `${usable} of ${cases}`);
  });

test('every function × every return code in the middle: readings stay true and come back', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  let cases = 0;
  for (const name of await asked(machine, path)) {
    for (const code of codes) {
      const what = `${name} returns ${code}`;
      const { lacks } = sceneOf(name, 0);
      const mayLack = (key: string): boolean => lacks.includes(key);
      const well = sceneOf(name, Number.POSITIVE_INFINITY).lines;
      machine.script(...well);
      const keeper = new SourceKeeper([createNvml([path])], machine.door, options);
      await keeper.ready();
      const before = await readFor(machine, keeper, 1500, 500);
      assertTrue(before, mayLack);
      assert.ok(before.length > 0, what);
      machine.script(...sceneOf(name, machine.nowMs()).lines, `return ${name} ${code}`);
      assertTrue(await readFor(machine, keeper, 2500, 500), () => true);
      machine.script(...well);
      // Long enough for the longest wait before a lost device, a session or a refused question is tried again.
      await readFor(machine, keeper, 64_000, 16_000);
      await keeper.ready();
      const after = await readFor(machine, keeper, 2000, 500);
      cases += 1;
      assert.ok(after.length > 0, `${what}: no readings afterwards`);
      assert.doesNotThrow(() => assertTrue(after, mayLack), what);
      assert.equal(keeper.statuses()[0]?.state, 'found', what);
      keeper.close();
      await machine.idle();
    }
  }
  context.diagnostic(`${cases} cases`);
});

test('each GPU is asked what it can, whatever another of its name answers', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(
    ...[device, device, steady(0), steady(1)],
    'return nvmlDeviceGetTotalEnergyConsumption 3 device=1',
    'return nvmlDeviceGetFieldValues 3 device=1',
    'return nvmlDeviceGetTemperature 3 device=0',
    'return nvmlDeviceGetTemperatureV 3 device=0',
  );
  const { status, session } = await createNvml([path]).open(machine.door, options);
  assert.ok(session !== null);
  assert.deepEqual(
    session.devices.map(({ name, hasEnergyCounter, powerQuality }) => [name, hasEnergyCounter, powerQuality]),
    [
      ['NVIDIA H100 80GB HBM3', true, 'instant'],
      ['NVIDIA H100 80GB HBM3', false, 'averaged1s'],
    ],
  );
  assert.match(status.detail, /GPU 0 does not tell: temperature .*GPU 1 does not tell: energy counter/);
  const readings = await readFor(machine, session, 3000);
  for (const index of [0, 1]) {
    const own = readings.filter(({ uuid }) => uuid === uuidOf(index)).slice(2);
    assert.ok(own.length > 20);
    assert.ok(own.every(({ powerW }) => powerW === 300));
    assert.ok(own.every(({ energyJ }) => (energyJ === undefined) === (index === 1)));
    assert.ok(own.every(({ temperatureC }) => (temperatureC === undefined) === (index === 0)));
  }
  session.close();
});

const indispensable: readonly string[] = [
  'nvmlInit_v2',
  'nvmlDeviceGetCount_v2',
  'nvmlDeviceGetHandleByIndex_v2',
  'nvmlDeviceGetUUID',
];

test('a library that lacks any one function works with the rest, or says what it is', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(...one);
  for (const lacking of usedFunctions) {
    const door = {
      ...machine.door,
      openLibrary(names: readonly string[]) {
        const loaded = machine.door.openLibrary?.(names);
        assert.ok(loaded?.library);
        const { find } = loaded.library;
        const hidden = (prototype: string) => (prototype.includes(`${lacking}(`) ? null : find(prototype));
        return { library: { ...loaded.library, find: hidden } };
      },
    };
    const { status, session } = await createNvml([path]).open(door, options);
    assert.equal(session === null, indispensable.includes(lacking), `${lacking}: ${status.detail}`);
    if (session === null) assert.notEqual(status.state, 'found', lacking);
    else {
      const readings = await readFor(machine, session, 500);
      assert.ok(readings.length > 2, lacking);
      assertTrue(readings, () => true);
      session.close();
    }
    await machine.idle();
  }
});

for (const driver of [390, 470, 510, 535])
  test(`a driver of generation ${driver}: what it lacks is absent, the rest is right`, {
    skip,
  }, async (context) => {
    const path = compileFakeNvml({
      driver,
      without: driver === 390 ? ['nvmlDeviceGetTotalEnergyConsumption'] : [],
    });
    const machine = computedMachine(context, path);
    machine.script(...one);
    const session = await openNvml(machine, path);
    const [info] = session.devices;
    assert.equal(info?.hasEnergyCounter, driver !== 390);
    assert.equal(info?.powerQuality, driver < 525 ? 'averaged1s' : 'instant');
    const readings = await readFor(machine, session, 5000);
    assertTrue(readings.slice(2), (key) =>
      driver === 390 ? ['energyJ', 'averagePowerW'].includes(key) : driver < 525 && key === 'averagePowerW',
    );
    assert.deepEqual(session.processes(), both);
    session.close();
  });
