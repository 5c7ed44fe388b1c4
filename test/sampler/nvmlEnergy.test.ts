import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEnergyMeter, type MeterFigures } from '../../insight/energy.ts';
import { createNvidiaSmi } from '../../sampler/sources/nvidiaSmi.ts';
import { gpuModels, loadPowerW } from '../../sampler/sources/simulated/gpuModels.ts';
import { openSimulated } from '../../sampler/sources/simulated.ts';
import type { DeviceReading, SourceDevice, SourceSession } from '../../sampler/sources/source.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import {
  type ComputedMachine,
  computedMachine,
  openNvml,
  readFor,
  uuidOf,
} from './fakeNvml/computedMachine.ts';
import { type PowerCurve, squareWave, steadyPower } from './fakeNvml/powerCurve.ts';

const skip = noFakeNvml;

function figuresOf(device: SourceDevice, readings: readonly DeviceReading[]): MeterFigures {
  const meter = createEnergyMeter(device);
  for (const { timeMs, powerW, energyJ, powerLimitW, utilization } of readings)
    meter.add({ timeMs, powerW, energyJ, powerLimitW, utilization });
  return meter.figures();
}

const off = (energyJ: number | null, trueJ: number): number => Math.abs((energyJ ?? 0) - trueJ) / trueJ;

/** Energy by this session between its first and its last reading, against the curve's own. */
async function measured(machine: ComputedMachine, session: SourceSession, curve: PowerCurve, ms = 60_000) {
  const readings = await readFor(machine, session, ms);
  const [device] = session.devices;
  assert.ok(device !== undefined);
  const fromMs = readings[0]?.timeMs ?? 0;
  const toMs = readings.at(-1)?.timeMs ?? 0;
  session.close();
  await machine.idle();
  return { figures: figuresOf(device, readings), trueJ: curve.energyJ(toMs) - curve.energyJ(fromMs) };
}

const model = gpuModels['rtx-4090'];
const busyW = loadPowerW(model, 0.8);
const waves = [
  ['0.4 s', squareWave(model.contextIdleW, busyW, 400, 0.5, 130)],
  ['3 s', squareWave(model.contextIdleW, busyW, 3000, 0.6, 700)],
  ['10 s', squareWave(model.contextIdleW, busyW, 10_000, 0.3, 1230)],
] as const;

for (const [name, curve] of waves)
  test(`one curve of ${name}: NVML, nvidia-smi and the simulator give the same energy`, {
    skip,
  }, async (context) => {
    const path = compileFakeNvml();
    const machine = computedMachine(context, path);
    const device = `device window=100 update=100 limit=${model.limitW}`;
    machine.script(device, `curve 0 ${curve.text}`);
    const byNvml = await measured(machine, await openNvml(machine, path), curve);
    assert.equal(byNvml.figures.method, 'counter');
    const { session: smi } = await createNvidiaSmi().open(machine.door, { rateHz: 10, nvidiaSmiPath: null });
    assert.ok(smi !== null);
    const bySmi = await measured(machine, smi, curve);
    assert.equal(bySmi.figures.method, 'integration');

    // The simulator is given the same curve as work that is submitted when it begins.
    const startMs = machine.nowMs();
    let text = `${JSON.stringify({ event: 'open', pid: 7, time: startMs / 1000, device: 0, gpu: 'rtx-4090' })}\n`;
    const simulatedFile = '/somewhere/sim.jsonl';
    const door = {
      ...machine.door,
      readNew(path: string) {
        // The simulator also looks for power limits, in a file of their own.
        if (path !== simulatedFile) return '';
        const unread = text;
        text = '';
        return unread;
      },
    };
    const simulated = openSimulated(simulatedFile, door, { rateHz: 10 });
    simulated.read();
    const busyAt = (ms: number): boolean =>
      (curve.energyJ(ms + 1) - curve.energyJ(ms)) * 1000 > (busyW + model.contextIdleW) / 2;
    const readings: DeviceReading[] = [];
    // All edges of these waves lie on whole 10 ms.
    for (let ms = startMs; ms < startMs + 60_000; ms += 10) {
      if (busyAt(ms) && (ms === startMs || !busyAt(ms - 10))) {
        let endMs = ms;
        while (busyAt(endMs)) endMs += 10;
        const duration = (endMs - ms) / 1000;
        const work = { event: 'work', pid: 7, time: ms / 1000, device: 0, duration, intensity: 0.8 };
        text += `${JSON.stringify(work)}\n`;
      }
      machine.advance(10);
      readings.push(...simulated.read());
    }
    const [info] = simulated.devices;
    assert.ok(info !== undefined);
    const bySimulator = figuresOf(info, readings);
    simulated.close();

    const simulatedJ = curve.energyJ(readings.at(-1)?.timeMs ?? 0) - curve.energyJ(readings[0]?.timeMs ?? 0);
    const errors = {
      nvml: off(byNvml.figures.energyJ, byNvml.trueJ),
      smi: off(bySmi.figures.energyJ, bySmi.trueJ),
      witness: off(byNvml.figures.witnessJ, byNvml.trueJ),
      simulator: off(bySimulator.energyJ, simulatedJ),
    };
    context.diagnostic(JSON.stringify(errors));
    assert.ok(errors.nvml <= 0.005, `NVML ${errors.nvml}`);
    assert.ok(errors.smi <= 0.01, `nvidia-smi ${errors.smi}`);
    // The simulated card has a gain of its own, up to 1.5 %, as real cards have.
    assert.ok(errors.simulator <= 0.025, `simulator ${errors.simulator}`);
  });

test('a counter that is reset, as by a driver that is loaded again, loses no energy', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const curve = squareWave(100, 500, 2000);
  machine.script('device', `curve 0 ${curve.text}`, 'reset 0 at=20030');
  const { figures, trueJ } = await measured(machine, await openNvml(machine, path), curve);
  assert.equal(figures.method, 'counter');
  assert.ok(off(figures.energyJ, trueJ) <= 0.005, `${figures.energyJ} of ${trueJ}`);
});

test('readings that repeat stale values are not taken for a smaller draw', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const curve = steadyPower(400);
  machine.script('device', `curve 0 ${curve.text}`, 'stale 0 from=20000 to=23000');
  const { figures, trueJ } = await measured(machine, await openNvml(machine, path), curve);
  assert.ok(off(figures.energyJ, trueJ) <= 0.005, `${figures.energyJ} of ${trueJ}`);
});

test('without a counter, and with a mean of one second only, energy is integrated and says so', {
  skip,
}, async (context) => {
  const path = compileFakeNvml({ driver: 390, without: ['nvmlDeviceGetTotalEnergyConsumption'] });
  const machine = computedMachine(context, path);
  const curve = squareWave(100, 500, 4000);
  machine.script('device average=1000', `curve 0 ${curve.text}`);
  const { figures, trueJ } = await measured(machine, await openNvml(machine, path), curve);
  assert.deepEqual([figures.method, figures.quality], ['integration', 'averaged1s']);
  assert.ok(off(figures.energyJ, trueJ) <= 0.03, `${figures.energyJ} of ${trueJ}`);
});

test('eight GPUs: each has its own energy', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const curves = Array.from({ length: 8 }, (_, index) => squareWave(80, 300 + 50 * index, 700 + 100 * index));
  machine.script(
    ...curves.map(() => 'device'),
    ...curves.map((curve, index) => `curve ${index} ${curve.text}`),
  );
  const session = await openNvml(machine, path);
  const readings = await readFor(machine, session, 30_000);
  for (const [index, curve] of curves.entries()) {
    const own = readings.filter(({ uuid }) => uuid === uuidOf(index));
    const device = session.devices[index];
    assert.ok(device !== undefined && own.length > 290);
    const trueJ = curve.energyJ(own.at(-1)?.timeMs ?? 0) - curve.energyJ(own[0]?.timeMs ?? 0);
    assert.ok(off(figuresOf(device, own).energyJ, trueJ) <= 0.01, `GPU ${index}`);
  }
  session.close();
});
