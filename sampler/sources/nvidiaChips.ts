/**
 * How the power sensors of NVIDIA's generations work, and the band that is shown with their figures. Windows and
 * update periods as measured by Yang et al., "Part-time Power Measurements" (arXiv 2312.02741, SC 2024); bands are
 * what makers state and meters found. Nothing was published of Blackwell: it is taken to be like Hopper.
 */

import type { PowerSensing, Quality } from '../../contracts/provenance.ts';

interface Generation {
  readonly names: RegExp;
  /** The instant value; null where it follows the load slowly, without a window. */
  readonly instant: PowerSensing | null;
  /** Tells a mean of a second beside the instant value. */
  readonly tellsAverage: boolean;
}

const every100Ms = { updatePeriodMs: 100, windowMs: 100 } as const;
const quarterOfTheTime = { updatePeriodMs: 100, windowMs: 25 } as const;
const halfOfTheTime = { updatePeriodMs: 20, windowMs: 10 } as const;

/** Newer boards share numbers with older ones, so the first that fits counts. */
const generations: readonly Generation[] = [
  {
    names: /\b(B[123]00|GB[123]00|GB10|RTX 50\d\d|Blackwell)\b/,
    instant: quarterOfTheTime,
    tellsAverage: true,
  },
  { names: /\b(H100|H200|H20|H800|GH200)\b/, instant: quarterOfTheTime, tellsAverage: true },
  { names: /\b(A100|A30|A800)\b/, instant: quarterOfTheTime, tellsAverage: false },
  {
    names: /\b(L4|L20|L40S?|RTX 40\d\d|Ada|A2|A10G?|A16|A40|RTX 30\d\d|RTX A\d{3,4})\b/,
    instant: every100Ms,
    tellsAverage: true,
  },
  { names: /\b(T4|RTX 20\d\d|GTX 16\d\d|Quadro RTX|TITAN RTX)\b/, instant: every100Ms, tellsAverage: false },
  {
    names: /\b(V100S?|TITAN V|GV100|P100|P40|P4|GTX 10\d\d|TITAN Xp?|Quadro G?P\d+)\b/,
    instant: halfOfTheTime,
    tellsAverage: false,
  },
  { names: /\b(K[4-8]0m?|M[4-6]0|GTX [79]\d\d|Quadro [KM]\d+)\b/, instant: null, tellsAverage: false },
];

const consumer = /\b(GeForce|RTX|GTX|TITAN|Quadro)\b/i;
/** Boards of servers: sold with a stated error of 5 %. */
const dataCentre = /\b(GB|GH|[ABHLPTV])\d{1,3}[A-Z]*\b/;

export interface ChipSensor {
  /** Null where nothing is known of the chip. */
  readonly sensing: PowerSensing | null;
  readonly tellsAverage: boolean;
  /** Share of the figure. */
  readonly band: number;
}

/** @param quality of the energy: a counter, or the power value that is integrated */
export function chipSensor(name: string, quality: Quality): ChipSensor {
  const generation = generations.find(({ names }) => names.test(name));
  const sensing = generation?.instant ?? null;
  const tellsAverage = generation?.tellsAverage ?? false;
  const band = (): number => {
    if (quality === 'counter' || quality === 'counterUnchecked')
      return dataCentre.test(name) ? 0.05 : consumer.test(name) ? 0.07 : 0.1;
    if (generation !== undefined && sensing === null) return 0.15;
    if (quality !== 'instant') return 0.1;
    return sensing === quarterOfTheTime || /GeForce/.test(name) ? 0.1 : 0.07;
  };
  return { sensing, tellsAverage, band: band() };
}
