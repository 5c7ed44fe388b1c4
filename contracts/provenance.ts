/** Where a figure comes from and how good it is. Every figure shown carries one. */

/** Why a value is missing. "Not available" is never 0. */
export type MissingReason =
  | 'notSupported'
  | 'noPermission'
  | 'notFound'
  | 'lost'
  | 'timeout'
  | 'badOutput'
  | 'stale'
  /** A window shorter than the sensor can resolve. */
  | 'tooShort'
  /** A window without any reading. */
  | 'unread';

/** How a power or energy figure was obtained, best first. */
export type Quality = 'counter' | 'counterUnchecked' | 'instant' | 'averaged1s' | 'module' | 'estimated';

export interface Provenance {
  /** Id of the power source, for example `nvidia-smi` or `simulated`. */
  readonly source: string;
  readonly quality: Quality;
  /** True for every number of the simulated GPU; the word "simulated" stands wherever one appears. */
  readonly simulated: boolean;
  /** The sensor's band as a share (0.05 is 5 %); null when unknown. Never summed with a spread over steps. */
  readonly band: number | null;
}

/** How a device makes its power values, as measured for its generation. */
export interface PowerSensing {
  /** A new value so often, milliseconds. */
  readonly updatePeriodMs: number;
  /** Each value is the mean over so long before it; shorter than the period where a part of the time is unseen. */
  readonly windowMs: number;
}

const qualityText: Readonly<Record<Quality, string>> = {
  counter: 'counter',
  counterUnchecked: 'counter (unchecked)',
  instant: 'instant',
  averaged1s: 'averaged 1 s',
  module: 'module',
  estimated: 'estimated',
};

/** The tag that stands beside a figure: `counter, band 5 %`, `simulated · counter, band 5 %`. */
export function provenanceTag(provenance: Provenance | null): string {
  if (provenance === null) return 'no reading';
  const band = provenance.band === null ? '' : `, band ${Math.round(provenance.band * 100)} %`;
  const quality = `${qualityText[provenance.quality]}${band}`;
  return provenance.simulated ? `simulated · ${quality}` : quality;
}

const missingText: Readonly<Record<MissingReason, string>> = {
  notSupported: 'not supported by this device',
  noPermission: 'no permission to read it',
  notFound: 'not found',
  lost: 'the device was lost',
  timeout: 'the source did not answer in time',
  badOutput: 'the source answered with something unreadable',
  stale: 'the last reading is too old',
  tooShort: 'too short for this sensor to resolve',
  unread: 'no reading lies in this time',
};
export const describeMissing = (reason: MissingReason): string => missingText[reason];
