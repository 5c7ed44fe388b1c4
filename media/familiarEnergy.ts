/**
 * What an energy is like, from physics alone: constants of nature and of the unit system, no guess about anybody's kettle
 * or car, and therefore no losses. Constants are facts and free of licence; each row names where its own is published.
 */

import { provenanceTag } from '../contracts/provenance.ts';
import type { RunDetail } from '../contracts/runs.ts';
import { formatEnergy, formatWattHours } from '../contracts/units.ts';

interface Conversion {
  /** What one of it takes, joules. */
  readonly unitJ: number;
  /** Numbers outside read badly, and are left to the other rows. */
  readonly from: number;
  readonly to: number;
  readonly text: (amount: number) => string;
  /** What is taken, where it is published and when. */
  readonly source: string;
}

const conversions: readonly Conversion[] = [
  {
    // A kilogram of water, which is a litre of it, by 80 K; the 15 °C calorie, 4.1858 J, is taken for every step.
    unitJ: 4186 * 80,
    from: 0.001,
    to: 1e5,
    text: (litres) =>
      `heat ${litres < 0.1 ? `${rounded(litres * 1000)} ml` : `${rounded(litres)} l`} of water from 20 °C to 100 °C`,
    source: '4.186 kJ/(kg·K) × 80 K, 1 kg a litre, no losses; 15 °C calorie: NIST SP 811, 2008',
  },
  {
    // The standard acceleration of free fall.
    unitJ: 100 * 9.80665,
    from: 0.01,
    to: 10_000,
    text: (metres) => `lift 100 kg by ${metres < 1 ? `${rounded(metres * 100)} cm` : `${rounded(metres)} m`}`,
    source: '100 kg × 9.80665 m/s² × height, no losses; standard gravity: NIST SP 330, 2019',
  },
  {
    unitJ: 10,
    from: 0.1,
    to: 1e12,
    text: (seconds) => `keep a lamp of 10 W lit for ${longTime(seconds)}`,
    source: '10 W × time; joule: SI Brochure, 9th edition, 2019',
  },
];

/** Two digits: more would claim what a comparison cannot hold. */
const rounded = (amount: number): string => Number(amount.toPrecision(2)).toLocaleString('en');

const times: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'days'],
  [3600, 'hours'],
  [60, 'minutes'],
];

/** In a unit of which it has two or more. */
function longTime(seconds: number): string {
  const [unit, name] = times.find(([long]) => seconds >= 2 * long) ?? [1, 'seconds'];
  return `${rounded(seconds / unit)} ${name}`;
}

export interface Familiar {
  readonly text: string;
  readonly source: string;
}

/** Empty where there is no energy to compare. */
export function familiarEnergy(run: RunDetail | null): readonly Familiar[] {
  const energyJ = run?.totals.energyJ ?? null;
  if (energyJ === null) return [];
  return conversions
    .map(({ unitJ, ...row }) => ({ ...row, amount: energyJ / unitJ }))
    .filter(({ amount, from, to }) => amount >= from && amount < to)
    .map(({ amount, text, source }) => ({ text: text(amount), source }));
}

/** The figure itself comes first, with what it is worth: a comparison never stands in its place. */
export function familiarHead({ totals }: RunDetail): string {
  const { energyJ, provenance } = totals;
  return `${formatEnergy(energyJ)}, ${formatWattHours(energyJ)} (${provenanceTag(provenance)}), is about enough to`;
}
