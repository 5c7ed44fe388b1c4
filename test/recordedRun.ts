/** Run files as `perjoule export` writes them, made by hand: a list of runs without starting a program. */

import { createRandom } from '../insight/testing/random.ts';
import { stepNoise } from '../insight/testing/stepNoise.ts';

export interface Recorded {
  readonly id: string;
  readonly perStepJ: number;
  readonly name?: string;
  readonly simulated?: boolean;
  readonly steps?: number;
  readonly command?: string;
  /** In place of a day in November 2026. */
  readonly startedAtMs?: number;
  /** Of a pinned baseline. */
  readonly pinnedAtMs?: number;
}

/** A run file of a training that was measured by the GPU's counter; `at` is its place in time. */
export function runFile(given: Recorded, at: number): string {
  const { id, perStepJ, name = 'train.py', simulated = false, steps = 200 } = given;
  const { command = `python ${name}`, startedAtMs = Date.UTC(2026, 10, 1 + at) } = given;
  const marks = stepNoise(createRandom(perStepJ + at), { meanJ: perStepJ, steps });
  const energyJ = marks.at(-1)?.energyJ ?? 0;
  const durationMs = steps * 500;
  const provenance = { source: 'nvml', quality: 'counter', simulated, band: 0.05 };
  const run = {
    runId: id,
    number: 1,
    name,
    command,
    cwd: '/project',
    script: '/project/train.py',
    origin: 'cli',
    state: 'ended',
    startedAtMs,
    durationMs,
    ...(given.pinnedAtMs === undefined ? {} : { baseline: true, pinnedAtMs: given.pinnedAtMs }),
    exitCode: 0,
    devices: [
      {
        uuid: 'GPU-1',
        index: 0,
        name: 'NVIDIA H100',
        vendor: 'nvidia',
        memoryTotalBytes: null,
        powerLimitW: 700,
        attribution: 'processList',
        provenance,
      },
    ],
    simulated,
    totals: {
      energyJ,
      missing: null,
      method: 'counter',
      witnessJ: null,
      idleJ: energyJ / 4,
      durationMs,
      coverage: 1,
      meanPowerW: (energyJ / durationMs) * 1000,
      provenance,
    },
    steps: { count: steps, total: steps, perStepJ, spreadJ: 0.5, stepsPerSecond: 2 },
    pid: 1,
    waste: [],
    gaps: [],
    notices: [],
  };
  return JSON.stringify({
    format: 'perjoule-run',
    version: 1,
    run,
    stepMarks: marks,
    findings: [],
    samples: [],
  });
}
