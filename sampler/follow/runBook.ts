/** Which runs and follows there are, and which process belongs to which run. */

import type { Follow } from './follows.ts';
import type { LiveRun } from './liveRun.ts';
import type { ProcessTree } from './processTree.ts';

const mostFinished = 4;

export class RunBook {
  readonly follows = new Map<string, Follow>();
  readonly runs = new Map<string, LiveRun>();
  /** Runs that ended a moment ago: findings for a short run may come late. */
  readonly #finished = new Map<string, LiveRun>();

  /** Processes whose run somebody stopped following while they live: no run is opened for them again. */
  readonly letGo = new Set<ProcessTree>();

  /** Whether anything is followed. */
  get busy(): boolean {
    return this.runs.size > 0 || this.follows.size > 0;
  }

  /** The live run that the process belongs to. */
  owner(pid: number, except?: LiveRun): LiveRun | undefined {
    for (const run of this.runs.values()) if (run !== except && run.tree.members.has(pid)) return run;
    return undefined;
  }

  /** Whether the process belongs to a run, or is to be left alone. */
  isTaken(pid: number, except?: LiveRun): boolean {
    if (this.owner(pid, except) !== undefined) return true;
    for (const { members } of this.letGo) if (members.has(pid)) return true;
    return false;
  }

  /** The newest run of the follow, while it lives. */
  newestRun(follow: Follow): LiveRun | undefined {
    return this.runs.get(follow.runIds.at(-1) ?? '');
  }

  /** The follow that the run belongs to. */
  followOf(run: LiveRun): Follow | undefined {
    return run.followId === null ? undefined : this.follows.get(run.followId);
  }

  adopt(follow: Follow, run: LiveRun): void {
    run.followId = follow.params.followId;
    follow.runIds.push(run.runId);
  }

  /** A run that lives or has just ended. */
  known(runId: string): LiveRun | undefined {
    return this.runs.get(runId) ?? this.#finished.get(runId);
  }

  finish(run: LiveRun): void {
    this.runs.delete(run.runId);
    this.#finished.set(run.runId, run);
    for (const old of [...this.#finished.keys()].slice(0, -mostFinished)) this.#finished.delete(old);
  }

  /** Gives a run up, for deletion. */
  drop(runId: string): void {
    this.runs.get(runId)?.host.close();
    this.runs.delete(runId);
    this.#finished.delete(runId);
  }
}
