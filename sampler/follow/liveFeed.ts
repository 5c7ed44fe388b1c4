/** Tells the clients what is new of each live run; costs nothing while none listens. */

import type { LiveUpdate } from '../../contracts/samplerProtocol.ts';
import { tickSeries } from '../runSeries.ts';
import type { LiveRun } from './liveRun.ts';
import { shownMarks } from './stepRecord.ts';

/** The first update holds everything, so it waits until the GPUs are known, or are not to be expected. */
const firstMs = 4_000;

export interface LiveListeners {
  /** Whether any client wants live updates. */
  watched(): boolean;
  live(update: LiveUpdate): void;
}

export class LiveFeed {
  readonly #listeners: LiveListeners;

  constructor(listeners: LiveListeners) {
    this.#listeners = listeners;
  }

  send(runs: Iterable<LiveRun>, nowMs: number): void {
    for (const run of runs) this.sendOne(run, nowMs);
  }

  sendOne(run: LiveRun, nowMs: number): void {
    // A client that begins to listen gets what was before from the store.
    if (!this.#listeners.watched()) {
      run.dropLive();
      return;
    }
    if (run.devices.size === 0 && run.durationMs(nowMs) < firstMs && run.endedMs === null) return;
    const { ticks, wasteChanged, stepMarks, course } = run.takeLive();
    if (ticks.length + stepMarks.length === 0 && !wasteChanged && course === null) return;
    const { totals, waste } = run.snapshot();
    this.#listeners.live({
      runId: run.runId,
      durationMs: run.durationMs(nowMs),
      block: tickSeries(ticks),
      totals,
      steps: run.steps(),
      waste: wasteChanged ? waste : null,
      ...(stepMarks.length === 0 ? {} : { stepMarks: shownMarks(stepMarks) }),
      ...(course === null ? {} : { course }),
      ...(run.probed ? { probed: true } : {}),
    });
  }
}
