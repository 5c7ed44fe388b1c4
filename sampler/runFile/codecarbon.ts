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
  const longest = new Map<
    string,
    { readonly row: CsvRow; readonly at: number; readonly durationS: number }
  >();
  for (const [index, row] of readCsv(text).entries()) {
    const at = index + 1;
    const durationS = numberIn(row, 'duration', at);
    const runId = row['run_id'] ?? '';
    if (durationS === null || durationS < 0 || runId === '')
      throw new RunFileError(`Row ${at} has no run_id or no duration.`);
    // A run that was flushed in between has a row each time; the longest one includes the others.
    if (durationS >= (longest.get(runId)?.durationS ?? 0)) longest.set(runId, { row, at, durationS });
  }
  return [...longest].map(([runId, { row, at, durationS }]) => readRow(row, at, runId, durationS));
}

function readRow(row: CsvRow, at: number, runId: string, durationS: number): ReadRun {
  // The time is local to the machine that wrote it, at the end of the run, and names no zone.
  const endedAtMs = Date.parse(row['timestamp'] ?? '');
  if (!Number.isFinite(endedAtMs)) throw new RunFileError(`Row ${at} has no readable timestamp.`);
  const gpus = numberIn(row, 'gpu_count', at) ?? 0;
  const kwh = numberIn(row, 'gpu_energy', at);
  // Versions before 3.1 wrote 0 for a GPU whose counter they could not read.
  const energyJ = gpus > 0 && kwh !== null && kwh > 0 ? kwh * joulesPerKwh : null;
  const provenance = { source: 'codecarbon', quality: 'estimated', simulated: false, band: null } as const;
  const device: RunDevice = {
    uuid: 'codecarbon-gpus',
    index: 0,
    name: row['gpu_model'] || 'GPU',
    vendor: /nvidia|geforce|tesla|quadro/i.test(row['gpu_model'] ?? '') ? 'nvidia' : 'unknown',
    memoryTotalBytes: null,
    powerLimitW: null,
    attribution: 'unknown',
    provenance,
  };
  const remarks = [
    `Measured by ${['CodeCarbon', row['codecarbon_version']].filter(Boolean).join(' ')} for the ${row['tracking_mode'] || 'machine'}, not by Perjoule; its time names no zone and was read as local.`,
  ];
  if (energyJ === null) remarks.push('CodeCarbon recorded no GPU energy for this run.');
  for (const [name, column] of [
    ['CPU', 'cpu_energy'],
    ['memory', 'ram_energy'],
  ] as const) {
    const value = numberIn(row, column, at);
    if (value !== null && value > 0)
      remarks.push(
        `CodeCarbon states ${formatEnergy(value * joulesPerKwh)} for the ${name}, often a model; it is not in the total.`,
      );
  }
  const record = foreignRecord({
    runId: `codecarbon-${runId}`,
    name: row['project_name'] || 'codecarbon',
    format: 'codecarbon',
    startedAtMs: Math.max(0, Math.round(endedAtMs - durationS * 1000)),
    durationMs: durationS * 1000,
    devices: gpus > 0 ? [device] : [],
    energyJ,
    coverage: 1,
    totals: { method: null, provenance: energyJ === null ? null : provenance },
    steps: null,
    stepMarks: [],
    remarks,
  });
  return { record: checkRecord(record), blocks: [], format: 'codecarbon' };
}
