/**
 * Steps of a run by the counts of its processes. Those that train together count the same steps: the largest count
 * holds. A process that began after another had ended goes on from where that one was.
 */

import type { ProbeWindow } from './lines.ts';

/** What the probe of one process told of one window. */
export interface ProbeTold {
  readonly pid: number;
  readonly window: ProbeWindow;
  /** Steps since the process began. */
  readonly steps: number;
  /** null where none was in this window. */
  readonly stepAtMs: number | null;
}

export interface ProbeSteps {
  /** The run's steps, where it has done more than before; else null. */
  add(told: ProbeTold): number | null;
}

interface Process {
  readonly fromMs: number;
  toMs: number;
  /** The run's steps when its first one was done. */
  before: number;
  steps: number;
}

/** Past this, processes that never stepped (workers) are forgotten. */
const mostProcesses = 4096;

export function createProbeSteps(): ProbeSteps {
  const processes = new Map<number, Process>();
  let counted = 0;

  const begin = ({ pid, window: { fromMs, toMs } }: ProbeTold): Process => {
    if (processes.size >= mostProcesses)
      for (const [other, { steps }] of processes) if (steps === 0) processes.delete(other);
    const earlier = processes.get(pid);
    // Its number was used again, or it replaced itself by another program (exec).
    const before = earlier === undefined ? 0 : earlier.before + earlier.steps;
    const process = { fromMs, toMs, before, steps: 0 };
    processes.set(pid, process);
    return process;
  };
  /** A process that lives tells every second: what has told nothing since then had ended. */
  const doneBy = (timeMs: number): number =>
    [...processes.values()].reduce(
      (most, { toMs, before, steps }) => (toMs <= timeMs ? Math.max(most, before + steps) : most),
      0,
    );

  return {
    add(told) {
      const known = processes.get(told.pid);
      const process = known === undefined || told.steps < known.steps ? begin(told) : known;
      process.toMs = Math.max(process.toMs, told.window.toMs);
      if (process.steps === 0 && told.steps > 0)
        process.before = Math.max(process.before, doneBy(process.fromMs));
      process.steps = told.steps;
      const done = process.before + process.steps;
      if (told.stepAtMs === null || done <= counted) return null;
      counted = done;
      return counted;
    },
  };
}
