/**
 * NVIDIA GPUs through one long-lived `nvidia-smi`: a process that loops costs a hundredth of one per sample.
 * No version of the program offers the energy counter, so energy is integrated from its power readings.
 */

import type { MissingReason, Quality } from '../../contracts/provenance.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { chipSensor } from './nvidiaChips.ts';
import {
  columns,
  type Field,
  type PowerFields,
  parseComputeApps,
  parseRow,
  type Row,
  readingOf,
  refusedField,
} from './nvidiaSmiRows.ts';
import type {
  CommandResult,
  DeviceProcess,
  DeviceReading,
  LineStream,
  OpenOptions,
  PowerSource,
  SourceDevice,
  SourceDoor,
  SourceSession,
} from './source.ts';

const id = 'nvidia-smi';
const label = 'NVIDIA GPUs (nvidia-smi)';
const installRemedy =
  'Install the NVIDIA driver, or set "perjoule.sampler.nvidiaSmiPath" where nvidia-smi is in an unusual place.';
const driverRemedy = 'Run nvidia-smi in a terminal; when it fails there too, reload the driver or reboot.';

/** Times in milliseconds; tests shorten them. */
export interface NvidiaSmiLimits {
  /** The first query. Without persistence mode the driver is loaded for it, which takes long on big hosts. */
  readonly firstQueryMs: number;
  /** The same after the first failure, and the wait for a loop's first row. */
  readonly patientQueryMs: number;
  /** Longest silence of the loop. */
  readonly silenceMs: number;
  readonly processListEveryMs: number;
}

export const usualLimits: NvidiaSmiLimits = {
  firstQueryMs: 10_000,
  patientQueryMs: 45_000,
  silenceMs: 5_000,
  processListEveryMs: 2_000,
};

/**
 * What the loop is asked to wait, milliseconds. Less than the rate says, so that no value of a driver that renews them
 * at this rate is missed when a row comes late; there is no counter that would tell of it.
 */
export const smiPeriodMs = (rateHz: number): number => Math.round(930 / rateHz);

/** After so many unreadable lines without a good one the loop is given up. */
const mostBadLines = 20;

const programs: readonly string[] =
  process.platform === 'win32'
    ? [
        'nvidia-smi.exe',
        'C:\\Windows\\System32\\nvidia-smi.exe',
        'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvidia-smi.exe',
      ]
    : ['nvidia-smi', '/usr/bin/nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'];

/** @param wanted the path of the settings; null searches */
export const nvidiaSmiProgram = (door: SourceDoor, wanted: string | null): string | null =>
  door.findProgram(wanted === null ? programs : [wanted]);

interface Failure {
  readonly reason: MissingReason;
  readonly detail: string;
  readonly remedy: string;
}

function queryArguments(fields: readonly Field[]): string[] {
  return [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
}

/** What a failed query means. Errors come on standard output, with NVML's number as the exit code. */
function failureOf(result: CommandResult): Failure {
  const said = result.stdout.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  const because = said === '' ? '' : `: ${said}`;
  if (result.timedOut)
    return {
      reason: 'timeout',
      detail: 'nvidia-smi did not answer in time and was stopped.',
      remedy: driverRemedy,
    };
  switch (result.exitCode) {
    case 4:
      return {
        reason: 'noPermission',
        detail: `nvidia-smi has no permission${because}`,
        remedy: driverRemedy,
      };
    case 6:
    case 9:
    case 12:
      return {
        reason: 'notFound',
        detail: `nvidia-smi found no usable GPU${because}`,
        remedy: installRemedy,
      };
    case 15:
    case 16:
      return { reason: 'lost', detail: `The GPU was lost${because}`, remedy: driverRemedy };
    case 0:
      return {
        reason: 'badOutput',
        detail: 'nvidia-smi printed something unreadable.',
        remedy: driverRemedy,
      };
    default:
      return {
        reason: 'badOutput',
        detail: `nvidia-smi failed with code ${result.exitCode}${because}`,
        remedy: driverRemedy,
      };
  }
}

/** Asks once, and again without each field that this driver does not know. */
async function probe(
  door: SourceDoor,
  program: string,
  timeoutMs: number,
): Promise<{ fields: readonly Field[]; rows: readonly Row[] } | Failure> {
  let fields: readonly Field[] = columns.map((column) => column.field);
  for (;;) {
    const result = await door.run(program, queryArguments(fields), timeoutMs);
    if (!result.timedOut && result.exitCode === 0) {
      const lines = result.stdout.split('\n').filter((line) => line.trim() !== '');
      const rows = lines.map((line) => parseRow(line, fields)).filter((row) => row !== null);
      return rows.length > 0 ? { fields, rows } : failureOf(result);
    }
    const refused = refusedField(result.stdout);
    const column = columns.find((candidate) => candidate.field === refused);
    if (column === undefined || !column.optional || !fields.includes(column.field)) return failureOf(result);
    fields = fields.filter((field) => field !== refused);
  }
}

function deviceOf(row: Row): { readonly info: SourceDevice; readonly used: PowerFields } {
  const instant = row.numbers['power.draw.instant'] !== undefined;
  const memoryTotal = row.numbers['memory.total'];
  const quality: Quality = instant ? 'instant' : 'averaged1s';
  const { sensing, tellsAverage, band } = chipSensor(row.name, quality);
  const info: SourceDevice = {
    uuid: row.uuid,
    index: row.index,
    name: row.name,
    vendor: 'nvidia',
    memoryTotalBytes: memoryTotal === undefined ? null : memoryTotal * 2 ** 20,
    powerLimitW: row.numbers['enforced.power.limit'] ?? null,
    powerQuality: quality,
    hasEnergyCounter: false,
    band,
    ...(instant ? { sensing } : {}),
  };
  return { info, used: { instant, average: instant && tellsAverage } };
}

function openSession(
  door: SourceDoor,
  program: string,
  options: OpenOptions,
  limits: NvidiaSmiLimits,
  fields: readonly Field[],
  rows: readonly Row[],
): SourceSession {
  const found = rows.map(deviceOf);
  const devices = found.map(({ info }) => info);
  const usedFields = new Map(found.map(({ info, used }) => [info.uuid, used]));
  let arrived: DeviceReading[] = [];
  let lost: { reason: MissingReason; detail: string } | null = null;
  let stream: LineStream | null = null;
  let deadlineMs = 0;
  let badLines = 0;
  let rateHz = options.rateHz;
  /** Devices whose first row of this loop is past: that row may show full load with nothing running. */
  let settled = new Set<string>();
  let holders: readonly DeviceProcess[] | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking = false;

  function give(reason: MissingReason, detail: string): void {
    lost ??= { reason, detail };
    stream?.stop();
    stream = null;
  }

  function takeLine(line: string): void {
    if (line.trim() === '') return;
    const row = parseRow(line, fields);
    const used = row === null ? undefined : usedFields.get(row.uuid);
    if (row === null || used === undefined) {
      badLines += 1;
      if (badLines >= mostBadLines)
        give('badOutput', `nvidia-smi printed something unreadable: ${line.slice(0, 120)}`);
      return;
    }
    badLines = 0;
    const nowMs = door.nowMs();
    deadlineMs = nowMs + Math.max(limits.silenceMs, 3000 / rateHz);
    if (settled.has(row.uuid)) arrived.push(readingOf(row, nowMs, used));
    else settled.add(row.uuid);
  }

  function startLoop(): void {
    settled = new Set();
    deadlineMs = door.nowMs() + limits.patientQueryMs;
    const loop = `--loop-ms=${Math.max(10, smiPeriodMs(rateHz))}`;
    const started = door.stream(program, [...queryArguments(fields), loop], {
      line: (text) => {
        if (stream === started) takeLine(text);
      },
      end: (exitCode) => {
        if (stream !== started) return;
        stream = null;
        give(
          'lost',
          `nvidia-smi ended${exitCode === null ? '' : ` with code ${exitCode}`} while it was read.`,
        );
      },
    });
    stream = started;
  }

  async function askProcesses(): Promise<void> {
    asking = true;
    askedAtMs = door.nowMs();
    const result = await door
      .run(
        program,
        ['--query-compute-apps=gpu_uuid,pid', '--format=csv,noheader,nounits'],
        limits.firstQueryMs,
      )
      .catch(() => null);
    holders =
      result !== null && !result.timedOut && result.exitCode === 0 ? parseComputeApps(result.stdout) : null;
    asking = false;
  }

  startLoop();
  return {
    devices,
    read() {
      if (lost === null && door.nowMs() > deadlineMs)
        give('timeout', 'nvidia-smi stopped printing and was ended.');
      const readings = arrived;
      arrived = [];
      return readings;
    },
    processes() {
      if (!asking && lost === null && door.nowMs() - askedAtMs >= limits.processListEveryMs)
        void askProcesses();
      return holders;
    },
    setRate(next) {
      if (next === rateHz || lost !== null) return;
      rateHz = next;
      const before = stream;
      stream = null;
      before?.stop();
      startLoop();
    },
    lost: () => lost,
    close() {
      const before = stream;
      stream = null;
      before?.stop();
      lost ??= { reason: 'lost', detail: 'The session was closed.' };
    },
  };
}

export function createNvidiaSmi(limits: NvidiaSmiLimits = usualLimits): PowerSource {
  let failures = 0;
  const status = (rest: Omit<SourceStatus, 'id' | 'label'>): SourceStatus => ({ id, label, ...rest });
  return {
    id,
    label,
    simulated: false,
    standsInFor: 'nvml',
    async open(door, options) {
      const wanted = options.nvidiaSmiPath;
      const program = nvidiaSmiProgram(door, wanted);
      if (program === null) {
        const detail =
          wanted === null
            ? 'nvidia-smi was not found on PATH or in the usual places.'
            : `${wanted} does not exist.`;
        const missing = {
          state: 'notFound',
          reason: 'notFound',
          detail,
          remedy: installRemedy,
          deviceCount: 0,
        } as const;
        return { status: status(missing), session: null };
      }
      const patience = failures === 0 ? limits.firstQueryMs : limits.patientQueryMs;
      const found = await probe(door, program, patience).catch(
        (error: unknown): Failure => ({
          reason: 'noPermission',
          detail: `nvidia-smi could not be started: ${error instanceof Error ? error.message : String(error)}`,
          remedy: driverRemedy,
        }),
      );
      if ('reason' in found) {
        failures += 1;
        const state = found.reason === 'notFound' ? 'notFound' : 'failed';
        return { status: status({ state, ...found, deviceCount: 0 }), session: null };
      }
      const session = openSession(door, program, options, limits, found.fields, found.rows);
      const names = [...new Set(session.devices.map((device) => device.name))].join(', ');
      const count = session.devices.length;
      const detail = `${count} GPU${count === 1 ? '' : 's'} found: ${names}.`;
      return {
        status: status({ state: 'found', reason: null, detail, remedy: null, deviceCount: count }),
        session,
      };
    },
  };
}
