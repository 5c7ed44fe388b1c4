/** Stretches in which the source of a run's GPUs was lost become gaps; while one lasts, a notice says so. */

import type { SourceKeeper } from '../sourceKeeper.ts';
import type { LiveRun, ReadingGroup } from './liveRun.ts';

const isLost = (run: LiveRun, keeper: SourceKeeper): boolean =>
  !run.simulated && [...run.devices.keys()].some((uuid) => keeper.lostReason(uuid) !== null);

export class SourceSilence {
  /** Run clock of the last reading before the silence. */
  readonly #since = new Map<string, number>();

  /** Call before the readings of a round are given to the run. */
  notice(run: LiveRun, groups: readonly ReadingGroup[], runMs: number, keeper: SourceKeeper): void {
    const since = this.#since.get(run.runId);
    if (since === undefined) {
      if (isLost(run, keeper)) this.#since.set(run.runId, run.lastReadingMs);
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
  note(run: LiveRun, keeper: SourceKeeper): boolean {
    const message = 'The power source fell silent; the gap is marked.';
    const lost = isLost(run, keeper);
    return run.setNotice('sourceLost', lost ? { message, remedy: 'It is tried again by itself.' } : null);
  }
}
