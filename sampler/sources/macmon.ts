/**
 * Apple silicon through `macmon pipe`, a program of the user's that needs no root and prints one JSON object a line.
 * Its figures are Apple's own model of the chip, not a meter: they are estimates and say so.
 */

import type { MissingReason } from '../../contracts/provenance.ts';
import { answersOf } from './answers.ts';
import type {
  DeviceReading,
  LineStream,
  OpenOptions,
  PowerSource,
  SourceDevice,
  SourceDoor,
  SourceSession,
} from './source.ts';

const source = { id: 'macmon', label: 'Apple silicon (macmon)' } as const;
const programs = ['macmon', '/opt/homebrew/bin/macmon', '/usr/local/bin/macmon', '/opt/local/bin/macmon'];
const installRemedy = 'Install it with: brew install macmon';
/** Nothing was published of the model's error. */
const band = 0.2;
const shortestIntervalMs = 200;
/** Longest wait for a line, on top of three intervals. */
const silenceMs = 5_000;
/** After so many unreadable lines without a good one the program is given up. */
const mostBadLines = 20;
const nameTimeoutMs = 5_000;

const intervalOf = (rateHz: number): number => Math.max(shortestIntervalMs, Math.round(1000 / rateHz));

interface Part {
  readonly uuid: string;
  readonly name: string;
  readonly kind?: 'cpu' | 'memory';
  read(line: Fields): Omit<DeviceReading, 'uuid' | 'timeMs'> | null;
}
type Fields = Readonly<Record<string, unknown>>;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
const power = (value: unknown): { readonly powerW: number } | null => {
  const powerW = numberOf(value);
  return powerW === undefined ? null : { powerW };
};

function gpuReading(line: Fields): ReturnType<Part['read']> {
  const powered = power(line['gpu_power']);
  if (powered === null) return null;
  // Older versions tell frequency and share as a pair.
  const [pairMHz, pairShare] = Array.isArray(line['gpu_usage']) ? (line['gpu_usage'] as unknown[]) : [];
  const share = numberOf(line['gpu_active_ratio'] ?? pairShare);
  const clockMHz = numberOf(line['gpu_freq_mhz'] ?? pairMHz);
  const temperatureC = numberOf((line['temp'] as Fields | undefined)?.['gpu_temp_avg']);
  return {
    ...powered,
    ...(share === undefined ? {} : { utilization: Math.min(1, share) }),
    ...(clockMHz === undefined ? {} : { smClockMHz: clockMHz }),
    // 0 is a sensor that is asleep.
    ...(temperatureC === undefined || temperatureC === 0 ? {} : { temperatureC }),
  };
}

const partsOf = (chip: string): readonly Part[] => [
  { uuid: 'apple-gpu', name: `${chip} GPU`, read: gpuReading },
  { uuid: 'apple-cpu', name: `${chip} CPU`, kind: 'cpu', read: (line) => power(line['cpu_power']) },
  { uuid: 'apple-memory', name: `${chip} memory`, kind: 'memory', read: (line) => power(line['ram_power']) },
];

function deviceOf({ uuid, name, kind }: Part, intervalMs: number): SourceDevice {
  return {
    uuid,
    index: 0,
    name,
    vendor: 'apple',
    memoryTotalBytes: null,
    powerLimitW: null,
    powerQuality: 'estimated',
    hasEnergyCounter: false,
    band,
    // Each line is the mean since the one before.
    sensing: { updatePeriodMs: intervalMs, windowMs: intervalMs },
    ...(kind === undefined ? {} : { kind }),
  };
}

/** The object of a line; null for anything else. */
function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function openSession(door: SourceDoor, program: string, options: OpenOptions, chip: string): SourceSession {
  const parts = partsOf(chip);
  let intervalMs = intervalOf(options.rateHz);
  let devices = parts.map((part) => deviceOf(part, intervalMs));
  let arrived: DeviceReading[] = [];
  let lost: { readonly reason: MissingReason; readonly detail: string } | null = null;
  let stream: LineStream | null = null;
  let badLines = 0;
  let deadlineMs = 0;

  const give = (reason: MissingReason, detail: string): void => {
    lost ??= { reason, detail };
    stream?.stop();
    stream = null;
  };

  function takeLine(text: string): void {
    if (text.trim() === '') return;
    const fields = fieldsOf(text);
    const timeMs = door.nowMs();
    const readings = fields === null ? [] : parts.map((part) => ({ part, values: part.read(fields) }));
    if (readings[0]?.values == null) {
      badLines += 1;
      if (badLines >= mostBadLines)
        give('badOutput', `macmon printed something unreadable: ${text.slice(0, 120)}`);
      return;
    }
    badLines = 0;
    deadlineMs = timeMs + silenceMs + 3 * intervalMs;
    for (const { part, values } of readings)
      if (values !== null) arrived.push({ uuid: part.uuid, timeMs, ...values });
  }

  function start(): void {
    deadlineMs = door.nowMs() + silenceMs + 3 * intervalMs;
    const started = door.stream(program, ['pipe', '-i', `${intervalMs}`], {
      line: (text) => {
        if (stream === started) takeLine(text);
      },
      end: (exitCode) => {
        if (stream === started) give('lost', `macmon ended with exit code ${exitCode ?? 'none'}.`);
      },
    });
    stream = started;
  }

  start();
  return {
    get devices() {
      return devices;
    },
    read() {
      if (lost === null && door.nowMs() > deadlineMs) give('timeout', 'macmon went silent.');
      const readings = arrived;
      arrived = [];
      return readings;
    },
    processes: () => null,
    setRate(rateHz) {
      const next = intervalOf(rateHz);
      if (next === intervalMs || lost !== null) return;
      intervalMs = next;
      devices = parts.map((part) => deviceOf(part, intervalMs));
      const old = stream;
      stream = null;
      old?.stop();
      start();
    },
    lost: () => lost,
    close() {
      const old = stream;
      stream = null;
      old?.stop();
    },
  };
}

export function createMacmon(platform: NodeJS.Platform = process.platform): PowerSource {
  const { found, without } = answersOf(source);
  return {
    ...source,
    simulated: false,
    async open(door, options) {
      if (platform !== 'darwin')
        return without({
          state: 'notFound',
          reason: 'notSupported',
          detail: 'This machine has no Apple silicon.',
          remedy: null,
        });
      const program = door.findProgram(programs);
      if (program === null)
        return without({
          state: 'notFound',
          reason: 'notFound',
          detail: 'The program macmon, which reads the power of Apple silicon without root, is not there.',
          remedy: installRemedy,
        });
      const named = await door.run('/usr/sbin/sysctl', ['-n', 'machdep.cpu.brand_string'], nameTimeoutMs);
      const chip = named.stdout.trim();
      if (!chip.startsWith('Apple'))
        return without({
          state: 'failed',
          reason: 'notSupported',
          detail: 'This Mac has an Intel processor, whose power only root may read.',
          remedy: null,
        });
      return found(
        openSession(door, program, options, chip),
        `${chip}: GPU, CPU and memory, as Apple's model of the chip estimates them.`,
      );
    },
  };
}
