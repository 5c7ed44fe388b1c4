/** Who else holds the GPUs of a run: looked at as often as the sources list their processes. */

import type { DeviceActivity, DeviceProcess } from '../sources/source.ts';
import type { LiveRun } from './liveRun.ts';

/** Sources list their processes every two seconds. */
const everyMs = 1_000;

export interface SharingParts {
  /** Processes on the real GPUs, then on the simulated ones; null when no source tells. */
  readonly listed: readonly DeviceProcess[] | null;
  readonly activity: (uuid: string) => DeviceActivity | null;
}

export class SharingLooks {
  #lastMs = Number.NEGATIVE_INFINITY;

  /**
   * Gives the run a look at each GPU that is surely its own: where the pids of others are its own under another name,
   * as in a container, nothing can be said of sharing.
   */
  look(run: LiveRun, { listed, activity }: SharingParts, runMs: number): void {
    if (listed === null || runMs - this.#lastMs < everyMs || run.endedMs !== null) return;
    this.#lastMs = runMs;
    const { members } = run.tree;
    for (const [uuid, { attribution }] of run.devices) {
      if (attribution !== 'processList' && attribution !== 'simulated') continue;
      const holders = listed.filter((holder) => holder.uuid === uuid);
      const computing = holders.filter(({ graphics }) => graphics !== true);
      const own = computing.filter(({ pid }) => members.has(pid)).length;
      run.addSharing(uuid, {
        timeMs: runMs,
        own,
        others: computing.length - own,
        activity: shares(activity(uuid), holders, members),
      });
    }
  }
}

/** Processes that are gone were of somebody: whose is not known. */
function shares(
  activity: DeviceActivity | null,
  holders: readonly DeviceProcess[],
  members: ReadonlyMap<number, unknown>,
): { readonly own: number; readonly others: number; readonly unknown: number } | null {
  if (activity === null) return null;
  const found = { own: 0, others: 0, unknown: 0 };
  const held = new Set(holders.map(({ pid }) => pid));
  for (const [pid, amount] of activity)
    found[members.has(pid) ? 'own' : held.has(pid) ? 'others' : 'unknown'] += amount;
  return found;
}
