/**
 * AMD GPUs through the files of the amdgpu driver. A card that sleeps is left asleep: reading its sensors would wake
 * it on older kernels.
 */

import { answersOf, countText } from './answers.ts';
import { type DrmCard, drmCards } from './drmCards.ts';
import { type FolderDoor, numberIn, textIn } from './folderDoor.ts';
import { accumulatedJ } from './gpuMetrics.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'amdgpu', label: 'AMD GPUs (amdgpu)' } as const;
const vendor = '0x1002';

interface Card extends DrmCard {
  readonly sensors: string;
  /** Which of the two power files this chip has. */
  readonly powerFile: 'power1_input' | 'power1_average' | null;
  readonly info: SourceDevice;
}

const watts = (door: FolderDoor, path: string): number | undefined => {
  const microwatts = numberIn(door, path);
  return microwatts === undefined || microwatts < 0 ? undefined : microwatts / 1e6;
};

function energyOf(door: FolderDoor, card: DrmCard): number | undefined {
  const found = door.readBytes(`${card.device}/gpu_metrics`);
  return 'bytes' in found ? accumulatedJ(found.bytes) : undefined;
}

function cardOf(door: FolderDoor, card: DrmCard, index: number): Card | null {
  const { sensors, device, address, chip } = card;
  if (sensors === null) return null;
  const files = ['power1_input', 'power1_average'] as const;
  const powerFile = files.find((file) => watts(door, `${sensors}/${file}`) !== undefined) ?? null;
  const hasEnergyCounter = energyOf(door, card) !== undefined;
  // The second die of a card reports nothing: the first one holds the power of both.
  if (powerFile === null && !hasEnergyCounter) return null;
  const unique = textIn(door, `${device}/unique_id`);
  const limitW = watts(door, `${sensors}/power1_cap`);
  const name = textIn(door, `${device}/product_name`) || `AMD GPU ${chip}`.trim();
  const info: SourceDevice = {
    uuid: `amd-${unique !== undefined && /^[0-9a-f]{8,32}$/i.test(unique) ? unique : address}`,
    index,
    name,
    vendor: 'amd',
    memoryTotalBytes: numberIn(door, `${device}/mem_info_vram_total`) ?? null,
    powerLimitW: limitW === undefined || limitW === 0 ? null : limitW,
    powerQuality: powerFile === 'power1_average' ? 'averaged1s' : 'instant',
    hasEnergyCounter,
    band: 0.1,
  };
  return { ...card, sensors, powerFile, info };
}

function readCard(door: FolderDoor, card: Card, timeMs: number): DeviceReading | null {
  const { device, sensors, powerFile, info } = card;
  const sleeping = textIn(door, `${device}/power/runtime_status`);
  if (sleeping !== undefined && sleeping !== 'active') return null;
  const busy = numberIn(door, `${device}/gpu_busy_percent`);
  const clockHz = numberIn(door, `${sensors}/freq1_input`);
  const temperature = numberIn(door, `${sensors}/temp1_input`);
  const values = {
    powerW: powerFile === null ? undefined : watts(door, `${sensors}/${powerFile}`),
    energyJ: info.hasEnergyCounter ? energyOf(door, card) : undefined,
    utilization: busy === undefined ? undefined : Math.min(1, busy / 100),
    memoryUsedBytes: numberIn(door, `${device}/mem_info_vram_used`),
    powerLimitW: watts(door, `${sensors}/power1_cap`) || undefined,
    smClockMHz: clockHz === undefined ? undefined : clockHz / 1e6,
    temperatureC: temperature === undefined ? undefined : temperature / 1000,
  };
  if (values.powerW === undefined && values.energyJ === undefined) return null;
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return { uuid: info.uuid, timeMs, ...Object.fromEntries(known) };
}

function openSession(door: SourceDoor, files: FolderDoor, cards: readonly Card[]): SourceSession {
  let lost = false;
  return {
    devices: cards.map(({ info }) => info),
    read() {
      lost = cards.every(({ device }) => 'missing' in files.read(`${device}/vendor`));
      return cards.flatMap((card) => readCard(files, card, door.nowMs()) ?? []);
    },
    processes: () => null,
    lost: () =>
      lost ? { reason: 'lost', detail: 'The AMD GPU is gone, or its driver was unloaded.' } : null,
    close: () => files.close(),
  };
}

export function createAmdgpu(files: FolderDoor): PowerSource {
  const { found, without } = answersOf(source);
  return {
    ...source,
    simulated: false,
    async open(door) {
      const listed = drmCards(files, vendor, ['amdgpu']);
      const cards = listed.map((card, index) => cardOf(files, card, index)).filter((card) => card !== null);
      if (listed.length === 0)
        return without({
          state: 'notFound',
          reason: 'notFound',
          detail: 'The kernel lists no AMD GPU.',
          remedy: null,
        });
      if (cards.length === 0)
        return without({
          state: 'failed',
          reason: 'notSupported',
          detail: `${countText(listed.length, 'AMD GPU')} found, without a power sensor.`,
          remedy: 'Load the amdgpu driver of a newer kernel; older ones lack the sensor of some chips.',
        });
      const names = [...new Set(cards.map(({ info }) => info.name))].join(', ');
      return found(openSession(door, files, cards), `${countText(cards.length, 'GPU')} found: ${names}.`);
    },
  };
}
