/** The devices' figures added up to what a run, or a window of it, is shown with. */

import type { MissingReason, Provenance, Quality } from '../contracts/provenance.ts';
import type { EnergyTotals, SharedEnergy, WallEnergy, WallMeter } from '../contracts/runs.ts';
import type { MeterFigures } from './energy.ts';

/** What every figure of a run says of its origin. */
export interface InsightContext {
  /** Id of the power source. */
  readonly sourceId: string;
  readonly simulated: boolean;
  /** Of the machine that the GPUs are in; absent or null for none. */
  readonly wall?: WallMeter | null;
}

export interface DeviceEnergy {
  readonly figures: MeterFigures;
  readonly band: number | null;
  /** Joules while no kernel ran; null when utilisation is not known. */
  readonly idleJ: number | null;
  /** The window is shorter than this device's sensor can resolve. */
  readonly tooShort?: boolean;
  /** No reading lies in the window. */
  readonly unread?: boolean;
  /** Null or absent: nobody else was seen on it. */
  readonly sharing?: SharedEnergy | null;
}

const bestFirst: readonly Quality[] = [
  'counter',
  'counterUnchecked',
  'instant',
  'averaged1s',
  'module',
  'estimated',
];

/** The sum is no better than its worst part. */
function jointProvenance(devices: readonly DeviceEnergy[], context: InsightContext): Provenance | null {
  if (devices.length === 0) return null;
  const worst = Math.max(...devices.map(({ figures }) => bestFirst.indexOf(figures.quality)));
  const bands = devices.map(({ band }) => band);
  return {
    source: context.sourceId,
    quality: bestFirst[worst] ?? 'estimated',
    simulated: context.simulated,
    band: bands.reduce<number | null>(
      (widest, band) => (widest === null || band === null ? null : Math.max(widest, band)),
      0,
    ),
  };
}

const sumOrNull = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);

/** No surer than the least of its parts; null while none of them was divided. */
function jointConfidence(shared: readonly SharedEnergy[]): SharedEnergy['confidence'] {
  if (shared.every(({ confidence }) => confidence === null)) return null;
  return shared.every(({ confidence }) => confidence === 'likely') ? 'likely' : 'possible';
}

/** A GPU that nobody else held is the run's altogether. Null when all are. */
function jointSharing(devices: readonly DeviceEnergy[]): SharedEnergy | null {
  const shared = devices.flatMap(({ sharing }) => sharing ?? []);
  if (shared.length === 0) return null;
  const alone = devices.filter(({ sharing }) => (sharing ?? null) === null);
  const sum = (of: (part: SharedEnergy) => number): number =>
    shared.reduce((total, part) => total + of(part), 0);
  const aloneJ = alone.reduce((total, { figures }) => total + (figures.energyJ ?? 0), 0);
  return {
    sharedMs: Math.max(...shared.map(({ sharedMs }) => sharedMs)),
    runJ: sum(({ runJ }) => runJ) + aloneJ,
    othersJ: sum(({ othersJ }) => othersJ),
    unattributedJ: sum(({ unattributedJ }) => unattributedJ),
    confidence: jointConfidence(shared),
  };
}

/**
 * The offset is the machine's, once, for the time in which any of its GPUs was measured. Null where a negative one says
 * that the machine drew nothing: gain and offset do not fit such a load.
 */
function wallEnergy(
  { wall = null, simulated }: InsightContext,
  measured: readonly DeviceEnergy[],
  energyJ: number,
): WallEnergy | null {
  if (wall === null || simulated) return null;
  const measuredMs = Math.max(...measured.map(({ figures }) => figures.measuredMs));
  const atWallJ = wall.gain * energyJ + (wall.offsetW * measuredMs) / 1000;
  return atWallJ > 0 ? { ...wall, energyJ: atWallJ } : null;
}

function reasonFor(all: readonly DeviceEnergy[], tooShort: boolean): MissingReason {
  if (tooShort) return 'tooShort';
  if (all.length === 0) return 'notFound';
  return all.some((device) => device.unread === true) ? 'unread' : 'notSupported';
}

/** `durationMs`: length of the run or window, the measure of coverage. */
export function addUpTotals(
  all: readonly DeviceEnergy[],
  durationMs: number,
  context: InsightContext,
): EnergyTotals {
  const measured = all.filter(({ figures }) => figures.energyJ !== null);
  const tooShort = all.some((device) => device.tooShort === true);
  if (measured.length === 0 || tooShort)
    return {
      energyJ: null,
      missing: reasonFor(all, tooShort),
      method: null,
      witnessJ: null,
      idleJ: null,
      durationMs,
      coverage: 0,
      meanPowerW: null,
      provenance: null,
    };
  const sharing = jointSharing(measured);
  const energyJ = measured.reduce((sum, { figures }) => sum + (figures.energyJ ?? 0), 0);
  const coveredMs = all.reduce((sum, { figures }) => sum + figures.coveredMs, 0) / all.length;
  // Mean power of all devices together: each one's joules over its own measured time.
  const meanPowerW = measured.reduce(
    (sum, { figures }) =>
      figures.measuredMs > 0 ? sum + ((figures.energyJ ?? 0) * 1000) / figures.measuredMs : sum,
    0,
  );
  const wall = wallEnergy(context, measured, energyJ);
  return {
    energyJ,
    missing: null,
    method: measured.every(({ figures }) => figures.method === 'counter') ? 'counter' : 'integration',
    witnessJ: sumOrNull(measured.map(({ figures }) => figures.witnessJ)),
    idleJ: sumOrNull(measured.map(({ idleJ }) => idleJ)),
    durationMs,
    coverage: durationMs > 0 ? Math.min(1, coveredMs / durationMs) : 0,
    meanPowerW: measured.some(({ figures }) => figures.measuredMs > 0) ? meanPowerW : null,
    provenance: jointProvenance(measured, context),
    ...(sharing === null ? {} : { sharing }),
    ...(wall === null ? {} : { wall }),
  };
}
