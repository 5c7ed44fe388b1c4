/** A run that has ended and of which little is known, for tests. */

import type { RunDetail } from '../../contracts/runs.ts';

export const bareRun = (runId: string, known: Partial<RunDetail> = {}): RunDetail => ({
  runId,
  number: 1,
  name: 'train.py',
  command: 'python train.py',
  cwd: '/',
  script: null,
  origin: 'cli',
  state: 'ended',
  startedAtMs: 1_700_000_000_000,
  durationMs: 600_000,
  exitCode: 0,
  devices: [],
  simulated: false,
  totals: {
    energyJ: 5,
    missing: null,
    method: 'integration',
    witnessJ: null,
    idleJ: null,
    durationMs: 1,
    coverage: 1,
    meanPowerW: 1,
    provenance: null,
  },
  steps: null,
  pid: 1,
  waste: [],
  gaps: [],
  notices: [],
  hints: [],
  ...known,
});
