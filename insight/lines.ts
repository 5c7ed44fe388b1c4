/**
 * Energy by line and function: the joules of each second, divided among the samples of that second.
 *
 * The probe tells what it sampled over windows of about a second, late, and for longer ones where C code held the
 * interpreter. A window's samples are spread over the seconds that it covers. Seconds wait until no window can come for them any more;
 * a report takes in those that wait. Memory is bounded: past the limit new lines are one.
 */

import type { FunctionEnergy, LineEnergy, LineReport, PhaseEnergy } from '../contracts/lines.ts';

export interface ProbeWindow {
  /** On the run's clock, milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly lines: readonly {
    readonly path: string;
    readonly line: number;
    readonly name: string;
    readonly samples: number;
  }[];
  readonly phases: readonly (readonly [phase: string, samples: number])[];
}

export interface LineInsight {
  add(window: ProbeWindow): void;
  /** Samples that are known to be lost. */
  miss(samples: number): void;
  /** Joules of a GPU without a kernel, in the interval that ends at the time. */
  addIdle(fromMs: number, toMs: number, idleJ: number): void;
  /** Up to here the meters have their final answer. */
  settle(settledMs: number, energyAt: (timeMs: number) => number): void;
  /**
   * null while nothing was sampled.
   * @param metered whether the joules of the run are known: those of a part of it are not when they are not
   */
  report(metered: boolean): LineReport | null;
}

interface Second {
  readonly lines: Map<string, number>;
  readonly phases: Map<string, number>;
}

interface Sum {
  samples: number;
  energyJ: number;
  idleJ: number | null;
}

type LineSum = Readonly<Omit<LineEnergy, keyof Sum> & Sum>;
type FunctionSum = Omit<LineSum, 'line'>;

const secondMs = 1000;
/** A window comes when it is over, and may be as long as C code held the interpreter. */
const latestMs = 30_000;
/** Joules of the newest seconds, whether or not anything will be sampled in them: more than can be waited for. */
const ringSeconds = 64;
const mostLines = 2000;
const shownLines = 100;
const elsewhere = ['', '0', 'other lines'].join('\0');

export function createLines(): LineInsight {
  const waiting = new Map<number, Second>();
  const known = new Set<string>();
  const lines = new Map<string, Sum>();
  const phases = new Map<string, Sum>();
  const energies = new Float64Array(ringSeconds);
  const idles = new Float64Array(ringSeconds);
  const ringOf = new Float64Array(ringSeconds).fill(-1);
  let settledSeconds = 0;
  let edgeJ = 0;
  let probed = false;
  let missed = 0;

  const secondAt = (index: number): Second => {
    const there = waiting.get(index);
    if (there !== undefined) return there;
    const second: Second = { lines: new Map(), phases: new Map() };
    waiting.set(index, second);
    return second;
  };
  /** Where the joules of the second lie; not a number while they are not known. */
  const ringAt = (index: number): number => {
    const slot = index % ringSeconds;
    if ((ringOf[slot] ?? 0) < index) {
      ringOf[slot] = index;
      energies[slot] = Number.NaN;
      idles[slot] = Number.NaN;
    }
    return slot;
  };
  const keyOf = (key: string): string => {
    if (known.has(key)) return key;
    if (known.size >= mostLines) return elsewhere;
    known.add(key);
    return key;
  };
  /** The parts of the interval that lie in each second, and their share of it. */
  const spread = (fromMs: number, toMs: number, put: (index: number, share: number) => void): void => {
    const lengthMs = toMs - fromMs;
    if (!(lengthMs > 0)) return;
    const first = Math.max(0, Math.floor(fromMs / secondMs), Math.floor((toMs - latestMs) / secondMs));
    for (let index = first; index * secondMs < toMs; index += 1) {
      const overlapMs = Math.min(toMs, (index + 1) * secondMs) - Math.max(fromMs, index * secondMs);
      put(index, overlapMs / lengthMs);
    }
  };
  const addTo = (sums: Map<string, Sum>, weights: ReadonlyMap<string, number>, index: number): void => {
    const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
    const slot = ringAt(index);
    const secondJ = energies[slot] ?? Number.NaN;
    const idleJ = idles[slot] ?? Number.NaN;
    if (all === 0 || ringOf[slot] !== index || Number.isNaN(secondJ)) return;
    for (const [key, samples] of weights) {
      const share = samples / all;
      const sum = sums.get(key) ?? { samples: 0, energyJ: 0, idleJ: 0 };
      sum.samples += samples;
      sum.energyJ += share * secondJ;
      // What of it was idle is not known of the whole when it is not known of a part.
      sum.idleJ =
        Number.isNaN(idleJ) || sum.idleJ === null ? null : sum.idleJ + share * Math.min(idleJ, secondJ);
      sums.set(key, sum);
    }
  };
  /** Nothing is to come for the seconds before this one. */
  const fold = (before: number): void => {
    for (const [index, second] of waiting) {
      if (index >= before) continue;
      addTo(lines, second.lines, index);
      addTo(phases, second.phases, index);
      waiting.delete(index);
    }
  };
  const copied = (sums: ReadonlyMap<string, Sum>): Map<string, Sum> =>
    new Map([...sums].map(([key, sum]) => [key, { ...sum }]));

  return {
    add({ fromMs, toMs, lines: found, phases: kinds }) {
      probed = true;
      if (!(toMs > fromMs)) return;
      const sampled = found.reduce((sum, { samples }) => sum + samples, 0);
      const settledMs = settledSeconds * secondMs;
      let left = (toMs - Math.max(0, fromMs)) / (toMs - fromMs);
      // What ends far ahead of the ticks would wait for ever.
      const fits = toMs <= settledMs + latestMs;
      if (fits)
        spread(fromMs, toMs, (index, share) => {
          if (index * secondMs < settledMs - latestMs) return;
          left -= share;
          const second = secondAt(index);
          for (const { path, line, name, samples } of found) {
            const key = keyOf([path, line, name].join('\0'));
            second.lines.set(key, (second.lines.get(key) ?? 0) + share * samples);
          }
          for (const [phase, samples] of kinds)
            second.phases.set(phase, (second.phases.get(phase) ?? 0) + share * samples);
        });
      missed += Math.max(0, left) * sampled;
    },
    miss(samples) {
      missed += samples;
    },
    addIdle(fromMs, toMs, idleJ) {
      const put = (index: number, share: number): void => {
        const slot = ringAt(index);
        const before = idles[slot] ?? Number.NaN;
        idles[slot] = (Number.isNaN(before) ? 0 : before) + share * idleJ;
      };
      const index = Math.floor(fromMs / secondMs);
      if (toMs <= (index + 1) * secondMs) put(index, 1);
      else spread(fromMs, toMs, put);
    },
    settle(settledMs, energyAt) {
      for (; (settledSeconds + 1) * secondMs <= settledMs; settledSeconds += 1) {
        const nextJ = energyAt((settledSeconds + 1) * secondMs);
        energies[ringAt(settledSeconds)] = Math.max(0, nextJ - edgeJ);
        edgeJ = nextJ;
        fold(settledSeconds - latestMs / secondMs);
      }
    },
    report(metered) {
      if (!probed) return null;
      const allLines = copied(lines);
      const allPhases = copied(phases);
      for (const [index, second] of waiting) {
        addTo(allLines, second.lines, index);
        addTo(allPhases, second.phases, index);
      }
      if (allLines.size === 0) return null;
      return { ...reportOf(allLines, allPhases, metered), missedSamples: Math.round(missed) };
    },
  };
}

function reportOf(
  lines: ReadonlyMap<string, Sum>,
  phases: ReadonlyMap<string, Sum>,
  metered: boolean,
): Omit<LineReport, 'missedSamples'> {
  const byLine = [...lines].map(([key, sum]): LineSum => {
    const [path = '', line = '0', name = ''] = key.split('\0');
    return { path, line: Number(line), name, ...sum };
  });
  const functions = new Map<string, FunctionSum>();
  for (const { line: _line, ...at } of byLine) {
    const key = [at.path, at.name].join('\0');
    const before = functions.get(key);
    functions.set(key, before === undefined ? at : added(before, at));
  }
  const most = <Item extends Omit<Sum, 'idleJ'>>(items: readonly Item[]): readonly Item[] =>
    items
      .toSorted((one, other) => (metered ? other.energyJ - one.energyJ : other.samples - one.samples))
      .slice(0, shownLines);
  return {
    sampledJ: metered ? byLine.reduce((sum, { energyJ }) => sum + energyJ, 0) : null,
    samples: byLine.reduce((sum, { samples }) => sum + samples, 0),
    lines: most(byLine).map((at): LineEnergy => (metered ? at : { ...at, energyJ: null, idleJ: null })),
    functions: most([...functions.values()]).map(
      (at): FunctionEnergy => (metered ? at : { ...at, energyJ: null, idleJ: null }),
    ),
    phases: most([...phases].map(([phase, { samples, energyJ }]) => ({ phase, samples, energyJ }))).map(
      (at): PhaseEnergy => (metered ? at : { ...at, energyJ: null }),
    ),
  };
}

const added = (one: FunctionSum, other: FunctionSum): FunctionSum => ({
  ...one,
  samples: one.samples + other.samples,
  energyJ: one.energyJ + other.energyJ,
  idleJ: one.idleJ === null || other.idleJ === null ? null : one.idleJ + other.idleJ,
});
