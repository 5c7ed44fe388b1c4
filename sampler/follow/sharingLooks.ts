/** Who else holds the GPUs of a run: looked at as often as the sources list their processes. */

import type { SharingLook } from '../../contracts/sharing.ts';
import type { DeviceActivity, DeviceProcess } from '../sources/source.ts';
import type { LiveRun } from './liveRun.ts';

/** Sources list their processes every two seconds. */
const everyMs = 1_000;

export interface SharingParts {
  /** Processes on the real GPUs, then on the simulated ones; null when no source tells. */
  readonly listed: readonly DeviceProcess[] | null;
  readonly activity: (uuid: string) => DeviceActivity | null;
  /** Arguments of a process, where they can be read. */
  readonly argumentsOf: (pid: number) => readonly string[] | null;
}

export class SharingLooks {
  #lastMs = Number.NEGATIVE_INFINITY;

  /**
   * Gives the run a look at each GPU that is surely its own: where the pids of others are its own under another name,
   * as in a container, nothing can be said of sharing.
   */
  look(run: LiveRun, { listed, activity, argumentsOf }: SharingParts, runMs: number): void {
    if (listed === null || runMs - this.#lastMs < everyMs || run.endedMs !== null) return;
    this.#lastMs = runMs;
    const { members } = run.tree;
    for (const [uuid, { attribution }] of run.devices) {
      if (attribution !== 'processList' && attribution !== 'simulated') continue;
      const holders = listed.filter((holder) => holder.uuid === uuid);
      const servers = serversAmong(holders, argumentsOf);
      const computing = holders.filter(({ pid, graphics }) => graphics !== true && !servers.has(pid));
      const parts = { computing, holders, servers, isOwn: (pid: number) => members.has(pid) };
      run.addSharing(uuid, { timeMs: runMs, ...shares(parts, activity(uuid)) });
    }
  }
}

/**
 * The server that MPS clients compute through: the driver lists it beside them, and it computes nothing of its own. Where
 * the driver names no client it stands for somebody.
 */
function serversAmong(
  holders: readonly DeviceProcess[],
  argumentsOf: SharingParts['argumentsOf'],
): ReadonlySet<number> {
  if (!holders.some(({ mpsClient }) => mpsClient === true)) return new Set();
  const isServer = ({ pid }: DeviceProcess): boolean =>
    /(^|\/)nvidia-cuda-mps-server$/.test(argumentsOf(pid)?.[0] ?? '');
  const servers = holders.filter(isServer);
  const served = holders.some((holder) => holder.mpsClient === true && !servers.includes(holder));
  return new Set(served ? servers.map(({ pid }) => pid) : []);
}

interface LookParts {
  readonly computing: readonly DeviceProcess[];
  readonly holders: readonly DeviceProcess[];
  readonly servers: ReadonlySet<number>;
  readonly isOwn: (pid: number) => boolean;
}

type Shares = Omit<SharingLook, 'timeMs'>;

function shares(parts: LookParts, activity: DeviceActivity | null): Shares {
  const { computing, isOwn } = parts;
  if (computing.some(({ instance }) => instance !== undefined)) return byInstance(parts);
  const own = computing.filter(({ pid }) => isOwn(pid)).length;
  const together = computing.some(({ mpsClient }) => mpsClient === true);
  return {
    own,
    others: computing.length - own,
    activity: activity === null ? null : byActivity(parts, activity),
    ...(together ? { weak: 'together' as const } : {}),
  };
}

/** Processes that are gone were of somebody: whose is not known. So is what a server did for several. */
function byActivity(
  { computing, holders, servers, isOwn }: LookParts,
  activity: DeviceActivity,
): NonNullable<SharingLook['activity']> {
  const found = { own: 0, others: 0, unknown: 0 };
  const held = new Set(holders.map(({ pid }) => pid));
  const servedOwn = computing.every(({ pid, mpsClient }) => mpsClient !== true || isOwn(pid));
  for (const [pid, amount] of activity) {
    const own = servers.has(pid) ? servedOwn : isOwn(pid);
    found[own ? 'own' : held.has(pid) && !servers.has(pid) ? 'others' : 'unknown'] += amount;
  }
  return found;
}

/** A divided GPU: each process has its part of the instance that it is in, whether it worked or not. */
function byInstance({ computing, isOwn }: LookParts): Shares {
  const inside = new Map<number, number>();
  for (const { instance } of computing)
    if (instance !== undefined) inside.set(instance.number, (inside.get(instance.number) ?? 0) + 1);
  let [own, others] = [0, 0];
  for (const { pid, instance } of computing) {
    const size = (instance?.size ?? 1) / (inside.get(instance?.number ?? -1) ?? 1);
    if (isOwn(pid)) own += size;
    else others += size;
  }
  const told = computing.every(({ instance }) => (instance?.size ?? null) !== null);
  return { own, others, activity: told ? { own, others, unknown: 0 } : null, weak: 'instances' };
}
