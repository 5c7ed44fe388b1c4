/** What the GPUs of a kernel draw after a cell while nothing runs on them. */

import type { KernelHold, RunDevice } from '../../contracts/runs.ts';
import type { DeviceReading } from '../sources/source.ts';
import type { ReadingGroup } from './liveRun.ts';

/** Over a longer silence nothing is known. */
const longestSilenceMs = 5_000;
/** A run begins earlier than it is noticed: what was added up until then can be asked for so long. */
const rememberedMs = 60_000;

interface Point {
  /** Sampler time. */
  readonly timeMs: number;
  readonly idleMs: number;
  readonly energyJ: number;
  /** Time in which the readings tell whether anything ran. */
  readonly knownMs: number;
}

/** One GPU: its sums at each of the newest readings. */
class HeldGpu {
  readonly #points: Point[];
  #last: DeviceReading | null = null;

  constructor(fromMs: number) {
    this.#points = [{ timeMs: fromMs, idleMs: 0, energyJ: 0, knownMs: 0 }];
  }

  add(reading: DeviceReading): void {
    const { timeMs, powerW, utilization } = reading;
    const newest = this.#points.at(-1);
    if (newest === undefined || timeMs <= newest.timeMs || powerW === undefined || utilization === undefined)
      return;
    const last = this.#last;
    this.#last = reading;
    const passedMs = timeMs - (last?.timeMs ?? Number.NEGATIVE_INFINITY);
    const known = passedMs <= longestSilenceMs;
    // A moment that ends or begins with work is no rest.
    const idle = known && utilization === 0 && last?.utilization === 0;
    this.#points.push({
      timeMs,
      idleMs: newest.idleMs + (idle ? passedMs : 0),
      energyJ: newest.energyJ + (idle ? (((last?.powerW ?? 0) + powerW) / 2) * (passedMs / 1_000) : 0),
      knownMs: newest.knownMs + (known ? passedMs : 0),
    });
    const kept = this.#points.findIndex((point) => point.timeMs >= timeMs - rememberedMs);
    if (kept > 0) this.#points.splice(0, kept);
  }

  upTo(timeMs: number): Point | undefined {
    return this.#points.findLast((point) => point.timeMs <= timeMs) ?? this.#points[0];
  }
}

/** The hold of one kernel after one cell. */
export class HoldMeter {
  readonly #fromMs: number;
  readonly #gpus: ReadonlyMap<string, HeldGpu>;
  readonly #devices: readonly RunDevice[];

  /** @param fromMs sampler time of the cell's end; @param devices those that are known to be the kernel's */
  constructor(fromMs: number, devices: readonly RunDevice[]) {
    this.#fromMs = fromMs;
    this.#devices = devices;
    this.#gpus = new Map(devices.map(({ uuid }) => [uuid, new HeldGpu(fromMs)]));
  }

  add(groups: readonly ReadingGroup[]): void {
    for (const { readings } of groups)
      for (const reading of readings) this.#gpus.get(reading.uuid)?.add(reading);
  }

  hold(toMs: number, until: KernelHold['until']): KernelHold {
    const durationMs = Math.max(0, toMs - this.#fromMs);
    const points = [...this.#gpus.values()].flatMap((gpu) => gpu.upTo(toMs) ?? []);
    const told = points.filter(({ knownMs }) => knownMs > 0);
    const coverage = Math.min(...points.map(({ knownMs }) => knownMs / Math.max(1, durationMs)), 1);
    const [device] = this.#devices;
    // A GPU of which nothing is known makes the sum one of the others only.
    if (device === undefined || told.length < points.length)
      return { durationMs, idleMs: null, energyJ: null, coverage: 0, provenance: null, until };
    const counted =
      device.provenance.quality === 'counter' || device.provenance.quality === 'counterUnchecked';
    const quality = counted ? 'instant' : device.provenance.quality;
    const bands = this.#devices.map(({ provenance }) => provenance.band);
    return {
      durationMs,
      idleMs: Math.max(...told.map(({ idleMs }) => idleMs)),
      energyJ: told.reduce((sum, { energyJ }) => sum + energyJ, 0),
      coverage,
      provenance: {
        ...device.provenance,
        quality,
        band: bands.reduce((widest, band) =>
          widest === null || band === null ? null : Math.max(widest, band),
        ),
      },
      until,
    };
  }
}
