/** What a run has to say about the machine it is measured on. */

import type { RunNotice } from '../../contracts/runs.ts';
import type { ProcessTable } from '../processes/processTable.ts';
import type { SourceKeeper } from '../sourceKeeper.ts';
import { simulatedSource } from '../sources/simulated.ts';
import type { RunStore } from '../store/runStore.ts';
import type { LiveRun } from './liveRun.ts';
import type { SimulatedGpus } from './simulatedGpus.ts';

const { fileVariable } = simulatedSource;

/** Of a program that was to use a simulated GPU; a driver would help nobody. */
const noSimulatedGpu = (file: string): { readonly message: string; readonly remedy: string } => ({
  message: `${fileVariable} names ${file}, and the program has opened no simulated GPU there.`,
  remedy: `Let it write to that file, or unset ${fileVariable} to measure a real GPU.`,
});

const endedUnread = {
  message: 'The program ended before the first reading of its simulated GPU.',
  remedy: 'Let it run for some seconds.',
} as const;

function storeRemedy(reason: string): string {
  if (/newer version/.test(reason)) return 'Update Perjoule.';
  if (/full/i.test(reason)) return 'Make room on that disk.';
  return 'Make that folder writable, or set XDG_STATE_HOME to one that is.';
}

interface NoticeParts {
  readonly keeper: SourceKeeper;
  readonly simulated: Pick<SimulatedGpus, 'hasOpened'>;
  readonly table: ProcessTable;
  readonly store: RunStore;
}

/** Why there is nothing to measure; null where there is, or where nothing is known against it. */
function noGpuNotice(run: LiveRun, { keeper, simulated }: NoticeParts): Omit<RunNotice, 'id'> | null {
  if (run.devices.size > 0) return null;
  if (run.simulatedFile !== null) {
    if (!simulated.hasOpened(run.simulatedFile, run.simulatedPids)) return noSimulatedGpu(run.simulatedFile);
    return run.tree.members.size > 0 ? null : endedUnread;
  }
  const without = keeper.statuses().filter(({ state, host }) => state !== 'found' && host !== true);
  // What can be mended is worth more to read than what this package cannot do.
  const silent = without.find(({ remedy }) => remedy !== null) ?? without[0];
  const gpus = keeper.devices().filter(({ device }) => device.kind === undefined);
  return gpus.length > 0 || silent === undefined ? null : { message: silent.detail, remedy: silent.remedy };
}

/** True when a notice came, went or changed. */
export function setNotices(run: LiveRun, parts: NoticeParts): boolean {
  const { table, store } = parts;
  const notStored = store.state.kind === 'durable' ? null : store.state.reason;
  const noProcesses = 'Processes cannot be followed on this system yet.';
  const changes = [
    run.setNotice('noGpu', noGpuNotice(run, parts)),
    run.setNotice(
      'notStored',
      notStored === null ? null : { message: notStored, remedy: storeRemedy(notStored) },
    ),
    run.setNotice('noProcesses', table.supported ? null : { message: noProcesses, remedy: null }),
  ];
  return changes.includes(true);
}
