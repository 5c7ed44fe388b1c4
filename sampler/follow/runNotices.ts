/** What a run has to say about the machine it is measured on. */

import type { ProcessTable } from '../processes/processTable.ts';
import type { SourceKeeper } from '../sourceKeeper.ts';
import type { RunStore } from '../store/runStore.ts';
import type { LiveRun } from './liveRun.ts';

function storeRemedy(reason: string): string {
  if (/newer version/.test(reason)) return 'Update Perjoule.';
  if (/full/i.test(reason)) return 'Make room on that disk.';
  return 'Make that folder writable, or set XDG_STATE_HOME to one that is.';
}

/** True when a notice came, went or changed. */
export function setNotices(
  run: LiveRun,
  parts: { readonly keeper: SourceKeeper; readonly table: ProcessTable; readonly store: RunStore },
): boolean {
  const { keeper, table, store } = parts;
  const without = keeper.statuses().filter(({ state, host }) => state !== 'found' && host !== true);
  // What can be mended is worth more to read than what this package cannot do.
  const silent = without.find(({ remedy }) => remedy !== null) ?? without[0];
  const gpus = keeper.devices().filter(({ device }) => device.kind === undefined);
  const noGpu = run.devices.size === 0 && gpus.length === 0 && silent !== undefined;
  const notStored = store.state.kind === 'durable' ? null : store.state.reason;
  const noProcesses = 'Processes cannot be followed on this system yet.';
  const changes = [
    run.setNotice('noGpu', noGpu ? { message: silent.detail, remedy: silent.remedy } : null),
    run.setNotice(
      'notStored',
      notStored === null ? null : { message: notStored, remedy: storeRemedy(notStored) },
    ),
    run.setNotice('noProcesses', table.supported ? null : { message: noProcesses, remedy: null }),
  ];
  return changes.includes(true);
}
