/**
 * Jetson modules through their INA3221 power monitors, as the kernel's hwmon (JetPack 5 and later) or iio folders (4)
 * have them. The monitors measure rails: the input rail is the power of the whole module with its CPU, and where there
 * is none the rails are added up.
 */

import { answersOf } from './answers.ts';
import { type FolderDoor, numberIn, textIn } from './folderDoor.ts';
import type { PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'jetson', label: 'Jetson module (INA3221)' } as const;
const drivers = ['sys/bus/i2c/drivers/ina3221', 'sys/bus/i2c/drivers/ina3221x'] as const;
const modelFile = 'proc/device-tree/model';
const loadFiles = ['sys/devices/platform/gpu.0/load', 'sys/devices/gpu.0/load'] as const;
/** Rails that hold all the others. */
const inputRails: readonly string[] = ['VDD_IN', 'POM_5V_IN', 'POM_IN', 'VDD_5V_IN'];
/** Unconnected inputs, and the channel that adds up voltages of shunts. */
const noRail = /^(NC|sum of shunt voltages)$/i;
/** Of an INA3221: 1 to 2 % and its shunts. */
const band = 0.05;

interface Rail {
  readonly name: string;
  /** Watts; undefined when it cannot be read now. */
  powerW(): number | undefined;
}

/** Millivolts times milliamperes. */
function hwmonRail(files: FolderDoor, sensors: string, channel: string): Rail | null {
  const name = textIn(files, `${sensors}/in${channel}_label`);
  if (name === undefined || name === '' || noRail.test(name)) return null;
  return {
    name,
    powerW() {
      const millivolts = numberIn(files, `${sensors}/in${channel}_input`);
      const milliamperes = numberIn(files, `${sensors}/curr${channel}_input`);
      return millivolts === undefined || milliamperes === undefined
        ? undefined
        : (millivolts * milliamperes) / 1e6;
    },
  };
}

function iioRail(files: FolderDoor, sensors: string, channel: string): Rail | null {
  const name = textIn(files, `${sensors}/rail_name_${channel}`);
  if (name === undefined || name === '' || noRail.test(name)) return null;
  return {
    name,
    powerW() {
      const milliwatts = numberIn(files, `${sensors}/in_power${channel}_input`);
      return milliwatts === undefined ? undefined : milliwatts / 1000;
    },
  };
}

function railsOf(files: FolderDoor): readonly Rail[] {
  const rails: (Rail | null)[] = [];
  for (const driver of drivers) {
    for (const chip of files.list(driver).filter((name) => /^\d+-[0-9a-f]{4}$/.test(name))) {
      for (const entry of files.list(`${driver}/${chip}/hwmon`))
        for (const channel of ['1', '2', '3'])
          rails.push(hwmonRail(files, `${driver}/${chip}/hwmon/${entry}`, channel));
      for (const entry of files.list(`${driver}/${chip}`).filter((name) => name.startsWith('iio:device')))
        for (const channel of ['0', '1', '2'])
          rails.push(iioRail(files, `${driver}/${chip}/${entry}`, channel));
    }
  }
  return rails.filter((rail) => rail !== null);
}

function openSession(
  door: SourceDoor,
  files: FolderDoor,
  rails: readonly Rail[],
  device: SourceDevice,
): SourceSession {
  const loadFile = loadFiles.find((path) => numberIn(files, path) !== undefined);
  let lost = false;
  let incomplete = false;
  return {
    devices: [device],
    read() {
      const powers = rails.map((rail) => rail.powerW());
      lost = powers.every((powerW) => powerW === undefined);
      // A sum without one of its rails would be a wrong figure, not a smaller one.
      incomplete = powers.some((powerW) => powerW === undefined);
      if (incomplete) return [];
      const permille = loadFile === undefined ? undefined : numberIn(files, loadFile);
      return [
        {
          uuid: device.uuid,
          timeMs: door.nowMs(),
          powerW: powers.reduce<number>((sum, powerW) => sum + (powerW ?? 0), 0),
          ...(permille === undefined ? {} : { utilization: Math.min(1, permille / 1000) }),
        },
      ];
    },
    processes: () => null,
    deviceLost: () => (incomplete ? 'badOutput' : null),
    lost: () =>
      lost ? { reason: 'lost', detail: 'The power monitors of the module cannot be read any more.' } : null,
    close: () => files.close(),
  };
}

export function createJetson(files: FolderDoor): PowerSource {
  const { found, without } = answersOf(source);
  return {
    ...source,
    simulated: false,
    async open(door) {
      const model = textIn(files, modelFile)?.replaceAll('\0', '').trim() ?? '';
      if (!/Jetson/i.test(model))
        return without({
          state: 'notFound',
          reason: 'notFound',
          detail: 'This machine is no Jetson.',
          remedy: null,
        });
      const all = railsOf(files).filter((rail) => rail.powerW() !== undefined);
      if (all.length === 0)
        return without({
          state: 'failed',
          reason: 'notFound',
          detail: `${model} shows no power monitor; a container sees none unless /sys is shared with it.`,
          remedy: 'Run outside the container, or start it with -v /sys:/sys:ro.',
        });
      const input = all.find(({ name }) => inputRails.includes(name));
      const used = input === undefined ? all : [input];
      const device: SourceDevice = {
        uuid: 'jetson-module',
        index: 0,
        name: model,
        vendor: 'nvidia',
        memoryTotalBytes: null,
        powerLimitW: null,
        powerQuality: 'module',
        hasEnergyCounter: false,
        wholeModule: true,
        band,
      };
      const what = input === undefined ? `the sum of ${used.map(({ name }) => name).join(', ')}` : input.name;
      return found(
        openSession(door, files, used, device),
        `${model}: ${what}, which is the module with its CPU and memory.`,
      );
    },
  };
}
