/** The processes on a GPU. The list's element changed its size twice under one name, so its size is looked for. */

import type { DeviceInstance, DeviceProcess } from '../source.ts';
import type { DeviceHandle, Nvml, NvmlCall } from './binding.ts';
import type { NvmlDevice } from './nvmlDevice.ts';
import { nvmlInsufficientSize, nvmlSuccess } from './returnCodes.ts';

const untouched = 0xaa;
const largestElement = 32;
/** Before 2.x the element was pid and memory only. */
const oldElement = 16;
const elementSizes = [24, 32] as const;
/** Room for processes that come between the two questions. */
const spare = 5;
const mostPids = 4_194_304;
/** A list that grows faster than it is read is none. */
const mostTries = 3;

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

/** Null when the device does not tell. With room for what it said last, so that one call is mostly enough. */
async function pidsOf(
  nvml: Nvml,
  name: NvmlCall,
  handle: DeviceHandle,
  expected: number,
): Promise<readonly number[] | null> {
  const form = nvml.form(name);
  if (form === null) return null;
  const size = /_v\d$/.test(form) ? null : oldElement;
  const count = Buffer.alloc(4);
  let room = expected * 2 + spare;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const list = Buffer.alloc(room * largestElement, untouched);
    count.writeUInt32LE(room);
    const code = await nvml.later(name, handle, count, list);
    if (code === nvmlSuccess) return pidsIn(list, Math.min(room, count.readUInt32LE()), size);
    if (code !== nvmlInsufficientSize) return null;
    room = count.readUInt32LE() * 2 + spare;
  }
  return null;
}

const lists: readonly NvmlCall[] = ['computeProcesses', 'graphicsProcesses', 'mpsProcesses'];

/** What of a GPU has a list of processes of its own: all of it, or an instance of it (MIG). */
interface ListedPart {
  readonly handle: DeviceHandle;
  readonly instance: DeviceInstance | null;
}

export type ListedProcess = Omit<DeviceProcess, 'uuid'>;

/** Who draws on the GPU is asked at every fifth look: it takes 4.5 ms on some cards, and a desktop stays. */
const graphicsLooks = 5;

interface Looked {
  looks: number;
  /** What each list said last, by its name and the part's place. */
  readonly said: Map<string, readonly number[] | null>;
}

/** Every process on a device or on one of its parts; null while nobody tells who computes there. */
export function processReader(nvml: Nvml): (device: NvmlDevice) => Promise<readonly ListedProcess[] | null> {
  const known = new Map<string, Looked>();
  return async (device) => {
    const { uuid } = device.info;
    const looked = known.get(uuid) ?? { looks: 0, said: new Map() };
    known.set(uuid, looked);
    const all = looked.looks % graphicsLooks === 0;
    looked.looks += 1;
    const parts = await listedParts(nvml, device.handle);
    return processesOf(parts, async (name, handle, place) => {
      const key = `${name} ${place}`;
      const before = looked.said.get(key);
      if (!all && name === 'graphicsProcesses' && before !== undefined) return before;
      const pids = await pidsOf(nvml, name, handle, before?.length ?? 0);
      looked.said.set(key, pids);
      return pids;
    });
  };
}

async function processesOf(
  parts: readonly ListedPart[],
  ask: (name: NvmlCall, handle: DeviceHandle, place: number) => Promise<readonly number[] | null>,
): Promise<readonly ListedProcess[] | null> {
  const known = new Map<number, ListedProcess>();
  for (const [place, { handle, instance }] of parts.entries()) {
    for (const name of lists) {
      const pids = await ask(name, handle, place);
      // Who draws does not stand for who computes: the others would be taken for none.
      if (pids === null && name === 'computeProcesses') return null;
      if (pids === null) continue;
      for (const pid of pids) {
        const before = known.get(pid);
        const graphics = name === 'graphicsProcesses' && (before === undefined || before.graphics === true);
        const mpsClient = name === 'mpsProcesses' || before?.mpsClient === true;
        known.set(pid, {
          pid,
          ...(graphics ? { graphics } : {}),
          ...(mpsClient ? { mpsClient } : {}),
          ...(instance === null ? {} : { instance }),
        });
      }
    }
  }
  return [...known.values()];
}

/** The handles whose lists together are the device's: its parts where it is divided (MIG), else itself. */
async function listedParts(nvml: Nvml, device: DeviceHandle): Promise<readonly ListedPart[]> {
  const whole = [{ handle: device, instance: null }];
  if (!(await isDivided(nvml, device))) return whole;
  const count = Buffer.alloc(4);
  if ((await nvml.later('migCount', device, count)) !== nvmlSuccess) return whole;
  const parts: ListedPart[] = [];
  const found = Buffer.alloc(8);
  // Positions without a part answer "not found".
  for (let number = 0; number < count.readUInt32LE(); number += 1) {
    if ((await nvml.later('migHandle', device, number, found)) !== nvmlSuccess) continue;
    const handle = found.readBigUInt64LE();
    parts.push({ handle, instance: { number, size: await multiprocessorsOf(nvml, handle) } });
  }
  return parts.length > 0 ? parts : whole;
}

/** `nvmlDeviceAttributes_t`: seven counts of 32 bits, the multiprocessors first, then slices and memory. */
const attributesSize = 40;

async function multiprocessorsOf(nvml: Nvml, part: DeviceHandle): Promise<number | null> {
  const attributes = Buffer.alloc(attributesSize);
  const code = await nvml.later('instanceAttributes', part, attributes);
  const count = attributes.readUInt32LE();
  return code === nvmlSuccess && count > 0 ? count : null;
}

/** Whether the GPU is divided into instances (MIG). */
export async function isDivided(nvml: Nvml, device: DeviceHandle): Promise<boolean> {
  const current = Buffer.alloc(4);
  const code = await nvml.later('migMode', device, current, Buffer.alloc(4));
  return code === nvmlSuccess && current.readUInt32LE() === 1;
}
