/**
 * A recorded run in place of a machine: the readings of its file at the pace at which they were taken. Its GPUs are of
 * no run that is measured now, and nothing of it is recorded again.
 */

import type { RunDevice } from '../../contracts/runs.ts';
import type { ReadRun } from '../runFile/importedRun.ts';
import { readRuns } from '../runFile/readRuns.ts';
import { RunFileError } from '../runFile/shape.ts';
import { answersOf, countText } from './answers.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'replay', label: 'A recorded run', host: true } as const;
const fileRemedy = 'Name a file that "perjoule export" or "perjoule run --out" has written.';

function deviceOf(device: RunDevice): SourceDevice {
  const { attribution: _attribution, provenance, sharingState: _state, ...info } = device;
  const { quality, band, simulated } = provenance;
  const hasEnergyCounter = quality === 'counter' || quality === 'counterUnchecked';
  return {
    ...info,
    kind: 'remote',
    powerQuality: hasEnergyCounter ? 'instant' : quality,
    hasEnergyCounter,
    band,
    ...(simulated ? { simulated } : {}),
  };
}

/** Readings of the GPUs in order of time, on the run's clock. */
function readingsOf({ blocks, record }: ReadRun): readonly DeviceReading[] {
  const uuids = new Set(record.run.devices.map(({ uuid }) => uuid));
  const all = blocks.flatMap(({ track, timesMs, values }) =>
    !uuids.has(track)
      ? []
      : timesMs.map((timeMs, index): DeviceReading => {
          const known = Object.entries(values).flatMap(([metric, column]) => {
            const value = column[index];
            return typeof value === 'number' ? [[metric, value] as const] : [];
          });
          return { uuid: track, timeMs, ...Object.fromEntries(known) };
        }),
  );
  return all.sort((a, b) => a.timeMs - b.timeMs);
}

function openSession(
  door: SourceDoor,
  devices: readonly SourceDevice[],
  readings: readonly DeviceReading[],
  onOver: () => void,
): SourceSession {
  const zeroMs = door.nowMs() - (readings[0]?.timeMs ?? 0);
  let next = 0;
  let over = false;
  return {
    devices,
    read() {
      const from = next;
      const nowMs = door.nowMs() - zeroMs;
      while (next < readings.length && (readings[next]?.timeMs ?? 0) <= nowMs) next += 1;
      // The last readings are given before the end is told.
      over = from === readings.length;
      if (over) onOver();
      return readings.slice(from, next).map((reading) => ({ ...reading, timeMs: reading.timeMs + zeroMs }));
    },
    processes: () => null,
    lost: () => (over ? { reason: 'lost', detail: 'The recording is over.' } : null),
    close: () => undefined,
  };
}

/** @param text the whole of a file that "perjoule export" or "perjoule run --out" has written */
export function createReplay(text: string): PowerSource {
  const { found, without } = answersOf(source);
  let over = false;
  return {
    id: source.id,
    label: source.label,
    simulated: false,
    async open(door) {
      if (over)
        return without({ state: 'lost', reason: 'lost', detail: 'The recording is over.', remedy: null });
      const refused = (detail: string) =>
        without({ state: 'failed', reason: 'badOutput', detail, remedy: fileRemedy });
      try {
        const [read] = readRuns(text);
        const readings = read === undefined ? [] : readingsOf(read);
        if (read === undefined || readings.length === 0)
          return refused('The file holds no readings of a GPU.');
        const devices = read.record.run.devices.map(deviceOf);
        const session = openSession(door, devices, readings, () => {
          over = true;
        });
        return found(session, `${countText(devices.length, 'GPU')} of "${read.record.run.name}".`);
      } catch (error) {
        if (error instanceof RunFileError) return refused(error.message);
        throw error;
      }
    },
  };
}
