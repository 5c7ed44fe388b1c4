/** Stretches in which the source of a run's GPUs was lost become gaps; while one lasts, a notice says so. */

import type { SourceKeeper } from '../sourceKeeper.ts';
import type { LiveRun, ReadingGroup } from './liveRun.ts';

export class SourceSilence {
  /** Run clock of the last reading before the silence. */
  readonly #since = new Map<string, number>();

  /** Whether a GPU of the run gives no readings now. */
  isLost(run: LiveRun, groups: readonly ReadingGroup[], keeper: SourceKeeper): boolean {
    if (run.simulated) return false;
    const heard = new Set(groups.flatMap(({ readings }) => readings.map(({ uuid }) => uuid)));
    // Usually each has just been read, and the keeper need not be asked.
    for (const uuid of run.devices.keys())
      if (!heard.has(uuid) && keeper.lostReason(uuid) !== null) return true;
    return false;
  }

  /** Call before the readings of a round are given to the run. */
  notice(run: LiveRun, groups: readonly ReadingGroup[], runMs: number, lost: boolean): void {
    const since = this.#since.get(run.runId);
    if (since === undefined) {
      if (lost) this.#since.set(run.runId, run.lastReadingMs);
      return;
    }
    if (groups.some(({ readings }) => readings.some(({ uuid }) => run.devices.has(uuid))))
      this.end(run, runMs);
  }

  /** Closes the gap of a silence that lasts, if there is one. */
  end(run: LiveRun, runMs: number): void {
    const since = this.#since.get(run.runId);
    if (since === undefined) return;
    this.#since.delete(run.runId);
    run.addGap({ fromMs: since, toMs: runMs, reason: 'sourceLost' });
  }

  /** Sets or takes away the notice; true when that changed anything. */
  note(run: LiveRun, lost: boolean): boolean {
    const message = 'The power source fell silent; the gap is marked.';
    return run.setNotice('sourceLost', lost ? { message, remedy: 'It is tried again by itself.' } : null);
  }
}
