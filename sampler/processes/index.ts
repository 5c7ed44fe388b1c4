/** Picks the way to look at processes on this machine. */

import type { SourceDoor } from '../sources/source.ts';
import { createLinuxProcesses } from './linuxProcesses.ts';
import type { ProcessTable } from './processTable.ts';
import { createPsProcesses } from './psProcesses.ts';

export function createProcessTable(
  door: SourceDoor,
  platform: NodeJS.Platform = process.platform,
): ProcessTable {
  if (platform === 'linux') return createLinuxProcesses();
  if (platform === 'win32') return unsupportedProcesses;
  return createPsProcesses(door);
}

const unsupportedProcesses: ProcessTable = {
  supported: false,
  refresh: async () => undefined,
  takeNewcomers: () => [],
  mayHaveNew: () => false,
  look: () => null,
  childrenOf: () => [],
  inSession: () => [],
  isAlive: () => false,
  isOwn: () => false,
  argumentsOf: () => null,
  programOf: () => null,
  workingFolderOf: () => null,
  variablesOf: () => ({}),
  usageOf: () => null,
  watchMainThread: () => null,
  holdsGpu: () => false,
};
