/** What the machine around the GPUs draws: readings of its processors and memory, added up by kind. */

import type { KeptDevice } from '../sourceKeeper.ts';
import type { DeviceReading } from '../sources/source.ts';

export interface MachinePower {
  readonly cpuPowerW?: number;
  readonly memoryPowerW?: number;
}

/** An older value says nothing of now. */
const freshMs = 3_000;

interface Newest {
  readonly powerW: number;
  readonly timeMs: number;
}

export class MachineMeters {
  readonly #newest = { cpu: new Map<string, Newest>(), memory: new Map<string, Newest>() };
  /** Devices of each kind that are there: a sum that lacks one of them would be too small. */
  #counts = { cpu: 0, memory: 0 };

  /** Keeps what is not of a GPU and gives the rest back. */
  take(
    readings: readonly DeviceReading[],
    devices: readonly KeptDevice[],
    nowMs: number,
  ): readonly DeviceReading[] {
    const kinds = new Map<string, 'cpu' | 'memory'>();
    this.#counts = { cpu: 0, memory: 0 };
    for (const { device } of devices) {
      if (device.kind === undefined || device.kind === 'remote') continue;
      kinds.set(device.uuid, device.kind);
      this.#counts[device.kind] += 1;
    }
    return readings.filter(({ uuid, powerW }) => {
      const kind = kinds.get(uuid);
      if (kind !== undefined && powerW !== undefined) this.#newest[kind].set(uuid, { powerW, timeMs: nowMs });
      return kind === undefined;
    });
  }

  power(nowMs: number): MachinePower {
    const cpuPowerW = this.#sum('cpu', nowMs);
    const memoryPowerW = this.#sum('memory', nowMs);
    return {
      ...(cpuPowerW === null ? {} : { cpuPowerW }),
      ...(memoryPowerW === null ? {} : { memoryPowerW }),
    };
  }

  #sum(kind: 'cpu' | 'memory', nowMs: number): number | null {
    const fresh = [...this.#newest[kind].values()].filter(({ timeMs }) => nowMs - timeMs <= freshMs);
    if (fresh.length === 0 || fresh.length < this.#counts[kind]) return null;
    return fresh.reduce((sum, { powerW }) => sum + powerW, 0);
  }
}
