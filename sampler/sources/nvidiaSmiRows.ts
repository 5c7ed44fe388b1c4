/** The text that `nvidia-smi` prints, as values. Columns are told by position: headers are renamed by the driver. */

import type { DeviceReading } from './source.ts';

/** Columns of the looping query, in order. `optional` ones are dropped when the driver does not know them. */
export const columns = [
  { field: 'index', optional: false },
  { field: 'uuid', optional: false },
  { field: 'name', optional: false },
  { field: 'memory.total', optional: true },
  { field: 'power.draw.instant', optional: true },
  { field: 'power.draw', optional: true },
  { field: 'utilization.gpu', optional: true },
  { field: 'memory.used', optional: true },
  { field: 'enforced.power.limit', optional: true },
  { field: 'clocks.sm', optional: true },
  { field: 'temperature.gpu', optional: true },
] as const;
export type Field = (typeof columns)[number]['field'];

/** Cells by field; only those that hold what they should. */
export interface Row {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  readonly numbers: Partial<Record<Field, number>>;
}

const number = /^-?\d+(\.\d+)?$/;

/** Null when the line is not a row of these fields. A cell that is no number (`[N/A]`, an error) is left out. */
export function parseRow(line: string, fields: readonly Field[]): Row | null {
  const cells = line.split(',').map((cell) => cell.trim());
  if (cells.length !== fields.length) return null;
  const text = (field: Field): string => cells[fields.indexOf(field)] ?? '';
  const uuid = text('uuid');
  const index = text('index');
  if (!/^(GPU|MIG)-[\w-]+/.test(uuid) || !/^\d+$/.test(index)) return null;
  const numbers: Partial<Record<Field, number>> = {};
  for (const [position, field] of fields.entries()) {
    const cell = (cells[position] ?? '').replace(/ (W|MiB|MHz|%|C)$/, '');
    if (number.test(cell)) numbers[field] = Number(cell);
  }
  return { uuid, index: Number(index), name: text('name'), numbers };
}

/** Which of the power fields a device uses: the instant one, and beside it the mean of a second. */
export interface PowerFields {
  readonly instant: boolean;
  readonly average: boolean;
}

export function readingOf(row: Row, timeMs: number, used: PowerFields): DeviceReading {
  const { numbers } = row;
  const powerW = numbers[used.instant ? 'power.draw.instant' : 'power.draw'];
  const averagePowerW = used.average ? numbers['power.draw'] : undefined;
  const utilization = numbers['utilization.gpu'];
  const memoryUsed = numbers['memory.used'];
  const powerLimitW = numbers['enforced.power.limit'];
  const smClockMHz = numbers['clocks.sm'];
  const temperatureC = numbers['temperature.gpu'];
  return {
    uuid: row.uuid,
    timeMs,
    ...(powerW === undefined ? {} : { powerW }),
    ...(averagePowerW === undefined ? {} : { averagePowerW }),
    ...(utilization === undefined ? {} : { utilization: utilization / 100 }),
    ...(memoryUsed === undefined ? {} : { memoryUsedBytes: memoryUsed * 2 ** 20 }),
    ...(powerLimitW === undefined ? {} : { powerLimitW }),
    ...(smClockMHz === undefined ? {} : { smClockMHz }),
    ...(temperatureC === undefined ? {} : { temperatureC }),
  };
}

/** The field that the driver refuses, from its message; one unknown field fails the whole query. */
export function refusedField(stdout: string): string | null {
  return /Field "([\w.]+)" is not a valid field to query/.exec(stdout)?.[1] ?? null;
}

/** Pairs of device and process, from `--query-compute-apps=gpu_uuid,pid`. */
export function parseComputeApps(stdout: string): readonly { uuid: string; pid: number }[] {
  const found: { uuid: string; pid: number }[] = [];
  for (const line of stdout.split('\n')) {
    const [uuid, pid] = line.split(',').map((cell) => cell.trim());
    if (uuid?.startsWith('GPU-') && pid !== undefined && /^\d+$/.test(pid))
      found.push({ uuid, pid: Number(pid) });
  }
  return found;
}
