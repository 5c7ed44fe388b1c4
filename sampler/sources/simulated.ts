/**
 * The simulated GPU as a power source. A process whose environment names a file in PERJOULE_SIM submits its work
 * there; the session reads that file as it grows, keeps each device's queue and reports what the driver of such
 * a chip would report. Every number of it is simulated and says so.
 *
 * The truth of each run goes to `<file>.truth.jsonl`, for tests only: see docs/simulated-gpu.md.
 */

import type { PowerLimitRange } from '../../contracts/powerPlan.ts';
import { defaultGpu, type GpuModelId, gpuModels, parseGpus } from './simulated/gpuModels.ts';
import { limitLine, limitsPath, readLimits } from './simulated/limitsFile.ts';
import { SimulatedDevice } from './simulated/simulatedDevice.ts';
import { type Submission, SubmissionReader } from './simulated/submissions.ts';
import { TruthFile, truthPath } from './simulated/truthFile.ts';
import type { DeviceProcess, DeviceReading, SourceDoor, SourceSession } from './source.ts';

export const simulatedSource = {
  id: 'simulated',
  label: 'Simulated GPU',
  simulated: true,
  /** The variable that names the submission file in the environment of a process. */
  fileVariable: 'PERJOULE_SIM',
  /** The variable that names the machine, for example `h100-sxm*2`; `defaultGpu` when it is not set. */
  gpuVariable: 'PERJOULE_SIM_GPU',
  defaultGpu,
} as const;

export interface SimulatedOptions {
  readonly rateHz: number;
  /** The machine to show before any process has opened a device: a value of PERJOULE_SIM_GPU. */
  readonly gpu?: string | null;
  /** Only these processes count; null or absent counts every process in the file. See `follow`. */
  readonly pids?: ReadonlySet<number> | null;
  readonly seed?: number;
}

export interface SimulatedSession extends SourceSession {
  /**
   * The processes that live and belong to a run; give the whole set again whenever it changes. Lines of other
   * processes are kept until they are named. A process that leaves the set has ended: its contexts close, its
   * queued work is dropped, its truth is written. With null every process in the file counts, and only its own
   * `close` line ends it.
   */
  follow(pids: ReadonlySet<number> | null): void;
  /** Whether the file tells that this process opened a device, followed or not. */
  hasOpened(pid: number): boolean;
  /** Lines of the file that could not be used, so far. */
  readonly rejectedLines: number;
  /** Null for a device that is not this machine's. */
  powerLimit(uuid: string): PowerLimitRange | null;
  setPowerLimit(uuid: string, limitW: number): void;
}

/** A reader that stalls loses what was older: the driver's own memory is not longer either. */
const longestCatchUpMs = 1000;
/** Memory of the past for the slowest sensor and the slowest utilisation window. */
const keptMs = 5000;
/**
 * A device counts from the first context on it, also where that was before this session: a sampler that is started
 * anew in the middle of a run finds the counter where it would have been.
 */
const longestPastMs = 24 * 3_600_000;
/** Lines kept for processes that nobody has named yet. */
const keptUnknownProcesses = 32;

/** One session per file and door: the door remembers how far the file was read. */
export function openSimulated(file: string, door: SourceDoor, options: SimulatedOptions): SimulatedSession {
  const reader = new SubmissionReader();
  const truth = new TruthFile(door, truthPath(file));
  const devices: SimulatedDevice[] = [];
  const unknown = new Map<number, Submission[]>();
  const opened = new Set<number>();
  /** Power limits that the boards were given, by index. */
  const limitsW = new Map<number, number>();
  const periodMs = 1000 / options.rateHz;
  let followed = options.pids ?? null;
  let tick = Math.floor(door.nowMs() / periodMs);
  let unusable = 0;
  let closed = false;

  function deviceOf(model: GpuModelId, index: number, openedMs: number): SimulatedDevice {
    const known = devices.find((device) => device.modelId === model && device.index === index);
    if (known !== undefined) return known;
    const nowMs = door.nowMs();
    const fromMs = Math.min(nowMs, Math.max(openedMs, nowMs - longestPastMs));
    const device = new SimulatedDevice(model, index, file, options.seed ?? 1, fromMs);
    device.setLimit(limitsW.get(index) ?? device.limitW);
    devices.push(device);
    return device;
  }

  const heldBy = (pid: number, index: number): SimulatedDevice | undefined =>
    devices.find((device) => device.index === index && device.queue.holds(pid));

  function end(pid: number, timeMs: number, complete: boolean): void {
    for (const device of devices) device.close(pid, timeMs);
    truth.ended(pid, timeMs, complete);
  }

  function apply(line: Submission): void {
    switch (line.event) {
      case 'open': {
        const machine = parseGpus(line.gpu);
        if (machine === null || line.device >= machine.count) {
          unusable++;
          return;
        }
        for (let index = 0; index < machine.count; index++) deviceOf(machine.model, index, line.timeMs);
        const device = deviceOf(machine.model, line.device, line.timeMs);
        device.queue.openContext(line.pid, line.timeMs);
        truth.opened(line.pid, device, line.timeMs);
        return;
      }
      case 'work':
      case 'copy': {
        const device = heldBy(line.pid, line.device);
        if (device === undefined) unusable++;
        else device.submit(line);
        return;
      }
      case 'host':
        truth.host(line);
        return;
      case 'close':
        end(line.pid, line.timeMs, true);
        return;
    }
  }

  function keep(line: Submission): void {
    const known = unknown.get(line.pid);
    // The same number again with a new first line: an older process of that number is gone.
    const again = line.event === 'open' && known?.at(-1)?.event === 'close';
    if (known !== undefined && !again) {
      known.push(line);
      return;
    }
    unknown.delete(line.pid);
    unknown.set(line.pid, [line]);
    if (unknown.size > keptUnknownProcesses) {
      const oldest = unknown.keys().next().value;
      if (oldest !== undefined) unknown.delete(oldest);
    }
  }

  function takeLimits(): void {
    for (const { device: index, limitW } of readLimits(door.readNew(limitsPath(file)))) {
      limitsW.set(index, limitW);
      for (const device of devices) if (device.index === index) device.setLimit(limitW);
    }
  }

  function takeNew(): void {
    takeLimits();
    for (const line of reader.take(door.readNew(file))) {
      if (line.event === 'open') opened.add(line.pid);
      if (followed === null || followed.has(line.pid)) apply(line);
      else keep(line);
    }
  }

  function follow(pids: ReadonlySet<number> | null): void {
    followed = pids === null ? null : new Set(pids);
    takeNew();
    for (const [pid, lines] of [...unknown]) {
      if (followed !== null && !followed.has(pid)) continue;
      unknown.delete(pid);
      for (const line of lines) apply(line);
    }
    if (followed === null) return;
    for (const pid of truth.openPids()) if (!followed.has(pid)) end(pid, door.nowMs(), true);
  }

  function read(): DeviceReading[] {
    if (closed) return [];
    takeNew();
    const nowMs = door.nowMs();
    const last = Math.floor(nowMs / periodMs);
    const first = Math.max(tick + 1, Math.ceil((nowMs - longestCatchUpMs) / periodMs));
    const readings: DeviceReading[] = [];
    for (tick = first; tick <= last; tick++)
      for (const device of devices) readings.push(device.read(tick * periodMs));
    tick = last;
    const keepFromMs = Math.min(truth.oldestMs() ?? nowMs, nowMs - keptMs);
    for (const device of devices) device.queue.forgetBefore(keepFromMs);
    return readings;
  }

  const machine = options.gpu === undefined || options.gpu === null ? null : parseGpus(options.gpu);
  if (machine !== null)
    for (let index = 0; index < machine.count; index++) deviceOf(machine.model, index, door.nowMs());

  return {
    get devices() {
      return devices.map(({ info }) => info);
    },
    get rejectedLines() {
      return reader.rejected + unusable;
    },
    follow,
    hasOpened: (pid) => opened.has(pid),
    read,
    processes: (): DeviceProcess[] =>
      devices.flatMap(({ info, queue }) => queue.holders().map((pid) => ({ uuid: info.uuid, pid }))),
    lost: () => null,
    powerLimit(uuid) {
      const device = devices.find(({ info }) => info.uuid === uuid);
      if (device === undefined) return null;
      const { limitW: defaultW, leastLimitW: leastW, mostLimitW: mostW } = gpuModels[device.modelId];
      return { currentW: device.limitW, defaultW, leastW, mostW };
    },
    setPowerLimit(uuid, limitW) {
      for (const device of devices)
        if (device.info.uuid === uuid) {
          door.append(limitsPath(file), limitLine(device.index, gpuModels[device.modelId], limitW));
          takeLimits();
        }
    },
    close() {
      if (closed) return;
      takeNew();
      for (const pid of truth.openPids()) end(pid, door.nowMs(), false);
      closed = true;
    },
  };
}
