/** What the GPUs of a kernel draw after a cell while nothing runs on them, for as long as it holds them. */

import type { KernelHold, RunDevice } from '../../contracts/runs.ts';
import type { IdleMeters, IdleSums } from './idleMeters.ts';

/** A list of processes may leave one out now and then. */
const surelyGoneMs = 3_000;

interface HeldGpu {
  readonly device: RunDevice;
  /** At the end of the cell; null where nothing was read of the GPU until then. */
  readonly from: IdleSums | null;
  /** Sampler time until which the kernel was seen to hold it. */
  untilMs: number;
}

/** The hold of one kernel after one cell. A GPU that it opens anew without a run is no part of it. */
export class HoldMeter {
  readonly #fromMs: number;
  readonly #meters: IdleMeters;
  readonly #gpus: readonly HeldGpu[];

  /** @param fromMs sampler time of the cell's end @param devices those that are known to be the kernel's */
  constructor(fromMs: number, nowMs: number, devices: readonly RunDevice[], meters: IdleMeters) {
    this.#fromMs = fromMs;
    this.#meters = meters;
    this.#gpus = devices.map((device) => ({
      device,
      from: meters.upTo(device.uuid, fromMs),
      untilMs: nowMs,
    }));
  }

  /** @param holds whether the kernel may hold the GPU now */
  look(nowMs: number, holds: (uuid: string) => boolean): void {
    for (const gpu of this.#gpus) if (!isGone(gpu, nowMs) && holds(gpu.device.uuid)) gpu.untilMs = nowMs;
  }

  /** When the kernel let go of the last of them; null while it holds one. */
  letGoMs(nowMs: number): number | null {
    return this.#gpus.every((gpu) => isGone(gpu, nowMs))
      ? Math.max(...this.#gpus.map(({ untilMs }) => untilMs))
      : null;
  }

  hold(toMs: number, until: KernelHold['until']): KernelHold {
    const durationMs = Math.max(0, toMs - this.#fromMs);
    const parts = this.#gpus.map((gpu) => this.#partOf(gpu, Math.min(toMs, gpu.untilMs)));
    const known = parts.filter((part) => part !== null);
    const [device] = this.#gpus.map((gpu) => gpu.device);
    // A GPU of which nothing is known makes the sum one of the others only.
    if (device === undefined || known.length < parts.length)
      return { durationMs, idleMs: null, energyJ: null, coverage: 0, provenance: null, until };
    const counted =
      device.provenance.quality === 'counter' || device.provenance.quality === 'counterUnchecked';
    const bands = this.#gpus.map((gpu) => gpu.device.provenance.band);
    return {
      durationMs,
      idleMs: Math.max(...known.map(({ idleMs }) => idleMs)),
      energyJ: known.reduce((sum, { energyJ }) => sum + energyJ, 0),
      coverage: Math.min(...known.map(({ coverage }) => coverage), 1),
      provenance: {
        ...device.provenance,
        quality: counted ? 'instant' : device.provenance.quality,
        band: bands.reduce((widest, band) =>
          widest === null || band === null ? null : Math.max(widest, band),
        ),
      },
      until,
    };
  }

  #partOf(
    { device, from }: HeldGpu,
    toMs: number,
  ): { readonly idleMs: number; readonly energyJ: number; readonly coverage: number } | null {
    const to = this.#meters.upTo(device.uuid, toMs);
    if (from === null || to === null || to.knownMs <= from.knownMs) return null;
    return {
      idleMs: to.idleMs - from.idleMs,
      energyJ: to.energyJ - from.energyJ,
      coverage: (to.knownMs - from.knownMs) / Math.max(1, toMs - this.#fromMs),
    };
  }
}

const isGone = ({ untilMs }: HeldGpu, nowMs: number): boolean => nowMs - untilMs > surelyGoneMs;
