/** Processes of this user that hold a GPU of this machine, whoever started them. */

import { basename } from 'node:path';
import { maskSecrets } from '../../contracts/maskSecrets.ts';
import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import type { SamplerClock } from '../clock.ts';
import type { ProcessTable } from '../processes/processTable.ts';
import { readPythonCommand } from '../processes/python.ts';
import type { SourceKeeper } from '../sourceKeeper.ts';
import type { DeviceProcess, SourceDevice } from '../sources/source.ts';
import type { IdleHolds } from './idleHolds.ts';
import type { IdleMeters } from './idleMeters.ts';
import type { RunBook } from './runBook.ts';
import type { SimulatedGpus } from './simulatedGpus.ts';

const longestCommand = 400;

export interface HolderParts {
  readonly keeper: SourceKeeper;
  readonly simulated: SimulatedGpus;
  readonly table: ProcessTable;
  readonly holders: readonly DeviceProcess[];
  readonly book: RunBook;
  readonly idle: IdleHolds;
  readonly meters: IdleMeters;
  readonly clock: SamplerClock;
}

/** A desktop draws on its GPU all day: processes that only draw are left out. */
export function gpuHolders(parts: HolderParts): readonly GpuHolder[] {
  const { keeper, simulated, table, holders } = parts;
  const real = keeper.devices().filter(({ device }) => device.kind === undefined);
  const devices = new Map(
    [...real.map(({ device }) => device), ...simulated.devices()].map((it) => [it.uuid, it]),
  );
  return holders.flatMap((holder) => {
    const device = devices.get(holder.uuid);
    const shown = device !== undefined && holder.graphics !== true && table.isOwn(holder.pid);
    return shown ? (holderOf(holder, device, parts) ?? []) : [];
  });
}

function holderOf(
  holder: DeviceProcess,
  device: SourceDevice,
  { simulated, table, book, idle, meters, clock }: HolderParts,
): GpuHolder | null {
  const { pid, uuid } = holder;
  const argv = table.argumentsOf(pid);
  const start = table.look(pid)?.start;
  if (argv === null || start === undefined) return null;
  const hold = idle.of(holder);
  return {
    pid,
    start,
    name: readPythonCommand(argv, table.workingFolderOf(pid))?.name ?? basename(argv[0] ?? ''),
    command: maskSecrets(argv.join(' ')).slice(0, longestCommand),
    device: { uuid, index: device.index, name: device.name },
    simulated: simulated.devices().some((it) => it.uuid === uuid),
    powerW: meters.powerW(uuid),
    runId: book.owner(pid)?.runId ?? null,
    idle: hold && { forMs: clock.nowMs() - hold.sinceMs, energyJ: hold.energyJ },
  };
}
