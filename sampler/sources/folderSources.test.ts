/** RAPL, amdgpu and Intel GPUs on recorded machines, through the real reader of files. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunInsight } from '../../insight/runInsight.ts';
import { createMachineFolder } from '../machineFolder.ts';
import { createAmdgpu } from './amdgpu.ts';
import type { FolderDoor } from './folderDoor.ts';
import { createIntelGpu } from './intelGpu.ts';
import { createJetson } from './jetson.ts';
import { createRapl } from './rapl.ts';
import { type RecordedFolder, recordedFolder } from './recordedFolder.ts';
import { RisingCounter } from './risingCounter.ts';
import type { DeviceReading, PowerSource, SourceDoor, SourceSession } from './source.ts';

const options = { rateHz: 10, nvidiaSmiPath: null };

interface Opened {
  readonly status: Awaited<ReturnType<PowerSource['open']>>['status'];
  readonly session: SourceSession | null;
  /** Reads after so many milliseconds. */
  read(afterMs: number): readonly DeviceReading[];
}

async function open(folder: RecordedFolder, create: (files: FolderDoor) => PowerSource): Promise<Opened> {
  let nowMs = 1_000;
  const unused = (): never => {
    throw new Error('not used');
  };
  const door: SourceDoor = {
    nowMs: () => nowMs,
    run: unused,
    stream: unused,
    findProgram: unused,
    readNew: unused,
    append: unused,
  };
  const { status, session } = await create(createMachineFolder(folder.root)).open(door, options);
  return {
    status,
    session,
    read(afterMs) {
      nowMs += afterMs;
      return session?.read() ?? [];
    },
  };
}

const zone = (path: string): string => `sys/class/powercap/${path}/energy_uj`;

test('RAPL: packages and memory, and nothing that lies inside them or tells of them again', async () => {
  using folder = recordedFolder('rapl-two-sockets');
  const { status, session, read } = await open(folder, createRapl);
  assert.deepEqual([status.state, status.deviceCount, status.host], ['found', 4, true]);
  assert.deepEqual(
    session?.devices.map(({ uuid, name, kind, band }) => [uuid, name, kind, band]),
    [
      ['rapl-package-0', 'CPU 0', 'cpu', 0.1],
      ['rapl-package-1', 'CPU 1', 'cpu', 0.1],
      ['rapl-dram-0', 'Memory of CPU 0', 'memory', 0.2],
      ['rapl-dram-1', 'Memory of CPU 1', 'memory', 0.2],
    ],
  );
  assert.ok(read(0).every(({ powerW }) => powerW === undefined));
  folder.write(zone('intel-rapl:0'), `${240_000_000_000 + 12_000_000}`);
  folder.write(zone('intel-rapl:0:1'), `${60_000_000_000 + 800_000}`);
  const [first, second, memory] = read(100);
  // 12 J in 0.1 s.
  assert.deepEqual([first?.powerW, first?.energyJ], [120, 12]);
  assert.deepEqual([second?.powerW, second?.energyJ], [undefined, 0]);
  assert.ok(Math.abs((memory?.powerW ?? 0) - 8) < 1e-9);
});

test('RAPL: a wrap adds one range; a hole that may hide one starts anew', async () => {
  using folder = recordedFolder('rapl-zen');
  const { read } = await open(folder, createRapl);
  folder.write(zone('intel-rapl:0'), '65532000000');
  assert.equal(read(60_000)[0]?.energyJ, 0, 'a first reading is a start');
  folder.write(zone('intel-rapl:0'), '9389013');
  const wrapped = read(100)[0];
  assert.ok(Math.abs((wrapped?.energyJ ?? 0) - 10) < 1e-6, `${wrapped?.energyJ}`);
  assert.ok(Math.abs((wrapped?.powerW ?? 0) - 100) < 1e-3);
  folder.write(zone('intel-rapl:0'), '30000000');
  assert.deepEqual(read(600_000)[0]?.energyJ, 0, 'ten minutes may hold many wraps');
});

test('RAPL: without permission it says so, with the one remedy; a part that may be read is read', async () => {
  using folder = recordedFolder('rapl-two-sockets');
  const refusing =
    (...readable: readonly string[]) =>
    (files: FolderDoor): PowerSource =>
      createRapl({
        ...files,
        read: (path) =>
          path.endsWith('energy_uj') && !readable.includes(path)
            ? { missing: 'noPermission' }
            : files.read(path),
      });
  const refused = await open(folder, refusing());
  assert.deepEqual(
    [refused.status.state, refused.status.reason, refused.session],
    ['failed', 'noPermission', null],
  );
  assert.match(refused.status.detail, /only root may read it/);
  assert.match(refused.status.remedy ?? '', /chmod a\+r/);
  const part = await open(folder, refusing(zone('intel-rapl:1')));
  assert.deepEqual([part.status.state, part.status.deviceCount], ['found', 1]);
  assert.match(part.status.detail, /3 more may not be read/);
});

test('a machine without counters or cards says what was looked for', async () => {
  using folder = recordedFolder('intel-arc-i915');
  assert.equal((await open(folder, createRapl)).status.state, 'notFound');
  const amd = await open(folder, createAmdgpu);
  assert.deepEqual([amd.status.state, amd.status.detail], ['notFound', 'The kernel lists no AMD GPU.']);
  folder.remove('sys/class/drm/card0/device/hwmon');
  const integrated = await open(folder, createIntelGpu);
  assert.deepEqual([integrated.status.state, integrated.status.reason], ['notFound', 'notSupported']);
});

test('amdgpu: a Radeon with an average power, and its accumulator from the binary table', async () => {
  using folder = recordedFolder('amd-radeon');
  const { session, read } = await open(folder, createAmdgpu);
  assert.deepEqual(
    session?.devices.map(({ uuid, name, powerQuality, hasEnergyCounter, powerLimitW }) => [
      uuid,
      name,
      powerQuality,
      hasEnergyCounter,
      powerLimitW,
    ]),
    [['amd-0000:c1:00.0', 'AMD GPU 0x744c', 'averaged1s', true, 300]],
  );
  assert.deepEqual(read(100), [
    {
      uuid: 'amd-0000:c1:00.0',
      timeMs: 1100,
      powerW: 287,
      energyJ: 61035.15625,
      utilization: 0.97,
      memoryUsedBytes: 55_123_456_000,
      powerLimitW: 300,
      smClockMHz: 1700,
      temperatureC: 46,
    },
  ]);
  // A card that sleeps is not woken, and its silence is no 0 W.
  folder.write('sys/class/drm/card1/device/power/runtime_status', 'suspended');
  assert.deepEqual(read(100), []);
  assert.equal(session?.lost(), null);
  folder.remove('sys/class/drm/card1/device');
  folder.write('sys/class/drm/card1/status', 'gone');
});

test('amdgpu: an Instinct with an instant power; the die without a sensor is no GPU of its own', async () => {
  using folder = recordedFolder('amd-instinct');
  const { status, session, read } = await open(folder, createAmdgpu);
  assert.equal(status.detail, '1 GPU found: AMD INSTINCT MI300X OAM.');
  const [device] = session?.devices ?? [];
  assert.deepEqual([device?.uuid, device?.powerQuality], ['amd-a1b2c3d4e5f60718', 'instant']);
  const [reading] = read(100);
  assert.deepEqual([reading?.powerW, reading?.energyJ], [598, 61035.15625]);
  assert.equal(reading?.temperatureC, undefined);
  // A table of a version that nobody knows, or one that is cut, gives no energy.
  for (const broken of ['hex:20010109', 'hex:2001', 'hex:']) {
    folder.write('sys/class/drm/card2/device/gpu_metrics', broken);
    assert.deepEqual([read(100)[0]?.powerW, read(100)[0]?.energyJ], [598, undefined]);
  }
});

test('Intel: power is what the counter gained; the whole card is read and not what lies in it', async () => {
  using folder = recordedFolder('intel-xe');
  const { session, read } = await open(folder, createIntelGpu);
  assert.deepEqual(
    session?.devices.map(({ uuid, name, powerFromCounter }) => [uuid, name, powerFromCounter]),
    [['intel-0000:04:00.0', 'Intel GPU 0xe20b', true]],
  );
  const file = 'sys/class/drm/card0/device/hwmon/hwmon5/energy1_input';
  read(0);
  folder.write(file, `${35_123_456_789 + 19_000_000}`);
  assert.deepEqual(
    read(100).map(({ powerW, energyJ }) => [Math.round(powerW ?? 0), Math.round(energyJ ?? 0)]),
    [[190, 19]],
  );
  // A glitch to near zero is left out; the joules of its time are there afterwards.
  folder.write(file, '12');
  assert.deepEqual(read(100), []);
  folder.write(file, `${35_123_456_789 + 57_000_000}`);
  assert.deepEqual(
    read(100).map(({ powerW, energyJ }) => [Math.round(powerW ?? 0), Math.round(energyJ ?? 0)]),
    [[190, 57]],
  );
  // A driver that was loaded again stays low: the counter starts anew, without a joule made up.
  folder.write(file, '5000000');
  assert.deepEqual(read(100), []);
  folder.write(file, '24000000');
  assert.deepEqual(
    read(100).map(({ powerW, energyJ }) => [powerW, energyJ]),
    [[undefined, 0]],
  );
  folder.write(file, '43000000');
  assert.deepEqual(
    read(100).map(({ powerW, energyJ }) => [Math.round(powerW ?? 0), Math.round(energyJ ?? 0)]),
    [[190, 19]],
  );
});

test('a counter that is its own power is never called checked, and has no witness', async () => {
  using folder = recordedFolder('intel-arc-i915');
  const { session, read } = await open(folder, createIntelGpu);
  const file = 'sys/class/drm/card0/device/hwmon/hwmon3/energy1_input';
  const insight = createRunInsight(session?.devices ?? [], { sourceId: 'intel-gpu', simulated: false });
  let microjoules = 35_123_456_789;
  for (let tick = 0; tick <= 900; tick += 1) {
    // 40 W for 10 s, then 150 W: more than 30 s of load.
    microjoules += tick === 0 ? 0 : (tick <= 100 ? 40 : 150) * 100_000;
    folder.write(file, `${microjoules}`);
    const gpus = read(100).map((reading) => ({ ...reading, timeMs: tick * 100 }));
    insight.addTick({ timeMs: tick * 100, gpus, host: null });
  }
  const { totals } = insight.snapshot();
  const truth = 40 * 10 + 150 * 80;
  assert.ok(Math.abs((totals.energyJ ?? 0) - truth) < truth * 0.002, `${totals.energyJ} of ${truth}`);
  assert.deepEqual(
    [totals.method, totals.provenance?.quality, totals.witnessJ],
    ['counter', 'counterUnchecked', null],
  );
});

test('a counter: any split of the same joules gives the same sum, over wraps too', () => {
  for (const stepMs of [50, 100, 333, 1000]) {
    const counter = new RisingCounter({ wrapsAtJ: 1000, highestW: 500 });
    let sum = 0;
    for (let timeMs = 0; timeMs <= 60_000; timeMs += stepMs) {
      const step = counter.add(timeMs, ((timeMs / 1000) * 230) % 1000);
      sum = step?.energyJ ?? sum;
      assert.ok(step !== undefined && sum >= 0);
      if (timeMs > 0) assert.ok(Math.abs((step.powerW ?? 0) - 230) < 1e-6, `${step.powerW}`);
    }
    const last = Math.floor(60_000 / stepMs) * stepMs;
    assert.ok(Math.abs(sum - (last / 1000) * 230) < 1e-6, `${stepMs}: ${sum}`);
  }
});

for (const [machine, powerW, utilization, what] of [
  ['jetson-orin', 12.16, 0.873, /^NVIDIA Jetson Orin NX .*: VDD_IN, which is the module/],
  ['jetson-agx-orin', 3.192, 0.12, /: the sum of VDD_GPU_SOC, VDD_CPU_CV, which is the module/],
  ['jetson-nano', 2.214, 0, /^NVIDIA Jetson Nano .*: POM_5V_IN, which is the module/],
] as const)
  test(`Jetson: ${machine} by its input rail, or the sum of its rails where it has none`, async () => {
    using folder = recordedFolder(machine);
    const { status, session, read } = await open(folder, createJetson);
    assert.deepEqual([status.state, status.deviceCount, status.remedy], ['found', 1, null]);
    assert.match(status.detail, what);
    const [device] = session?.devices ?? [];
    assert.deepEqual(
      [device?.powerQuality, device?.hasEnergyCounter, device?.band, device?.vendor],
      ['module', false, 0.05, 'nvidia'],
    );
    const [reading] = read(100);
    assert.ok(Math.abs((reading?.powerW ?? 0) - powerW) < 1e-9, `${reading?.powerW}`);
    assert.equal(reading?.utilization, utilization);
    session?.close();
  });

test('Jetson: a rail that cannot be read leaves no sum; all gone is a lost source; no monitor has its remedy', async () => {
  using folder = recordedFolder('jetson-agx-orin');
  const sensors = 'sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3';
  const { session, read } = await open(folder, createJetson);
  folder.write(`${sensors}/curr2_input`, '43x');
  assert.deepEqual(read(100), []);
  assert.equal(session?.lost(), null);
  assert.equal(session?.deviceLost?.('jetson-module'), 'badOutput');
  folder.write(`${sensors}/curr2_input`, '43');
  assert.ok(Math.abs((read(100)[0]?.powerW ?? 0) - 3.211) < 1e-9);
  assert.equal(session?.deviceLost?.('jetson-module'), null);
  folder.write(`${sensors}/curr2_input`, '-');
  folder.write(`${sensors}/curr1_input`, '-');
  assert.deepEqual(read(100), []);
  assert.equal(session?.lost()?.reason, 'lost');
  folder.remove('sys');
  const without = await open(folder, createJetson);
  assert.deepEqual([without.status.state, without.session], ['failed', null]);
  assert.match(without.status.remedy ?? '', /-v \/sys:\/sys:ro/);
  folder.remove('proc');
  assert.equal((await open(folder, createJetson)).status.state, 'notFound');
});
