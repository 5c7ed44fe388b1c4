/**
 * Which kind of work the main thread was at along the run, by the probe's samples: for marks on the curve.
 *
 * Bounded however long the run gets: the time is cut into at most 256 parts, of a second first, and doubled.
 */

import type { PhaseStretch } from '../contracts/runs.ts';
import type { ProbeWindow } from './lines.ts';

const mostParts = 256;
/** Samples that none of the probe's frameworks claims: nothing worth a mark. */
const unnamed = 'other';

export interface PhaseTrack {
  add(window: Pick<ProbeWindow, 'fromMs' | 'toMs' | 'phases'>): void;
  /** In order of time; nothing where nothing was sampled, or no kind of work was known. */
  stretches(): readonly PhaseStretch[];
}

export function createPhaseTrack(): PhaseTrack {
  let partMs = 1000;
  let parts = new Map<number, Map<string, number>>();

  const put = (into: typeof parts, part: number, phase: string, samples: number): void => {
    const sums = into.get(part) ?? new Map<string, number>();
    into.set(part, sums);
    sums.set(phase, (sums.get(phase) ?? 0) + samples);
  };
  const widen = (): void => {
    const wider: typeof parts = new Map();
    for (const [part, sums] of parts)
      for (const [phase, samples] of sums) put(wider, Math.floor(part / 2), phase, samples);
    parts = wider;
    partMs *= 2;
  };

  return {
    add({ fromMs, toMs, phases }) {
      const startMs = Math.max(0, fromMs);
      if (!(toMs > startMs)) return;
      while (toMs > mostParts * partMs) widen();
      for (let part = Math.floor(startMs / partMs); part * partMs < toMs; part += 1) {
        const overlapMs = Math.min(toMs, (part + 1) * partMs) - Math.max(startMs, part * partMs);
        for (const [phase, samples] of phases)
          put(parts, part, phase, (samples * overlapMs) / (toMs - fromMs));
      }
    },
    stretches() {
      const found: PhaseStretch[] = [];
      for (const [part, sums] of [...parts].sort(([one], [other]) => one - other)) {
        const [phase] = [...sums].reduce((most, sum) => (sum[1] > most[1] ? sum : most));
        if (phase === unnamed) continue;
        const [fromMs, toMs] = [part * partMs, (part + 1) * partMs];
        const before = found.at(-1);
        if (before?.phase === phase && before.toMs === fromMs) found[found.length - 1] = { ...before, toMs };
        else found.push({ phase, fromMs, toMs });
      }
      return found;
    },
  };
}
