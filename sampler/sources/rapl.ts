/**
 * CPU packages and memory through RAPL, as the kernel's powercap folder has it. A package contains its cores, and
 * psys contains the packages: only what does not lie inside another zone is read.
 */

import type { MissingReason } from '../../contracts/provenance.ts';
import { answersOf } from './answers.ts';
import { type FolderDoor, numberIn, textIn } from './folderDoor.ts';
import { RisingCounter } from './risingCounter.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'rapl', label: 'CPU and memory (RAPL)', host: true } as const;
const folder = 'sys/class/powercap';
const permissionRemedy =
  'Until the next boot: sudo chmod a+r /sys/class/powercap/*/energy_uj; docs/power-sources.md tells how to keep it.';
/** More than any socket or its memory draws: tells a wrap from a reset. */
const highestW = 2_000;

interface Zone {
  readonly device: SourceDevice;
  readonly file: string;
  readonly counter: RisingCounter;
}

interface Found {
  /** `intel-rapl:0` or `intel-rapl:0:1`. */
  readonly path: string;
  readonly name: string;
  /** Number of the package. */
  readonly index: number;
}

/** Zones that do not lie inside each other, one interface only: `mmio` tells of the same hardware again. */
function zonesOf(door: FolderDoor): readonly Found[] {
  const found = door.list(folder).flatMap((entry): Found[] => {
    const match = /^intel-rapl(?:-mmio)?:(\d+)(?::\d+)?$/.exec(entry);
    const name = match === null ? undefined : textIn(door, `${folder}/${entry}/name`);
    if (match === null || name === undefined) return [];
    return [
      { path: `${folder}/${entry}`, name, index: Number(/^package-(\d+)/.exec(name)?.[1] ?? match[1]) },
    ];
  });
  const own = found.filter(({ path }) => !path.includes('-mmio:'));
  const zones = own.length > 0 ? own : found;
  const packages = zones.filter(({ name }) => name.startsWith('package'));
  const whole = packages.length > 0 ? packages : zones.filter(({ name }) => name === 'psys');
  return [...whole, ...zones.filter(({ name }) => name === 'dram')];
}

function deviceOf({ name, index }: Found): SourceDevice {
  const memory = name === 'dram';
  const die = /-die-(\d+)$/.exec(name)?.[1];
  const shown = memory ? `Memory of CPU ${index}` : name === 'psys' ? 'Whole platform' : `CPU ${index}`;
  return {
    uuid: `rapl-${memory ? `dram-${index}` : name}`,
    index,
    name: die === undefined ? shown : `${shown} die ${die}`,
    vendor: 'unknown',
    memoryTotalBytes: null,
    powerLimitW: null,
    kind: memory ? 'memory' : 'cpu',
    powerQuality: 'counterUnchecked',
    hasEnergyCounter: true,
    powerFromCounter: true,
    // The kernel renews it about a thousand times a second.
    counterPeriodMs: 1,
    band: memory ? 0.2 : 0.1,
  };
}

function openSession(door: SourceDoor, files: FolderDoor, zones: readonly Zone[]): SourceSession {
  let lost: { readonly reason: MissingReason; readonly detail: string } | null = null;
  return {
    devices: zones.map(({ device }) => device),
    read() {
      const readings: DeviceReading[] = [];
      for (const { device, file, counter } of zones) {
        const found = files.read(file);
        if ('missing' in found) {
          lost = { reason: found.missing, detail: `${device.name} could not be read any more.` };
          continue;
        }
        if (!/^\d{1,18}$/.test(found.text)) continue;
        const timeMs = door.nowMs();
        const step = counter.add(timeMs, Number(found.text) / 1e6);
        if (step === undefined) continue;
        const power = step.powerW === undefined ? {} : { powerW: step.powerW };
        readings.push({ uuid: device.uuid, timeMs, energyJ: step.energyJ, ...power });
      }
      return readings;
    },
    processes: () => null,
    lost: () => lost,
    close: () => files.close(),
  };
}

export function createRapl(files: FolderDoor): PowerSource {
  const { found, without } = answersOf(source);
  return {
    id: source.id,
    label: source.label,
    simulated: false,
    async open(door) {
      const listed = zonesOf(files);
      if (listed.length === 0)
        return without({
          state: 'notFound',
          reason: 'notFound',
          detail: 'The kernel shows no RAPL counters; most virtual machines have none.',
          remedy: null,
        });
      const zones: Zone[] = [];
      const refused = new Set<MissingReason>();
      for (const zone of listed) {
        const file = `${zone.path}/energy_uj`;
        const energy = files.read(file);
        if ('missing' in energy) refused.add(energy.missing);
        else if (!/^\d{1,18}$/.test(energy.text)) refused.add('badOutput');
        else {
          const range = numberIn(files, `${zone.path}/max_energy_range_uj`);
          const wrapsAtJ = range === undefined || range <= 0 ? null : range / 1e6;
          zones.push({ device: deviceOf(zone), file, counter: new RisingCounter({ wrapsAtJ, highestW }) });
        }
      }
      if (zones.length === 0) {
        const names = listed.map((zone) => deviceOf(zone).name).join(', ');
        const [reason = 'badOutput'] = refused;
        const forbidden = reason === 'noPermission';
        return without({
          state: 'failed',
          reason,
          detail: `RAPL is there (${names}), but ${forbidden ? 'only root may read it' : 'gives no energy'}.`,
          remedy: forbidden ? permissionRemedy : null,
        });
      }
      const read = zones.map(({ device }) => device.name).join(', ');
      const rest = listed.length - zones.length;
      return found(
        openSession(door, files, zones),
        `Found: ${read}${rest === 0 ? '.' : `; ${rest} more may not be read.`}`,
        refused.has('noPermission') ? permissionRemedy : null,
      );
    },
  };
}
