/**
 * zeusd, the daemon of the Zeus project: it runs with the rights that some counters need and answers everybody who may
 * open its Unix socket. Its processors stand in for RAPL that only root may read; its NVIDIA GPUs for a driver that
 * cannot be reached from here, as in a container. GPUs of AMD can be read without it.
 */

import { answersOf, countText, type OpenedSource } from './answers.ts';
import { chipSensor } from './nvidiaChips.ts';
import { RisingCounter } from './risingCounter.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor } from './source.ts';
import {
  cpuEnergies,
  discover,
  gpuEnergyJ,
  gpuPowerLimitW,
  gpuPowerW,
  ZeusdError,
  type ZeusdGpu,
  type ZeusdPlace,
} from './zeusd/api.ts';
import { polledSession } from './zeusd/polled.ts';

const gpuSource = { id: 'zeusd', label: 'NVIDIA GPUs (zeusd)' } as const;
const cpuSource = { id: 'zeusd-cpu', label: 'CPU and memory (zeusd)', host: true } as const;
const usualSocket = '/run/zeusd/zeusd.sock';
const limitEveryMs = 10_000;
/** More than any socket or its memory draws. */
const highestW = 2_000;

function remedyOf({ reason }: ZeusdError): string {
  if (reason === 'notFound') return 'Start it with "sudo zeusd serve", or set ZEUSD_SOCK_PATH to its socket.';
  if (reason === 'noPermission')
    return 'Ask for a token and set ZEUSD_TOKEN, or for a socket that every user may open.';
  if (reason === 'notSupported') return 'Start zeusd with the API groups gpu-read and cpu-read.';
  return 'Restart zeusd.';
}

/** By the variables that the Zeus project uses for its own programs. */
export const zeusdPlace = (environment: NodeJS.ProcessEnv): ZeusdPlace => ({
  socketPath: environment['ZEUSD_SOCK_PATH'] || usualSocket,
  token: environment['ZEUSD_TOKEN'] || null,
});

type Answers = ReturnType<typeof answersOf>;

async function opened({ without }: Answers, open: () => Promise<OpenedSource>): Promise<OpenedSource> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof ZeusdError)) throw error;
    const { reason, message } = error;
    const state = reason === 'notFound' ? 'notFound' : 'failed';
    return without({ state, reason, detail: `${message}.`, remedy: remedyOf(error) });
  }
}

/** Null for what it answers that it cannot; anything else is thrown. */
async function tried<Value>(question: Promise<Value>): Promise<Value | null> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof ZeusdError && (error.reason === 'notSupported' || error.reason === 'badOutput'))
      return null;
    throw error;
  }
}

interface UsableGpu {
  readonly id: number;
  readonly power: boolean;
  readonly device: SourceDevice;
}

/** Each question is put once for each GPU: what the daemon says of its GPUs is not enough, and older ones say less. */
async function usable(door: SourceDoor, place: ZeusdPlace, gpu: ZeusdGpu): Promise<UsableGpu | null> {
  const { id, name, pciAddress } = gpu;
  const energy = (await tried(gpuEnergyJ(door, place, [id])))?.has(id) ?? false;
  const power = (await tried(gpuPowerW(door, place, [id])))?.has(id) ?? false;
  if (!energy && !power) return null;
  const limit = (await tried(gpuPowerLimitW(door, place, [id])))?.get(id);
  const { sensing, band } = chipSensor(name, energy ? 'counter' : 'instant');
  const device: SourceDevice = {
    uuid: `zeusd-${pciAddress ?? id}`,
    index: id,
    name,
    vendor: 'nvidia',
    memoryTotalBytes: null,
    powerLimitW: limit ?? null,
    powerQuality: 'instant',
    hasEnergyCounter: energy,
    band,
    sensing,
  };
  return { id, power, device };
}

/** One round's questions for all GPUs. */
function gpuReader(
  door: SourceDoor,
  place: ZeusdPlace,
  gpus: readonly UsableGpu[],
): () => Promise<readonly DeviceReading[]> {
  const none: ReadonlyMap<number, number> = new Map();
  const counted = gpus.filter(({ device }) => device.hasEnergyCounter).map(({ id }) => id);
  const powered = gpus.filter(({ power }) => power).map(({ id }) => id);
  let limits = new Map(
    gpus.flatMap(({ id, device: { powerLimitW: limit } }) => (limit === null ? [] : [[id, limit]])),
  );
  let limitsAtMs = door.nowMs();
  return async () => {
    const fromMs = door.nowMs();
    const [energies, powers] = await Promise.all([
      counted.length === 0 ? none : gpuEnergyJ(door, place, counted),
      powered.length === 0 ? none : gpuPowerW(door, place, powered),
    ]);
    const timeMs = (fromMs + door.nowMs()) / 2;
    if (limits.size > 0 && fromMs - limitsAtMs >= limitEveryMs) {
      limitsAtMs = fromMs;
      limits = new Map((await tried(gpuPowerLimitW(door, place, [...limits.keys()]))) ?? limits);
    }
    return gpus.map(({ id, device: { uuid } }) => {
      const energyJ = energies.get(id);
      const powerW = powers.get(id);
      const powerLimitW = limits.get(id);
      return {
        uuid,
        timeMs,
        ...(energyJ === undefined ? {} : { energyJ }),
        ...(powerW === undefined ? {} : { powerW }),
        ...(powerLimitW === undefined ? {} : { powerLimitW }),
      };
    });
  };
}

export function createZeusdGpu(place: ZeusdPlace): PowerSource {
  const answers = answersOf(gpuSource);
  return {
    ...gpuSource,
    simulated: false,
    // Which itself stands in for NVML.
    standsInFor: 'nvidia-smi',
    ownIds: true,
    open: (door, { rateHz }) =>
      opened(answers, async () => {
        const gpus = await discover(door, place);
        const nvidia = gpus.filter(({ name }) => /nvidia|geforce|quadro|tesla/i.test(name));
        const found: UsableGpu[] = [];
        for (const gpu of nvidia) {
          const one = await usable(door, place, gpu);
          if (one !== null) found.push(one);
        }
        if (found.length === 0) {
          const detail =
            nvidia.length === 0 ? 'zeusd has no NVIDIA GPU.' : 'zeusd tells nothing of its GPUs.';
          const remedy = nvidia.length === 0 ? null : 'Start zeusd with the API group gpu-read.';
          return answers.without({ state: 'failed', reason: 'notSupported', detail, remedy });
        }
        const devices = found.map(({ device }) => device);
        const names = [...new Set(devices.map(({ name }) => name))].join(', ');
        return answers.found(
          polledSession(door, devices, rateHz, gpuReader(door, place, found)),
          `${countText(devices.length, 'GPU')} at ${place.socketPath}: ${names}.`,
        );
      }),
  };
}

const cpuUuid = (kind: 'cpu' | 'memory', id: number): string => `zeusd-${kind}-${id}`;

function cpuDevice(kind: 'cpu' | 'memory', id: number): SourceDevice {
  return {
    uuid: cpuUuid(kind, id),
    index: id,
    name: kind === 'memory' ? `Memory of CPU ${id}` : `CPU ${id}`,
    vendor: 'unknown',
    memoryTotalBytes: null,
    powerLimitW: null,
    kind,
    powerQuality: 'counterUnchecked',
    hasEnergyCounter: true,
    powerFromCounter: true,
    counterPeriodMs: 1,
    band: kind === 'memory' ? 0.2 : 0.1,
  };
}

export function createZeusdCpu(place: ZeusdPlace): PowerSource {
  const answers = answersOf(cpuSource);
  return {
    id: cpuSource.id,
    label: cpuSource.label,
    simulated: false,
    standsInFor: 'rapl',
    ownIds: true,
    open: (door, { rateHz }) =>
      opened(answers, async () => {
        await discover(door, place);
        const { cpuJ, memoryJ } = await cpuEnergies(door, place);
        const devices = [
          ...[...cpuJ.keys()].map((id) => cpuDevice('cpu', id)),
          ...[...memoryJ.keys()].map((id) => cpuDevice('memory', id)),
        ];
        if (devices.length === 0)
          return answers.without({
            state: 'failed',
            reason: 'notSupported',
            detail: 'zeusd counts no energy of a CPU.',
            remedy: null,
          });
        const counters = new Map(
          devices.map(({ uuid }) => [uuid, new RisingCounter({ wrapsAtJ: null, highestW })]),
        );
        const round = async (): Promise<readonly DeviceReading[]> => {
          const fromMs = door.nowMs();
          const now = await cpuEnergies(door, place);
          const timeMs = (fromMs + door.nowMs()) / 2;
          return devices.flatMap(({ uuid, kind, index }) => {
            const valueJ = (kind === 'memory' ? now.memoryJ : now.cpuJ).get(index);
            const step = valueJ === undefined ? undefined : counters.get(uuid)?.add(timeMs, valueJ);
            if (step === undefined) return [];
            const power = step.powerW === undefined ? {} : { powerW: step.powerW };
            return [{ uuid, timeMs, energyJ: step.energyJ, ...power }];
          });
        };
        const names = devices.map(({ name }) => name).join(', ');
        return answers.found(
          polledSession(door, devices, rateHz, round),
          `Found at ${place.socketPath}: ${names}.`,
        );
      }),
  };
}
