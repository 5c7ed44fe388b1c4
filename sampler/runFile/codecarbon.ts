/**
 * CodeCarbon's `emissions.csv`: a row a run, energies in kWh. Only the GPU's energy is comparable with ours; what
 * it says of CPU and memory is kept as a remark. Its place names and coordinates are not taken over.
 */

import type { RunDevice } from '../../contracts/runs.ts';
import { formatEnergy } from '../../contracts/units.ts';
import { checkRecord } from './checkRecord.ts';
import { type CsvRow, numberIn, readCsv } from './csv.ts';
import { foreignRecord, type ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';

const joulesPerKwh = 3.6e6;
const needed = ['timestamp', 'run_id', 'duration', 'emissions', 'gpu_energy', 'energy_consumed'] as const;

export const isCodecarbon = (header: string): boolean => {
  const names = header.split(',').map((name) => name.trim());
  return needed.every((name) => names.includes(name));
};

/** @throws RunFileError */
export function readCodecarbon(text: string): readonly ReadRun[] {
  const longest = new Map<string, { readonly row: CsvRow; readonly durationS: number }>();
  for (const row of readCsv(text)) {
    const durationS = numberIn(row, 'duration');
    const runId = row.cells['run_id'] ?? '';
    if (durationS === null || durationS < 0 || runId === '')
      throw new RunFileError(`Line ${row.line} has no run_id or no duration; correct it there.`);
    // A run that was flushed in between has a row each time; the longest one includes the others.
    if (durationS >= (longest.get(runId)?.durationS ?? 0)) longest.set(runId, { row, durationS });
  }
  return [...longest].map(([runId, { row, durationS }]) => readRow(row, runId, durationS));
}

function readRow(row: CsvRow, runId: string, durationS: number): ReadRun {
  const { cells } = row;
  // The time is local to the machine that wrote it, at the end of the run, and names no zone.
  const endedAtMs = Date.parse(cells['timestamp'] ?? '');
  if (!Number.isFinite(endedAtMs))
    throw new RunFileError(`Line ${row.line}: timestamp is no date; correct it there.`);
  const gpus = numberIn(row, 'gpu_count') ?? 0;
  const kwh = numberIn(row, 'gpu_energy');
  // Versions before 3.1 wrote 0 for a GPU whose counter they could not read.
  const energyJ = kwh !== null && kwh > 0 ? kwh * joulesPerKwh : null;
  const provenance = { source: 'codecarbon', quality: 'estimated', simulated: false, band: null } as const;
  const device: RunDevice = {
    uuid: 'codecarbon-gpus',
    index: 0,
    name: cells['gpu_model'] || 'GPU',
    vendor: /nvidia|geforce|tesla|quadro/i.test(cells['gpu_model'] ?? '') ? 'nvidia' : 'unknown',
    memoryTotalBytes: null,
    powerLimitW: null,
    attribution: 'unknown',
    provenance,
  };
  // What is missing stands first: it is the reason that is told in place of a figure.
  const remarks = [
    ...(energyJ === null ? ['CodeCarbon recorded no GPU energy for this run.'] : []),
    ...(energyJ !== null && gpus === 0
      ? ['The file does not tell how many GPUs drew this energy; it is shown as that of one.']
      : []),
    `Measured by ${['CodeCarbon', cells['codecarbon_version']].filter(Boolean).join(' ')} for the ${cells['tracking_mode'] || 'machine'}, not by Perjoule; its time names no zone and was read as local.`,
  ];
  for (const [name, column] of [
    ['CPU', 'cpu_energy'],
    ['memory', 'ram_energy'],
  ] as const) {
    const value = numberIn(row, column);
    if (value !== null && value > 0)
      remarks.push(
        `CodeCarbon states ${formatEnergy(value * joulesPerKwh)} for the ${name}, often a model; it is not in the total.`,
      );
  }
  const record = foreignRecord({
    runId: `codecarbon-${runId}`,
    name: cells['project_name'] || 'codecarbon',
    format: 'codecarbon',
    startedAtMs: Math.max(0, Math.round(endedAtMs - durationS * 1000)),
    durationMs: durationS * 1000,
    devices: gpus > 0 || energyJ !== null ? [device] : [],
    energyJ,
    missing: gpus > 0 ? 'notSupported' : 'notFound',
    coverage: 1,
    totals: { method: null, provenance: energyJ === null ? null : provenance },
    steps: null,
    stepMarks: [],
    remarks,
  });
  return { record: checkRecord(record), blocks: [], format: 'codecarbon' };
}
