/** One simulated GPU: its queue, its sensor, and a reading of it at a time. */

import type { DeviceReading, SourceDevice } from '../source.ts';
import { type GpuModelId, gpuModels, type LoadUnderLimit, loadAt } from './gpuModels.ts';
import { PowerSensor } from './powerSensor.ts';
import { seedOf } from './seededNoise.ts';
import { sensorClasses } from './sensorClasses.ts';
import type { WorkLine } from './submissions.ts';
import { type QueuedWork, WorkQueue } from './workQueue.ts';

const mebibyte = 2 ** 20;
/** Held by the driver with nothing open, and by each open context before it allocates anything. Assumed. */
const driverMemoryBytes = 600 * mebibyte;
const contextMemoryBytes = 520 * mebibyte;

/** Drivers refresh utilisation every 1/6 s to 1 s, depending on the product; which product how is assumed. */
const utilizationUpdateMs = { datacenter: 1000 / 6, consumer: 1000 } as const;
/** The clock falls back about a second after the last work. */
const clockHoldMs = 1000;

/** Heat: still air, degrees per watt at rest, and how fast the temperature follows. Assumed. */
const ambientC = 30;
const thermalC = { perWatt: 0.06, timeConstantMs: 25_000 } as const;

/** Boards of data centres slow down at about this temperature. Assumed. */
const slowdownC = 88;

const copyIntensity = 0.12;
const mostLoads = 64;
/** A driver tells what held the clocks lately. */
const heldWithinMs = 100;

export class SimulatedDevice {
  readonly index: number;
  readonly info: SourceDevice;
  readonly modelId: GpuModelId;
  readonly queue: WorkQueue;
  readonly sensor: PowerSensor;
  readonly #memoryByPid = new Map<number, number>();
  #temperatureC: number;
  #temperatureAtMs: number;
  #limitW: number;
  /** By intensity: a program submits the same few kinds of work over and over. */
  readonly #loads = new Map<number, LoadUnderLimit>();

  /** `fromMs` is when its sensor begins to count: the same start gives the same counter again. */
  constructor(modelId: GpuModelId, index: number, place: string, seed: number, fromMs: number) {
    const model = gpuModels[modelId];
    this.#limitW = model.limitW;
    const identity = seedOf(`${place}\n${modelId}\n${index}`);
    this.index = index;
    this.modelId = modelId;
    this.queue = new WorkQueue(model.idleW, model.contextIdleW);
    this.sensor = new PowerSensor(this.queue, sensorClasses[model.sensor], (identity ^ seed) >>> 0, fromMs);
    this.info = {
      uuid: `GPU-simulated-${identity.toString(16).padStart(8, '0')}-${index}`,
      index,
      name: `${model.name} (simulated)`,
      vendor: 'nvidia',
      memoryTotalBytes: model.memoryMiB * mebibyte,
      powerLimitW: model.limitW,
      powerQuality: 'instant',
      hasEnergyCounter: model.energyCounter,
      band: model.consumer ? 0.07 : 0.05,
    };
    this.#temperatureC = ambientC + thermalC.perWatt * model.idleW;
    this.#temperatureAtMs = fromMs;
  }

  get limitW(): number {
    return this.#limitW;
  }

  /** For work that is submitted from now on. */
  setLimit(limitW: number): void {
    this.#limitW = limitW;
    this.#loads.clear();
  }

  #load(intensity: number): LoadUnderLimit {
    const known = this.#loads.get(intensity);
    if (known !== undefined) return known;
    if (this.#loads.size >= mostLoads) this.#loads.clear();
    const load = loadAt(gpuModels[this.modelId], intensity, this.#limitW);
    this.#loads.set(intensity, load);
    return load;
  }

  submit(line: WorkLine): QueuedWork {
    if (line.memoryBytes !== null) this.#memoryByPid.set(line.pid, Math.max(0, line.memoryBytes));
    const kernel = line.event === 'work';
    const { powerW, held } = this.#load(kernel ? line.intensity : copyIntensity);
    const clock = line.clock ?? 1;
    const { staticW } = gpuModels[this.modelId];
    // A lower clock leaves the standing part as it is.
    const clockedW = powerW <= staticW ? powerW : staticW + (powerW - staticW) * clock;
    return this.queue.submit(line.pid, line.timeMs, line.durationMs, clockedW, kernel, held, clock);
  }

  close(pid: number, timeMs: number): void {
    this.queue.closeContext(pid, timeMs);
    this.#memoryByPid.delete(pid);
  }

  /** What a driver would answer at this time. Times must not go back. */
  read(timeMs: number): DeviceReading {
    const model = gpuModels[this.modelId];
    this.sensor.advance(timeMs);
    const updateMs = utilizationUpdateMs[model.consumer ? 'consumer' : 'datacenter'];
    const seenMs = timeMs - sensorClasses[model.sensor].delayMs;
    const toMs = Math.floor(seenMs / updateMs) * updateMs;
    const busy = this.queue.utilization({ fromMs: toMs - updateMs, toMs });
    const active = this.queue.workWithin({ fromMs: seenMs - clockHoldMs, toMs: seenMs }).length > 0;
    const clock = this.#leastClock(seenMs);
    let memoryUsedBytes = driverMemoryBytes;
    for (const pid of this.queue.holders())
      memoryUsedBytes += contextMemoryBytes + (this.#memoryByPid.get(pid) ?? 0);
    return {
      uuid: this.info.uuid,
      timeMs,
      powerW: this.sensor.powerW,
      ...(model.energyCounter ? { energyJ: this.sensor.counterMj / 1000 } : {}),
      utilization: Math.round(busy * 100) / 100,
      memoryUsedBytes: Math.min(model.memoryMiB * mebibyte, memoryUsedBytes),
      powerLimitW: this.#limitW,
      powerCapped: this.#heldByLimit(seenMs) ? 1 : 0,
      slowedDown: clock < 1 ? 1 : 0,
      smClockMHz: active ? Math.round(model.maxClockMHz * clock) : model.idleClockMHz,
      temperatureC: Math.round(Math.max(this.#warmTo(timeMs), clock < 1 ? slowdownC : ambientC)),
    };
  }

  /** The clock that heat leaves the work of this moment, as a share of the highest. */
  #leastClock(timeMs: number): number {
    const now = { fromMs: timeMs - heldWithinMs, toMs: timeMs };
    return this.queue.workWithin(now).reduce((least, { clock }) => Math.min(least, clock), 1);
  }

  /** Whether the work of this moment would be faster without the limit. */
  #heldByLimit(timeMs: number): boolean {
    const now = { fromMs: timeMs - heldWithinMs, toMs: timeMs };
    return this.queue.workWithin(now).some(({ held }) => held);
  }

  /** First-order warming towards what the power of the last stretch would reach. */
  #warmTo(timeMs: number): number {
    const elapsedMs = timeMs - this.#temperatureAtMs;
    if (elapsedMs <= 0) return this.#temperatureC;
    const energyJ = this.queue.energyJ({ fromMs: this.#temperatureAtMs, toMs: timeMs });
    const meanW = (energyJ * 1000) / elapsedMs;
    const targetC = ambientC + thermalC.perWatt * meanW;
    const kept = Math.exp(-elapsedMs / thermalC.timeConstantMs);
    this.#temperatureC = targetC + (this.#temperatureC - targetC) * kept;
    this.#temperatureAtMs = timeMs;
    return this.#temperatureC;
  }
}
