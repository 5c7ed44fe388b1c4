/**
 * NVIDIA GPUs through NVML, the driver's own library: the only way to the energy counter, and a hundredth of the cost
 * of a program that is started. Calls take the driver's one lock and may stall or never come back, so every one is made
 * on another thread, one at a time for each GPU: a GPU that hangs is left to its thread and the others go on.
 */

import type { MissingReason } from '../../contracts/provenance.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { bindNvml, type Nvml } from './nvml/binding.ts';
import { type NvmlDevice, openDevice, textFrom } from './nvml/nvmlDevice.ts';
import { activityReader } from './nvml/processActivity.ts';
import { isDivided, processReader } from './nvml/processList.ts';
import { type Failure, failureOf, nvmlSuccess } from './nvml/returnCodes.ts';
import { within } from './nvml/within.ts';
import type {
  DeviceActivity,
  DeviceProcess,
  DeviceReading,
  NativeLibrary,
  OpenOptions,
  PowerSource,
  SourceDoor,
  SourceSession,
} from './source.ts';

const id = 'nvml';
const label = 'NVIDIA GPUs (NVML)';

/** Times in milliseconds; tests shorten them. */
export interface NvmlLimits {
  /** Without persistence mode the driver is loaded for the first call: half a minute on hosts with 8 GPUs. */
  readonly initMs: number;
  /** A GPU whose round takes longer hangs. */
  readonly roundMs: number;
  readonly processListEveryMs: number;
  /** How often it is looked at whether GPUs came, or can be measured better than at the opening. */
  readonly checkEveryMs: number;
}

export const usualNvmlLimits: NvmlLimits = {
  initMs: 60_000,
  roundMs: 5_000,
  processListEveryMs: 2_000,
  checkEveryMs: 30_000,
};

/** Where the driver puts its library; the loader's own search comes last. */
export const nvmlLibraryNames: readonly string[] =
  process.platform === 'win32'
    ? ['C:\\Windows\\System32\\nvml.dll', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvml.dll']
    : process.platform === 'linux'
      ? [
          '/usr/lib/wsl/lib/libnvidia-ml.so.1',
          '/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1',
          '/usr/lib/aarch64-linux-gnu/libnvidia-ml.so.1',
          '/usr/lib64/libnvidia-ml.so.1',
          '/run/opengl-driver/lib/libnvidia-ml.so.1',
          'libnvidia-ml.so.1',
        ]
      : [];

/** Those, or what a test has put in their place: the path of a stand-in, or `off`. Null where none is to be called. */
export function nvmlLibraries(environment: NodeJS.ProcessEnv): readonly string[] | null {
  const named = environment['PERJOULE_NVML'];
  return named === undefined ? nvmlLibraryNames : named === 'off' ? null : [named];
}

const driverRemedy = 'Run nvidia-smi in a terminal; when it fails there too, reload the driver or reboot.';

/** One remedy for a code that stops everything. */
function remedyOf(code: number): string {
  switch (code) {
    case 4:
    case 17:
      return 'Ask for read access to the files /dev/nvidia*.';
    case 9:
      return 'Install the NVIDIA driver, or load its kernel module.';
    case 18:
      return 'Reboot, so that the new driver is loaded.';
    case 999:
      return 'In a container that lost its GPU, restart the container; else reload the driver or reboot.';
    default:
      return driverRemedy;
  }
}

/** What keeps the session busy: a GPU, what concerns all of them, and a round that is about to begin. */
type Work = NvmlDevice | 'session' | 'round';

/** GPUs that may hang before all of it is given up: the process has two threads for such calls (main.ts). */
const mostHanging = 2;

type Loss = { readonly reason: MissingReason; readonly detail: string };

function openSession(
  door: SourceDoor,
  library: NativeLibrary,
  nvml: Nvml,
  devices: readonly NvmlDevice[],
  options: OpenOptions,
  limits: NvmlLimits,
  onStuck: () => void,
): SourceSession {
  const nowMs = (): number => door.nowMs();
  let roundPeriodMs = 1000 / options.rateHz;
  let arrived: DeviceReading[] = [];
  let lost: Loss | null = null;
  /** When the work began that is under way, of a GPU or of the session itself. */
  const busySinceMs = new Map<Work, number>();
  let countAtStart: number | null = null;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  const readProcesses = processReader(nvml);
  const readActivity = activityReader(nvml);
  const listedAtMs = new Map<NvmlDevice, number>();
  /** Null of a device that does not tell; absent before it was asked. */
  const listed = new Map<string, readonly DeviceProcess[] | null>();
  const activity = new Map<string, DeviceActivity>();
  let closed = false;

  const give = (reason: MissingReason, detail: string): void => {
    lost ??= { reason, detail };
  };
  const broken = (error: unknown): void =>
    give('badOutput', error instanceof Error ? error.message : String(error));
  const hangs = (what: Work): boolean =>
    nowMs() - (busySinceMs.get(what) ?? Number.POSITIVE_INFINITY) > limits.roundMs;

  function occupy(what: Work): void {
    if (busySinceMs.size === 0) library.calling(true);
    busySinceMs.set(what, nowMs());
  }

  function release(what: Work): void {
    busySinceMs.delete(what);
    if (busySinceMs.size > 0) return;
    if (closed) void shutDown();
    library.calling(false);
  }

  /** Unless its last round is still under way. */
  function readOne(device: NvmlDevice): void {
    if (busySinceMs.has(device)) return;
    occupy(device);
    device.read(nowMs, roundPeriodMs, (reading) => {
      if (lost === null && reading !== null) {
        if ('reach' in reading) give(reading.reason, `NVML failed: ${reading.text}.`);
        else arrived.push(reading);
      }
      if (reading === null && devices.every((each) => each.lost !== null))
        give('lost', 'No GPU answers any more.');
      const due = nowMs() - (listedAtMs.get(device) ?? Number.NEGATIVE_INFINITY) >= limits.processListEveryMs;
      if (!due || lost !== null || closed) release(device);
      else
        void listProcesses(device)
          .catch(broken)
          .finally(() => release(device));
    });
  }

  /** In the round of its GPU: all of them wake the threads together. */
  async function listProcesses(device: NvmlDevice): Promise<void> {
    listedAtMs.set(device, nowMs());
    if (device.lost !== null) return;
    const { uuid } = device.info;
    const found = await readProcesses(device);
    // One process alone has nobody to share with, and each call takes the driver's lock.
    const computing = found === null || found.length < 2 ? null : await readActivity(device);
    listed.set(uuid, found?.map((process) => ({ uuid, ...process })) ?? null);
    if (computing === null) activity.delete(uuid);
    else activity.set(uuid, computing);
  }

  /** Null of a device whose list cannot be had now. */
  function holdersOf(device: NvmlDevice): readonly DeviceProcess[] | null {
    return device.lost === null && !hangs(device) ? (listed.get(device.info.uuid) ?? null) : null;
  }

  function holders(): readonly DeviceProcess[] | null {
    const known = devices.map(holdersOf);
    return known.some((found) => found !== null) ? known.flatMap((found) => found ?? []) : null;
  }

  /** What was settled at the opening may have changed since. */
  async function checkAgain(): Promise<void> {
    checkedAtMs = nowMs();
    const there = devices.filter((device) => device.lost === null);
    const count = await countOf(nvml);
    if (countAtStart === null) {
      countAtStart = count;
      return;
    }
    if (count !== null && count !== countAtStart && there.length === devices.length)
      give('lost', `The number of GPUs changed to ${count}; they are looked up again.`);
    for (const device of there)
      if (!busySinceMs.has(device) && (await device.improved()))
        give('lost', 'A GPU can be measured better than before; it is opened anew.');
  }

  function lookAround(): void {
    if (busySinceMs.has('session') || nowMs() - checkedAtMs < limits.checkEveryMs) return;
    occupy('session');
    void checkAgain()
      .catch(broken)
      .finally(() => release('session'));
  }

  /** Once the sampler's round is over: while it works, nobody notes when an answer comes. */
  function startRound(): void {
    if (busySinceMs.has('round')) return;
    occupy('round');
    setImmediate(() => {
      if (lost === null) {
        devices.forEach(readOne);
        lookAround();
      }
      release('round');
    });
  }

  /** One GPU alone is left to its thread; more of them would hold up every thread that the process has. */
  function giveUpWhenStuck(): void {
    const hanging = devices.filter(hangs).length;
    if (!hangs('session') && hanging < Math.min(devices.length, mostHanging)) return;
    onStuck();
    give('timeout', 'NVML did not answer in time and is not asked again.');
  }

  async function shutDown(): Promise<void> {
    // Also a session whose driver is gone is to be given back; how that ends changes nothing.
    library.calling(true);
    await nvml.later('shutdown');
    library.calling(false);
    library.close();
  }

  startRound();
  return {
    devices: devices.map(({ info }) => info),
    read() {
      const readings = arrived;
      arrived = [];
      if (lost === null) giveUpWhenStuck();
      if (lost === null) startRound();
      return readings;
    },
    processes: holders,
    listsHolders: (uuid) => devices.some((device) => device.info.uuid === uuid && holdersOf(device) !== null),
    activity: (uuid) => activity.get(uuid) ?? null,
    setRate(rateHz) {
      roundPeriodMs = 1000 / rateHz;
    },
    deviceLost(uuid) {
      const device = devices.find(({ info }) => info.uuid === uuid);
      if (device === undefined) return null;
      return hangs(device) ? 'timeout' : device.lost;
    },
    lost: () => lost,
    close() {
      if (closed) return;
      closed = true;
      lost ??= { reason: 'lost', detail: 'The session was closed.' };
      if (busySinceMs.size === 0) void shutDown();
    },
  };
}

async function countOf(nvml: Nvml): Promise<number | null> {
  const count = Buffer.alloc(4);
  return (await nvml.later('deviceCount', count)) === nvmlSuccess ? count.readUInt32LE() : null;
}

interface Refusal {
  readonly state: SourceStatus['state'];
  readonly reason: MissingReason;
  readonly detail: string;
  readonly remedy: string | null;
}

function refusal(code: number, what: string): Refusal {
  const { reason, text } = failureOf(code);
  const state = reason === 'notFound' ? 'notFound' : 'failed';
  return { state, reason, detail: `${what}: ${text}.`, remedy: remedyOf(code) };
}

/** The GPUs that can be used; the others are left out with their reason. */
async function openDevices(
  nvml: Nvml,
): Promise<{ devices: readonly NvmlDevice[]; notes: readonly string[] } | Refusal> {
  const counted = Buffer.alloc(4);
  const countCode = await nvml.later('deviceCount', counted);
  if (countCode !== nvmlSuccess) return refusal(countCode, 'NVML does not count its GPUs');
  const devices: NvmlDevice[] = [];
  const notes: string[] = [];
  let firstFailure: Failure | null = null;
  for (let index = 0; index < counted.readUInt32LE(); index += 1) {
    const found = Buffer.alloc(8);
    const code = await nvml.later('handleByIndex', index, found);
    const handle = found.readBigUInt64LE();
    // The first call to a GPU may wake it.
    if (code === nvmlSuccess) await nvml.later('power', handle, Buffer.alloc(4));
    const device = code === nvmlSuccess ? await openDevice(nvml, handle, index) : failureOf(code);
    if ('reach' in device) {
      firstFailure ??= device;
      notes.push(`GPU ${index} is left out: ${device.text}.`);
      continue;
    }
    devices.push(device);
    if (device.cannot.length > 0) notes.push(`GPU ${index} does not tell: ${device.cannot.join(', ')}.`);
    if (await isDivided(nvml, handle)) notes.push(`GPU ${index} is divided (MIG).`);
  }
  if (devices.length > 0) return { devices, notes };
  const detail = ['NVML found no usable GPU.', ...notes].join(' ');
  const reason = firstFailure?.reason ?? 'notFound';
  return { state: reason === 'notFound' ? 'notFound' : 'failed', reason, detail, remedy: driverRemedy };
}

export function createNvml(
  libraryNames: readonly string[] = nvmlLibraryNames,
  limits: NvmlLimits = usualNvmlLimits,
): PowerSource {
  /** A thread is held by a call that never came back: another would only be held too. */
  let stuck = false;
  const status = (rest: Omit<SourceStatus, 'id' | 'label'>): SourceStatus => ({ id, label, ...rest });
  const refused = (rest: Refusal): { status: SourceStatus; session: null } => ({
    status: status({ ...rest, deviceCount: 0 }),
    session: null,
  });
  const hung: Refusal = {
    state: 'failed',
    reason: 'timeout',
    detail: 'NVML did not answer in time and is not asked again.',
    remedy: driverRemedy,
  };

  return {
    id,
    label,
    simulated: false,
    async open(door, options) {
      if (stuck) return refused(hung);
      const loaded = door.openLibrary?.(libraryNames) ?? {
        library: null,
        reason: 'notSupported',
        detail: 'Libraries cannot be called here.',
      };
      if (loaded.library === null) {
        const { reason, detail } = loaded;
        const state = reason === 'badOutput' ? 'failed' : 'notFound';
        return refused({ state, reason, detail, remedy: reason === 'notFound' ? remedyOf(9) : null });
      }
      const { library } = loaded;
      const nvml = bindNvml(library);
      library.calling(true);
      const opening = (async () => {
        const code = await nvml.later('init');
        if (code !== nvmlSuccess) return refusal(code, 'NVML did not start');
        const found = await openDevices(nvml);
        if ('state' in found) {
          await nvml.later('shutdown');
          return found;
        }
        const version = await textFrom(80, (into) => nvml.later('driverVersion', into, into.length));
        return { ...found, version };
      })();
      const opened = await within(opening, limits.initMs);
      if (opened === 'late') {
        stuck = true;
        return refused(hung);
      }
      library.calling(false);
      if ('state' in opened) {
        library.close();
        return refused(opened);
      }
      const { devices, notes, version } = opened;
      const session = openSession(door, library, nvml, devices, options, limits, () => {
        stuck = true;
      });
      const names = [...new Set(devices.map(({ info }) => info.name))].join(', ');
      const driver = version === null ? '' : `, driver ${version}`;
      const count = `${devices.length} GPU${devices.length === 1 ? '' : 's'} found: ${names}${driver}.`;
      const detail = [count, ...notes].join(' ');
      return {
        status: status({ state: 'found', reason: null, detail, remedy: null, deviceCount: devices.length }),
        session,
      };
    },
  };
}
