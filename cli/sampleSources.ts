/** Reads the power sources at a steady rate and prints what they say, until the time is over or Ctrl-C. */

import { type Provenance, provenanceTag, type Quality } from '../contracts/provenance.ts';
import {
  formatBytes,
  formatDuration,
  formatEnergy,
  formatPower,
  formatShare,
  notAvailable,
} from '../contracts/units.ts';
import { createRunInsight, type RunInsight } from '../insight/runInsight.ts';
import type { KeptDevice } from '../sampler/sourceKeeper.ts';
import type { DeviceReading } from '../sampler/sources/source.ts';
import { type LocalSources, openLocalSources } from './localSources.ts';
import type { SampleOptions } from './sample.ts';
import { plain, shortened } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const say = (text: string): void => {
  process.stderr.write(`perjoule: ${plain(text)}\n`);
};

export async function sampleSources(options: SampleOptions): Promise<void> {
  let sources: LocalSources | undefined;
  try {
    sources = await openLocalSources({
      rateHz: options.hz,
      ...(options.source === undefined ? {} : { source: options.source }),
      ...(options.prometheus === undefined ? {} : { prometheus: options.prometheus }),
      ...(options.replay === undefined ? {} : { replay: options.replay }),
    });
    if (sources.keeper.devices().length === 0) {
      for (const { label, detail, remedy } of sources.keeper.statuses())
        say(`${label}: ${detail} ${remedy ?? ''}`);
      process.exitCode = 2;
      return;
    }
    await readUntilOver(sources, options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    process.exitCode = 2;
  } finally {
    sources?.close();
  }
}

/** What a reading is printed with; of a device whose readings go on. */
interface Shown {
  readonly entry: KeptDevice;
  readonly insight: RunInsight;
  /** What its counter gave first; null without one. */
  readonly firstJ: number | null;
}

function readUntilOver({ keeper }: LocalSources, options: SampleOptions): Promise<void> {
  const shown = new Map<string, Shown>();
  const show = options.format === 'jsonl' ? jsonLine : tableLine;
  const startedMs = performance.now();
  /** The sources' own clock at the first reading. */
  let zeroMs: number | undefined;
  if (options.format === 'table') process.stdout.write(`${tableHead}\n`);
  keeper.onChanged = (statuses) => {
    for (const { state, detail, remedy } of statuses)
      if (state === 'lost' || state === 'failed') say(`${detail} ${remedy ?? ''}`);
  };
  return new Promise((resolve) => {
    const timer = setInterval(round, 1000 / options.hz);
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
    // The reader of our output may leave early (`| head`).
    process.stdout.on('error', end);

    function round(): void {
      for (const reading of keeper.read()) {
        const found = keeper.devices().find(({ device }) => device.uuid === reading.uuid);
        if (found === undefined) continue;
        zeroMs ??= reading.timeMs;
        const { entry, insight, firstJ } = known(shown, found, reading);
        const timeMs = Math.max(0, reading.timeMs - zeroMs);
        insight.addTick({ timeMs, gpus: [{ ...reading, timeMs }], host: null });
        process.stdout.write(`${show(reading, entry, timeMs, firstJ)}\n`);
      }
      // A recording ends by itself.
      if (options.replay !== undefined && keeper.statuses().every(({ state }) => state !== 'found')) end();
      else if (options.seconds !== undefined && performance.now() - startedMs >= options.seconds * 1000)
        end();
    }
    function end(): void {
      clearInterval(timer);
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      if (options.format === 'table')
        for (const { entry, insight } of shown.values()) say(energyText(entry, insight));
      resolve();
    }
  });
}

function known(shown: Map<string, Shown>, entry: KeptDevice, first: DeviceReading): Shown {
  const before = shown.get(entry.device.uuid);
  if (before !== undefined) return before;
  const context = { sourceId: entry.sourceId, simulated: entry.device.simulated === true };
  const insight = createRunInsight([entry.device], context);
  const next = { entry, insight, firstJ: first.energyJ ?? null };
  shown.set(entry.device.uuid, next);
  return next;
}

/** `NVIDIA H100 #0: 3.21 kJ in 00:10 (counter, band 5 %)`. */
function energyText({ device, sourceId }: KeptDevice, insight: RunInsight): string {
  const { energyJ, durationMs, provenance } = insight.snapshot().totals;
  const name = `${device.name} #${device.index}`;
  if (energyJ === null)
    return `${name}: too few readings for an energy; sample longer or with a higher --hz.`;
  const how = `${sourceId}, ${provenanceTag(provenance)}`;
  return `${name}: ${formatEnergy(energyJ)} in ${formatDuration(durationMs)} (${how})`;
}

const columns = [
  ['TIME', 9],
  ['DEVICE', 28],
  ['POWER', 8],
  ['ENERGY', 9],
  ['UTIL', 6],
  ['MEMORY', 9],
  ['LIMIT', 7],
  ['CLOCK', 9],
  ['TEMP', 6],
] as const;

const line = (cells: readonly string[], rest: string): string => {
  const padded = columns.map(([, width], at) =>
    at === 1 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width),
  );
  return `${padded.join('  ')}  ${rest}`;
};

const tableHead = line(
  columns.map(([name]) => name),
  'SOURCE, QUALITY',
);

const rounded = (value: number | undefined, unit: string): string =>
  value === undefined ? notAvailable : `${Math.round(value)} ${unit}`;

const quality = ({ device, sourceId }: KeptDevice, power: Quality): Provenance => ({
  source: sourceId,
  quality: power,
  simulated: device.simulated === true,
  band: device.band,
});

/** Since the first row; not available where the counter began anew meanwhile. */
const sinceFirst = ({ energyJ }: DeviceReading, firstJ: number | null): number | null =>
  energyJ == null || firstJ === null || energyJ < firstJ ? null : energyJ - firstJ;

/** The last column says again what is simulated, so that a long name does without it. */
function deviceText({ name, index, simulated }: KeptDevice['device'], longest: number): string {
  const text = `#${index} ${plain(name)}`;
  const bare = text.length > longest && simulated === true ? text.replace(/ \(simulated\)$/, '') : text;
  return shortened(bare, longest);
}

function tableLine(reading: DeviceReading, entry: KeptDevice, timeMs: number, firstJ: number | null): string {
  const { device, sourceId } = entry;
  const cells = [
    `${(timeMs / 1000).toFixed(1)} s`,
    deviceText(device, columns[1][1]),
    formatPower(reading.powerW),
    formatEnergy(sinceFirst(reading, firstJ)),
    formatShare(reading.utilization),
    formatBytes(reading.memoryUsedBytes),
    formatPower(reading.powerLimitW),
    rounded(reading.smClockMHz, 'MHz'),
    rounded(reading.temperatureC, '°C'),
  ];
  return line(cells, `${sourceId}, ${provenanceTag(quality(entry, device.powerQuality))}`);
}

/** Units are in the names; what the device does not give is null. */
function jsonLine(reading: DeviceReading, { device, sourceId }: KeptDevice, timeMs: number): string {
  return JSON.stringify({
    timeMs: Math.round(timeMs),
    device: device.uuid,
    index: device.index,
    name: device.name,
    source: sourceId,
    simulated: device.simulated === true,
    powerQuality: device.powerQuality,
    energyQuality: device.hasEnergyCounter ? 'counterUnchecked' : null,
    band: device.band,
    powerW: reading.powerW ?? null,
    energyJ: reading.energyJ ?? null,
    utilization: reading.utilization ?? null,
    memoryUsedBytes: reading.memoryUsedBytes ?? null,
    powerLimitW: reading.powerLimitW ?? null,
    smClockMHz: reading.smClockMHz ?? null,
    temperatureC: reading.temperatureC ?? null,
  });
}
