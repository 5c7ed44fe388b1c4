/** A run of another program, from the few figures that such programs write down. */

import type { MissingReason } from '../../contracts/provenance.ts';
import type { EnergyMark, RunBlock, RunRecord } from '../../contracts/runFile.ts';
import type { ImportFormat, RunDetail, RunDevice } from '../../contracts/runs.ts';

/** What a file held: one run and its samples, as they are to be imported. */
export interface ReadRun {
  readonly record: RunRecord;
  readonly blocks: readonly RunBlock[];
  readonly format: ImportFormat;
}

export interface ForeignRun {
  readonly runId: string;
  readonly name: string;
  readonly format: ImportFormat;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly devices: readonly RunDevice[];
  /** null where the file has no GPU energy; 0 is no measurement. */
  readonly energyJ: number | null;
  /** Why there is no energy, where there is none. */
  readonly missing: MissingReason;
  readonly coverage: number;
  readonly totals: Pick<RunDetail['totals'], 'method' | 'provenance'>;
  readonly steps: RunDetail['steps'];
  readonly stepMarks: readonly EnergyMark[];
  /** One sentence each: what the file says that has no place among the figures. */
  readonly remarks: readonly string[];
}

export function foreignRecord(from: ForeignRun): RunRecord {
  const { energyJ, durationMs, coverage } = from;
  const measuredS = (durationMs * coverage) / 1000;
  const run: RunDetail = {
    runId: from.runId,
    number: 0,
    name: from.name,
    command: '',
    cwd: '',
    script: null,
    origin: 'file',
    state: 'ended',
    startedAtMs: from.startedAtMs,
    durationMs,
    exitCode: null,
    devices: from.devices,
    simulated: false,
    totals: {
      energyJ,
      missing: energyJ === null ? from.missing : null,
      witnessJ: null,
      idleJ: null,
      durationMs,
      coverage: energyJ === null ? 0 : coverage,
      meanPowerW: energyJ === null || measuredS <= 0 ? null : energyJ / measuredS,
      ...from.totals,
    },
    steps: from.steps,
    pid: 0,
    waste: [],
    gaps: [],
    notices: from.remarks.map((message, index) => ({ id: `remark${index + 1}`, message, remedy: null })),
    hints: [],
  };
  return { run, stepMarks: from.stepMarks, findings: [] };
}
