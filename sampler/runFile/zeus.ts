/**
 * The log file of Zeus' `ZeusMonitor`: a row a measurement window, joules for each GPU. Windows may nest: one that
 * spans all others is the run and a name that repeats inside it are its steps.
 */

import { createHash } from 'node:crypto';
import type { EnergyMark } from '../../contracts/runFile.ts';
import type { RunDevice } from '../../contracts/runs.ts';
import { stepFigures } from '../../insight/steps.ts';
import { checkRecord } from './checkRecord.ts';
import { numberIn, readCsv } from './csv.ts';
import { foreignRecord, type ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';

interface Window {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Joules of each GPU; null where the counter did not move: the window was too short for it. */
  readonly energiesJ: readonly (number | null)[];
}

const energyColumn = /^gpu(\d+)_energy$/;

export const isZeus = (header: string): boolean =>
  /^start_time,window_name,elapsed_time(?:,|$)/.test(header.trim());

/** Clock reads of neighbouring windows may touch by this much. */
const touchMs = 1;

/** @throws RunFileError */
export function readZeus(text: string): readonly ReadRun[] {
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  const columns = header.split(',').filter((name) => energyColumn.test(name));
  if (columns.length === 0) throw new RunFileError('The file has no column gpu0_energy, gpu1_energy …');
  const windows = readCsv(text).map((row): Window => {
    const startS = numberIn(row, 'start_time');
    const elapsedS = numberIn(row, 'elapsed_time');
    if (startS === null || startS < 0 || elapsedS === null || elapsedS < 0)
      throw new RunFileError(`Line ${row.line} has no start_time or no elapsed_time; correct it there.`);
    const energiesJ = columns.map((name) => {
      const value = numberIn(row, name);
      if (value !== null && value < 0)
        throw new RunFileError(`Line ${row.line}: ${name} is less than 0; correct it there.`);
      return value === 0 ? null : value;
    });
    return {
      name: row.cells['window_name'] ?? '',
      fromMs: startS * 1000,
      toMs: (startS + elapsedS) * 1000,
      energiesJ,
    };
  });
  if (windows.length === 0)
    throw new RunFileError('The file has no finished window yet; import it again once one is over.');
  const ordered = windows.toSorted((a, b) => a.fromMs - b.fromMs || b.toMs - a.toMs);
  const { whole, parts } = splitWindows(ordered);
  const fromMs = whole?.fromMs ?? ordered[0]?.fromMs ?? 0;
  const toMs = whole?.toMs ?? Math.max(...ordered.map((window) => window.toMs));
  const perGpu = columns.map((_, gpu) =>
    whole === null ? sumOf(parts, gpu) : (whole.energiesJ[gpu] ?? null),
  );
  const energyJ = perGpu.every((joules) => joules !== null)
    ? perGpu.reduce((sum, joules) => sum + (joules ?? 0), 0)
    : null;
  const measuredMs =
    whole === null ? parts.reduce((sum, part) => sum + part.toMs - part.fromMs, 0) : toMs - fromMs;
  const marks = stepMarks(parts, fromMs);
  const provenance = { source: 'zeus', quality: 'counterUnchecked', simulated: false, band: null } as const;
  // What is missing stands first: it is the reason that is told in place of a figure.
  const remarks = [
    ...(energyJ === null ? ['A window is too short for the energy counter, so there is no total.'] : []),
    'Measured by Zeus, not by Perjoule. On GPUs before Volta its figures are integrated power.',
  ];
  if (whole === null && measuredMs < toMs - fromMs)
    remarks.push('The time between the windows was not measured and is not in the total.');
  const record = foreignRecord({
    runId: `zeus-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`,
    name: (whole ?? parts[0])?.name || 'zeus',
    format: 'zeus',
    startedAtMs: Math.round(fromMs),
    durationMs: toMs - fromMs,
    devices: columns.map((name) => deviceOf(name, provenance)),
    energyJ,
    missing: 'tooShort',
    coverage: toMs > fromMs ? Math.min(1, measuredMs / (toMs - fromMs)) : 0,
    totals: { method: energyJ === null ? null : 'counter', provenance: energyJ === null ? null : provenance },
    steps: marks.length > 1 ? stepFigures(marks, null) : null,
    stepMarks: marks,
    remarks,
  });
  return [{ record: checkRecord(record), blocks: [], format: 'zeus' }];
}

/** The window that spans all others, if there is one, and the windows of one name that follow each other. */
function splitWindows(ordered: readonly Window[]): {
  readonly whole: Window | null;
  readonly parts: readonly Window[];
} {
  const first = ordered[0];
  const spans =
    first !== undefined && ordered.length > 1 && ordered.every(({ toMs }) => toMs <= first.toMs + touchMs);
  const inner = spans ? ordered.slice(1) : ordered;
  const byName = new Map<string, Window[]>();
  for (const window of inner) byName.set(window.name, [...(byName.get(window.name) ?? []), window]);
  const [most = []] = [...byName.values()].toSorted((a, b) => b.length - a.length);
  const parts = spans ? most : inner;
  const overlap = parts.some((part, index) => part.fromMs < (parts[index - 1]?.toMs ?? 0) - touchMs);
  if (!overlap) return { whole: spans ? first : null, parts };
  if (spans) return { whole: first, parts: [] };
  throw new RunFileError(
    'The windows overlap and none spans the others, so their joules cannot be added up; keep the rows of one name.',
  );
}

function sumOf(parts: readonly Window[], gpu: number): number | null {
  return parts.reduce<number | null>((sum, { energiesJ }) => {
    const joules = energiesJ[gpu] ?? null;
    return sum === null || joules === null ? null : sum + joules;
  }, 0);
}

/** A mark at the end of each window; energy counts inside the windows only, so that pauses are in no step. */
function stepMarks(parts: readonly Window[], fromMs: number): readonly EnergyMark[] {
  const first = parts[0];
  if (first === undefined || parts.length < 2 || parts.some(({ name }) => name !== first.name)) return [];
  const marks: EnergyMark[] = [{ count: 0, timeMs: first.fromMs - fromMs, energyJ: 0 }];
  for (const [index, { toMs, energiesJ }] of parts.entries()) {
    if (energiesJ.some((joules) => joules === null)) return [];
    const energyJ = energiesJ.reduce<number>(
      (sum, joules) => sum + (joules ?? 0),
      marks.at(-1)?.energyJ ?? 0,
    );
    marks.push({ count: index + 1, timeMs: toMs - fromMs, energyJ });
  }
  return marks;
}

function deviceOf(column: string, provenance: RunDevice['provenance']): RunDevice {
  const index = Number(energyColumn.exec(column)?.[1] ?? 0);
  return {
    uuid: `zeus-gpu${index}`,
    index,
    name: 'GPU',
    vendor: 'unknown',
    memoryTotalBytes: null,
    powerLimitW: null,
    attribution: 'unknown',
    provenance,
  };
}
