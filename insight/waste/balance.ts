/**
 * GPUs of one run side by side: time in which one stood idle and another worked.
 *
 * Sums over twelve seconds are compared, since utilisation is late and averaged. Of the GPUs that were at work the least
 * idle one is what the others waited for; idle time that all of them have is not theirs to wait for each other.
 */

import { type BusyCells, cellMs, settledAfterMs } from './busyCells.ts';
import { createStretches, type Stretches } from './stretches.ts';

const cellsTogether = 12;
/** Of the rest at the end. */
const leastCells = 3;
const knownEnough = 0.8;
/** Less of a difference is the lateness of the readings. */
const slackShare = 0.04;

export interface BalancedDevice {
  readonly cells: BusyCells;
  /** Time of the first and the newest kernel seen; null before there is one. */
  working(): { readonly fromMs: number; readonly toMs: number } | null;
}

export interface DeviceImbalance {
  readonly idleMs: number;
  readonly stretches: readonly (readonly [fromMs: number, toMs: number])[];
}

export interface Balance {
  /** Call it after every tick. */
  look(devices: Devices, timeMs: number): void;
  /** For how long another GPU than this one worked from one time to the other, milliseconds. */
  elsewhereMs(devices: Devices, uuid: string, fromMs: number, toMs: number): number;
  /** By GPU; what waits for a GPU to go on is counted as if it did not. */
  found(devices: Devices, timeMs: number): ReadonlyMap<string, DeviceImbalance>;
}

type Devices = ReadonlyMap<string, BalancedDevice>;
const spanMs = cellsTogether * cellMs;
/** A GPU that has not gone on by then is taken for one that will not. */
const patienceMs = 10 * spanMs;

/** Idle milliseconds beyond the least idle GPU's, of each GPU that was at work all the time. */
function excesses(
  devices: Devices,
  cell: number,
  endCell: number,
): readonly { readonly uuid: string; readonly excessMs: number }[] {
  const fromMs = cell * cellMs;
  const toMs = endCell * cellMs;
  const idle: { readonly uuid: string; readonly idleMs: number }[] = [];
  for (const [uuid, { cells, working }] of devices) {
    const within = working();
    // Start-up and tail of a GPU are told as such.
    if (within === null || within.fromMs > fromMs || within.toMs < toMs) continue;
    const { busyMs, knownMs } = cells.sum(cell, endCell);
    const lengthMs = toMs - fromMs;
    if (knownMs >= knownEnough * lengthMs)
      idle.push({ uuid, idleMs: Math.max(0, lengthMs - (busyMs * lengthMs) / knownMs) });
  }
  if (idle.length < 2) return [];
  const leastMs = Math.min(...idle.map(({ idleMs }) => idleMs));
  return idle
    .map(({ uuid, idleMs }) => ({ uuid, excessMs: idleMs - leastMs }))
    .filter(({ excessMs }) => excessMs >= slackShare * (toMs - fromMs));
}

const settled = (cell: number, timeMs: number): boolean =>
  (cell + cellsTogether) * cellMs + settledAfterMs <= timeMs;

export function createBalance(): Balance {
  const sums = new Map<string, { idleMs: number; readonly stretches: Stretches }>();
  let nextCell = 0;
  let begun = false;

  const waitsFor = (devices: Devices, cell: number, timeMs: number): boolean => {
    const endMs = (cell + cellsTogether) * cellMs;
    if (endMs < timeMs - patienceMs) return false;
    for (const { working } of devices.values()) {
      const within = working();
      if (within !== null && within.fromMs < endMs && within.toMs < endMs) return true;
    }
    return false;
  };

  const begins = (devices: Devices): boolean => {
    const begun = [...devices.values()].flatMap(({ working }) => working()?.fromMs ?? []);
    if (begun.length < 2) return false;
    nextCell = Math.ceil(Math.max(...begun) / cellMs);
    return true;
  };

  return {
    look(devices, timeMs) {
      begun ||= begins(devices);
      if (!begun) return;
      nextCell = Math.max(nextCell, Math.floor((timeMs - 2 * patienceMs) / spanMs) * cellsTogether);
      while (settled(nextCell, timeMs) && !waitsFor(devices, nextCell, timeMs)) {
        for (const { uuid, excessMs } of excesses(devices, nextCell, nextCell + cellsTogether)) {
          const sum = sums.get(uuid) ?? { idleMs: 0, stretches: createStretches() };
          sums.set(uuid, sum);
          sum.idleMs += excessMs;
          sum.stretches.add(nextCell * cellMs, nextCell * cellMs + spanMs);
        }
        nextCell += cellsTogether;
      }
    },
    elsewhereMs(devices, uuid, fromMs, toMs) {
      let sumMs = 0;
      let toldMs = 0;
      for (let cell = Math.floor(fromMs / cellMs); cell * cellMs < toMs; cell += 1) {
        const shares = [...devices]
          .filter(([other]) => other !== uuid)
          .map(([, { cells }]) => cells.sum(cell, cell + 1))
          .filter(({ knownMs }) => knownMs > 0)
          .map(({ busyMs, knownMs }) => Math.min(1, busyMs / knownMs));
        if (shares.length === 0) continue;
        const partMs = Math.min(toMs, (cell + 1) * cellMs) - Math.max(fromMs, cell * cellMs);
        toldMs += partMs;
        sumMs += Math.max(...shares) * partMs;
      }
      // Cells without readings, and those of a pause too long to be remembered whole, are taken to be like the others.
      return toldMs === 0 ? 0 : (sumMs / toldMs) * (toMs - fromMs);
    },
    found(devices, timeMs) {
      const found = new Map(
        [...sums].map(([uuid, { idleMs, stretches }]) => [uuid, { idleMs, stretches: stretches.list() }]),
      );
      if (!begun) return found;
      const take = (cell: number, endCell: number): void => {
        for (const { uuid, excessMs } of excesses(devices, cell, endCell)) {
          const { idleMs, stretches } = found.get(uuid) ?? { idleMs: 0, stretches: [] };
          const stretch = [cell * cellMs, endCell * cellMs] as const;
          found.set(uuid, { idleMs: idleMs + excessMs, stretches: [...stretches, stretch] });
        }
      };
      let cell = nextCell;
      for (; settled(cell, timeMs); cell += cellsTogether) take(cell, cell + cellsTogether);
      // The last of it, as long as two of them were at work.
      const ends = [...devices.values()].flatMap(({ working }) => working()?.toMs ?? []);
      const [, second = 0] = ends.sort((one, other) => other - one);
      const endCell = Math.floor(second / cellMs);
      if (endCell - cell >= leastCells) take(cell, endCell);
      return found;
    },
  };
}
