/**
 * Who computed on a GPU in the last seconds. The driver samples about seven times a second which process has the GPU,
 * and hands out what it sampled since a moment of its own clock.
 */

import type { DeviceActivity } from '../source.ts';
import type { DeviceHandle, Nvml } from './binding.ts';
import type { NvmlDevice } from './nvmlDevice.ts';
import { nvmlInsufficientSize, nvmlNotFound, nvmlSuccess } from './returnCodes.ts';

/** pid, padding, microseconds of the wall clock, then percent of the multiprocessors, memory, encoder and decoder. */
const sampleSize = 32;
const sampleAt = { pid: 0, time: 8, sm: 16 } as const;
/** The first answer reaches ten seconds back, of which so many are of now. */
const windowUs = 2_500_000n;
/** Room for samples that come between the two questions. */
const spare = 32;

interface ActivitySample {
  readonly pid: number;
  readonly timeUs: bigint;
  readonly percent: number;
}

/** Samples of the driver that can be right: it also hands out entries of no process, and percents beyond a hundred. */
export function samplesIn(list: Buffer, count: number): readonly ActivitySample[] {
  const found: ActivitySample[] = [];
  for (let at = 0; at < count * sampleSize; at += sampleSize) {
    const pid = list.readUInt32LE(at + sampleAt.pid);
    const percent = list.readUInt32LE(at + sampleAt.sm);
    if (pid === 0 || percent > 100) continue;
    found.push({ pid, timeUs: list.readBigUInt64LE(at + sampleAt.time), percent });
  }
  return found;
}

/** Null where the device does not tell, as a divided one (MIG). */
async function samplesSince(
  nvml: Nvml,
  handle: DeviceHandle,
  sinceUs: bigint,
): Promise<readonly ActivitySample[] | null> {
  const count = Buffer.alloc(4);
  const asked = await nvml.later('processUtilization', handle, null, count, sinceUs);
  if (asked === nvmlNotFound) return [];
  if (asked !== nvmlInsufficientSize && asked !== nvmlSuccess) return null;
  if (count.readUInt32LE() === 0) return [];
  const room = count.readUInt32LE() + spare;
  const list = Buffer.alloc(room * sampleSize);
  count.writeUInt32LE(room);
  const code = await nvml.later('processUtilization', handle, list, count, sinceUs);
  if (code === nvmlNotFound) return [];
  return code === nvmlSuccess ? samplesIn(list, Math.min(room, count.readUInt32LE())) : null;
}

/**
 * Who computed since the device was asked before; null where it does not tell. Older samples would give the first seconds
 * of a program to those who were there before it.
 */
export function activityReader(nvml: Nvml): (device: NvmlDevice) => Promise<DeviceActivity | null> {
  const newest = new Map<string, bigint>();
  return async ({ handle, info: { uuid } }) => {
    const sinceUs = newest.get(uuid) ?? 0n;
    const fresh = await samplesSince(nvml, handle, sinceUs);
    if (fresh === null) return null;
    const newestUs = fresh.reduce((last, { timeUs }) => (timeUs > last ? timeUs : last), sinceUs);
    newest.set(uuid, newestUs);
    const byPid = new Map<number, number>();
    for (const { pid, timeUs, percent } of fresh)
      if (newestUs - timeUs <= windowUs) byPid.set(pid, (byPid.get(pid) ?? 0) + percent);
    return byPid;
  };
}
