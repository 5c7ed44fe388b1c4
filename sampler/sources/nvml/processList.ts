/** The processes on a GPU. The list's element changed its size twice under one name, so its size is looked for. */

import type { DeviceHandle, Nvml, NvmlCall } from './binding.ts';
import { nvmlInsufficientSize, nvmlSuccess } from './returnCodes.ts';

const untouched = 0xaa;
const largestElement = 32;
/** Before 2.x the element was pid and memory only. */
const oldElement = 16;
const elementSizes = [24, 32] as const;
/** Room for processes that come between the two questions. */
const spare = 5;
const mostPids = 4_194_304;

/**
 * The pids of a list that the library has filled into a buffer of `untouched` bytes.
 * @param size of one element where the function's name settles it; null where it has to be found
 */
export function pidsIn(list: Buffer, count: number, size: number | null): readonly number[] | null {
  if (count === 0) return [];
  let end = list.length;
  while (end > 0 && list[end - 1] === untouched) end -= 1;
  const sizes = size === null ? elementSizes : [size];
  for (const candidate of sizes) {
    if (end > count * candidate || end <= (count - 1) * candidate) continue;
    const pids = Array.from({ length: count }, (_, index) => list.readUInt32LE(index * candidate));
    if (pids.every((pid) => pid > 0 && pid <= mostPids)) return pids;
  }
  return null;
}

/** Null when the device does not tell. Slow on some cards, so on a thread of its own. */
async function pidsOf(nvml: Nvml, name: NvmlCall, handle: DeviceHandle): Promise<readonly number[] | null> {
  const form = nvml.form(name);
  if (form === null) return null;
  const size = /_v\d$/.test(form) ? null : oldElement;
  const count = Buffer.alloc(4);
  const asked = await nvml.later(name, handle, count, null);
  if (asked === nvmlSuccess) return [];
  if (asked !== nvmlInsufficientSize) return null;
  const room = count.readUInt32LE() * 2 + spare;
  const list = Buffer.alloc(room * largestElement, untouched);
  count.writeUInt32LE(room);
  if ((await nvml.later(name, handle, count, list)) !== nvmlSuccess) return null;
  return pidsIn(list, Math.min(room, count.readUInt32LE()), size);
}

const lists: readonly NvmlCall[] = ['computeProcesses', 'graphicsProcesses', 'mpsProcesses'];

/** Every process on the device or on one of its parts, with whether it only draws; null when no list can be had. */
export async function processesOf(
  nvml: Nvml,
  handles: readonly DeviceHandle[],
): Promise<ReadonlyMap<number, boolean> | null> {
  let known: Map<number, boolean> | null = null;
  for (const handle of handles) {
    for (const name of lists) {
      const pids = await pidsOf(nvml, name, handle);
      if (pids === null) continue;
      known ??= new Map();
      const graphics = name === 'graphicsProcesses';
      for (const pid of pids) known.set(pid, graphics && known.get(pid) !== false);
    }
  }
  return known;
}

/** The handles whose lists together are the device's: its parts where it is divided (MIG), else itself. */
export async function listedHandles(nvml: Nvml, device: DeviceHandle): Promise<readonly DeviceHandle[]> {
  if (!(await isDivided(nvml, device))) return [device];
  const count = Buffer.alloc(4);
  if ((await nvml.later('migCount', device, count)) !== nvmlSuccess) return [device];
  const parts: DeviceHandle[] = [];
  const part = Buffer.alloc(8);
  // Positions without a part answer "not found".
  for (let index = 0; index < count.readUInt32LE(); index += 1)
    if ((await nvml.later('migHandle', device, index, part)) === nvmlSuccess)
      parts.push(part.readBigUInt64LE());
  return parts.length > 0 ? parts : [device];
}

/** Whether the GPU is divided into instances (MIG). */
export async function isDivided(nvml: Nvml, device: DeviceHandle): Promise<boolean> {
  const current = Buffer.alloc(4);
  const code = await nvml.later('migMode', device, current, Buffer.alloc(4));
  return code === nvmlSuccess && current.readUInt32LE() === 1;
}
