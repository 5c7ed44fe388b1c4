/** One simulated machine for each submission file that a followed process names. */

import type { PowerLimitRange } from '../../contracts/powerPlan.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import { openSimulated, type SimulatedSession, simulatedSource } from '../sources/simulated.ts';
import type { DeviceProcess, DeviceReading, SourceDevice, SourceDoor } from '../sources/source.ts';

export interface SimulatedUser extends ProcessIdentity {
  readonly file: string;
}

export class SimulatedGpus {
  readonly #users = new Map<string, SimulatedUser>();
  readonly #door: SourceDoor;
  readonly #sessions = new Map<string, SimulatedSession>();
  #rateHz: number;

  constructor(door: SourceDoor, rateHz: number) {
    this.#door = door;
    this.#rateHz = rateHz;
  }

  /** For machines that are opened from now on; a simulated GPU is only read while a run lives. */
  setRate(rateHz: number): void {
    this.#rateHz = rateHz;
  }

  /**
   * Takes note of processes of runs that name a file. They keep their GPU while they live, as a kernel that outlives the
   * runs of its cells. A file that no process names any more is closed.
   */
  follow(users: readonly SimulatedUser[], table: ProcessTable): void {
    for (const user of users) this.#users.set(`${user.pid}/${user.start}/${user.file}`, user);
    const pidsByFile = new Map<string, Set<number>>();
    for (const [key, user] of this.#users) {
      if (!table.isAlive(user)) this.#users.delete(key);
      else pidsByFile.set(user.file, (pidsByFile.get(user.file) ?? new Set<number>()).add(user.pid));
    }
    for (const [file, pids] of pidsByFile) {
      const open = this.#sessions.get(file);
      if (open !== undefined) open.follow(pids);
      else this.#sessions.set(file, openSimulated(file, this.#door, { rateHz: this.#rateHz, pids }));
    }
    for (const [file, session] of this.#sessions) if (!pidsByFile.has(file)) session.follow(new Set());
  }

  /** Whether one of them opened a GPU there, also where it ended before that was looked at. */
  hasOpened(file: string, pids: ReadonlySet<number>): boolean {
    const session = this.#sessions.get(file);
    return session !== undefined && [...pids].some((pid) => session.hasOpened(pid));
  }

  /** Gives a file back once the last run that used it has been closed. */
  close(file: string): void {
    this.#sessions.get(file)?.close();
    this.#sessions.delete(file);
  }

  read(): readonly DeviceReading[] {
    return [...this.#sessions.values()].flatMap((session) => session.read());
  }

  devices(): readonly SourceDevice[] {
    return [...this.#sessions.values()].flatMap((session) => session.devices);
  }

  /** The simulated GPU among the sources, while there is one. */
  statuses(): readonly SourceStatus[] {
    const devices = this.devices();
    const [first] = devices;
    if (first === undefined) return [];
    return [
      {
        id: simulatedSourceId,
        label: simulatedSource.label,
        state: 'found',
        reason: null,
        detail: `${devices.length} simulated GPU${devices.length === 1 ? '' : 's'}: ${first.name}.`,
        remedy: null,
        deviceCount: devices.length,
      },
    ];
  }

  processes(): readonly DeviceProcess[] {
    return [...this.#sessions.values()].flatMap((session) => session.processes() ?? []);
  }

  /** Null for a GPU that is not one of these. */
  powerLimit(uuid: string): PowerLimitRange | null {
    for (const session of this.#sessions.values()) {
      const range = session.powerLimit(uuid);
      if (range !== null) return range;
    }
    return null;
  }

  setPowerLimit(uuid: string, limitW: number): void {
    for (const session of this.#sessions.values())
      if (session.powerLimit(uuid) !== null) session.setPowerLimit(uuid, limitW);
  }

  closeAll(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}

export const simulatedSourceId = simulatedSource.id;
