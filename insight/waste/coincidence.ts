/**
 * GPUs of one run at the same moments: where a sharp power value shows one without work, did another one have some?
 *
 * Single readings are too few to time anything by, but many of them tell the share of a GPU's idle time in which it
 * could only wait for another one. It holds for any rhythm: one slow GPU, uneven batches, the stages of a pipeline.
 */

import { leastPauseMs } from './pauseEdges.ts';
import { waitedOf } from './pauses.ts';
import { createStretches, type Stretches } from './stretches.ts';

export interface Moment {
  readonly uuid: string;
  readonly timeMs: number;
  /** Since the reading before. */
  readonly intervalMs: number;
  readonly works: boolean;
}

export interface Waited {
  /** Share of the idle time in which another GPU worked. */
  readonly share: number;
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[];
}

export interface Coincidence {
  /** The readings of one tick, of GPUs after their first kernel whose power tells. */
  add(moments: readonly Moment[]): void;
  /** null where nothing is known of the GPU beside others. */
  of(uuid: string): Waited | null;
}

interface Sums {
  idleMs: number;
  waitedMs: number;
}

interface Device {
  readonly sum: Sums;
  /** Without work up to now: counted when work comes again. */
  run: Sums;
  /** Of the stretch that is drawn as one. */
  readonly drawn: { fromMs: number; waitedMs: number };
  readonly stretches: Stretches;
}

/** GPUs are read one after the other. */
const togetherMs = 60;
const drawnMs = 12_000;
const drawnShare = 0.04;
/** Less idle time says nothing of its causes. */
const enoughMs = 500;

export function createCoincidence(): Coincidence {
  const devices = new Map<string, Device>();
  const deviceOf = (uuid: string, timeMs: number): Device => {
    const known = devices.get(uuid) ?? {
      sum: { idleMs: 0, waitedMs: 0 },
      run: { idleMs: 0, waitedMs: 0 },
      drawn: { fromMs: timeMs, waitedMs: 0 },
      stretches: createStretches(),
    };
    devices.set(uuid, known);
    return known;
  };

  const draw = ({ drawn, stretches }: Device, timeMs: number): void => {
    if (timeMs - drawn.fromMs < drawnMs) return;
    if (drawn.waitedMs >= drawnShare * drawnMs) stretches.add(drawn.fromMs, timeMs);
    drawn.fromMs = timeMs;
    drawn.waitedMs = 0;
  };

  return {
    add(moments) {
      for (const { uuid, timeMs, intervalMs, works } of moments) {
        const others = moments.filter(
          (other) => other.uuid !== uuid && Math.abs(other.timeMs - timeMs) <= togetherMs,
        );
        if (others.length === 0) continue;
        const device = deviceOf(uuid, timeMs);
        draw(device, timeMs);
        const { run, sum } = device;
        if (!works) {
          run.idleMs += intervalMs;
          if (others.some((other) => other.works)) run.waitedMs += intervalMs;
          continue;
        }
        // A long pause is told as one; of it, only what another GPU was waited for is time between kernels.
        const waitedMs = run.idleMs < leastPauseMs ? run.idleMs : waitedOf(run.idleMs, run.waitedMs);
        if (waitedMs > 0) {
          sum.idleMs += waitedMs;
          sum.waitedMs += run.waitedMs;
          device.drawn.waitedMs += run.waitedMs;
        }
        device.run = { idleMs: 0, waitedMs: 0 };
      }
    },
    of(uuid) {
      const device = devices.get(uuid);
      if (device === undefined || device.sum.idleMs < enoughMs) return null;
      return { share: device.sum.waitedMs / device.sum.idleMs, stretches: device.stretches.list() };
    },
  };
}
