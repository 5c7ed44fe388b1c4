/**
 * The profile of a pipeline as Zeus and the artifact of Perseus write it: a row for each stage, instruction and GPU
 * frequency, with the time and energy of one micro-batch on one GPU.
 *
 *     stage,instruction,frequency,time,energy
 *     0,forward,1410,0.0502,23.8          MHz, s, J
 *
 * Columns may come in any order and others may stand beside them; a frequency that was measured repeatedly counts with its means.
 */

import type { FrequencyMeasurement } from './paretoOptions.ts';
import { type Instruction, instructions } from './pipelineSchedule.ts';
import { PlanError } from './planError.ts';

/** What was measured of one stage, by instruction, in the order of the file. */
export type StageMeasurements = Readonly<Record<Instruction, readonly FrequencyMeasurement[]>>;

export interface StageProfile {
  /** By stage, from 0. */
  readonly stages: readonly StageMeasurements[];
}

const columns = ['stage', 'instruction', 'frequency', 'time', 'energy'] as const;
type Column = (typeof columns)[number];

interface ProfileRow extends FrequencyMeasurement {
  readonly stage: number;
  readonly instruction: Instruction;
}

/** Far more than any pipeline has; a larger number is a slip, and would be asked for stage by stage. */
const mostStages = 10_000;

/** No frequency, time or energy of one micro-batch comes near it. */
const largestFigure = 1e9;

/** @throws PlanError */
export function parseStageProfile(text: string): StageProfile {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const headAt = lines.findIndex((line) => line.trim() !== '');
  const places = columnPlaces(cellsOf(lines[headAt] ?? ''));
  const rows = lines.flatMap((line, at) =>
    at <= headAt || line.trim() === '' ? [] : [readRow(cellsOf(line), places, at + 1)],
  );
  if (rows.length === 0)
    throw new PlanError('the profile has no row below its header; write one for each frequency measured.');
  const count = rows.reduce((most, { stage }) => Math.max(most, stage + 1), 0);
  return { stages: Array.from({ length: count }, (_, stage) => measurementsOf(rows, stage)) };
}

const cellsOf = (line: string): string[] =>
  line.split(',').map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );

type Places = Readonly<Record<Column, number>>;

function columnPlaces(header: readonly string[]): Places {
  const names = header.map((name) => name.toLowerCase());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0)
    throw new PlanError(
      `the profile's first line names no column ${missing.map((name) => `“${name}”`).join(', ')}; ` +
        `begin the file with the line “${columns.join(',')}”.`,
    );
  const places = columns.map((column) => [column, names.indexOf(column)] as const);
  return Object.fromEntries(places) as Record<Column, number>;
}

function readRow(cells: readonly string[], places: Places, line: number): ProfileRow {
  const cell = (column: Column): string => cells[places[column]] ?? '';
  const wrong = (column: Column, wanted: string): PlanError => {
    const found = cell(column) === '' ? `no ${column}` : `“${cell(column).slice(0, 40)}” as ${column}`;
    return new PlanError(`line ${line} of the profile has ${found}; write ${wanted}, or remove the line.`);
  };
  const positive = (column: Column, unit: string): number => {
    const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell(column)) ? Number(cell(column)) : 0;
    if (value > 0 && value <= largestFigure) return value;
    throw wrong(column, `a number of ${unit} above 0`);
  };
  const stage = /^\d+(\.0*)?$/.test(cell('stage')) ? Number(cell('stage')) : mostStages;
  if (stage >= mostStages) throw wrong('stage', `the stage's number, from 0 to ${mostStages - 1}`);
  const instruction = instructions.find((name) => name === cell('instruction').toLowerCase());
  if (instruction === undefined)
    throw wrong('instruction', instructions.map((name) => `“${name}”`).join(' or '));
  return {
    stage,
    instruction,
    frequencyMHz: positive('frequency', 'MHz'),
    timeS: positive('time', 'seconds'),
    energyJ: positive('energy', 'joules'),
  };
}

/** Both instructions of a stage. @throws PlanError where one has no row */
function measurementsOf(rows: readonly ProfileRow[], stage: number): StageMeasurements {
  const measured = (instruction: Instruction): FrequencyMeasurement[] => {
    const own = rows.filter((row) => row.stage === stage && row.instruction === instruction);
    if (own.length > 0) return meanByFrequency(own);
    throw new PlanError(
      `the profile has no row of stage ${stage} ${instruction}; measure it and add its rows (stages count from 0).`,
    );
  };
  return { forward: measured('forward'), backward: measured('backward') };
}

function meanByFrequency(rows: readonly ProfileRow[]): FrequencyMeasurement[] {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const frequencies = new Set(rows.map(({ frequencyMHz }) => frequencyMHz));
  return [...frequencies].map((frequencyMHz) => {
    const alike = rows.filter((row) => row.frequencyMHz === frequencyMHz);
    return {
      frequencyMHz,
      timeS: mean(alike.map(({ timeS }) => timeS)),
      energyJ: mean(alike.map(({ energyJ }) => energyJ)),
    };
  });
}
