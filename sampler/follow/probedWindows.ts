/** What probes told of a run, kept for a new reading of the whole run when a GPU joins. Memory is bounded. */

import type { ProbeTold } from '../../insight/probeSteps.ts';

const mostWindows = 2000;

export class ProbedWindows {
  readonly #kept: ProbeTold[] = [];
  /** Samples of the windows that were too many. */
  unkeptSamples = 0;

  add(told: ProbeTold): void {
    if (this.#kept.length < mostWindows) this.#kept.push(told);
    else for (const { samples } of told.window.lines) this.unkeptSamples += samples;
  }

  inOrder(): readonly ProbeTold[] {
    return [...this.#kept].sort((one, other) => one.window.toMs - other.window.toMs);
  }
}
