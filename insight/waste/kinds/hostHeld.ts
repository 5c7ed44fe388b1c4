/**
 * Idle time between kernels by what the host did: input, or its own running.
 *
 * Joules are idle time × the idle power with a context open. The two kinds never share a joule: loading and starving
 * are input, the host's own running is sync, and sleep that nothing explains is sync only where the code is known to
 * wait for the GPU in every step. A data set in memory is loaded without reads; where the code names a loader and no
 * reads are seen, running counts as input and is only `possible`. What another GPU was waited for is taken off first.
 */

import type { Confidence } from '../../../contracts/findings.ts';
import type { WasteKind } from '../../../contracts/waste.ts';
import type { DeviceFound } from '../deviceWaste.ts';
import { percent, placesOf, type RunEvidence, seconds, sumOf, type WasteTeller } from '../evidence.ts';
import { addCauses, type IdleCauses, noCauses } from '../idleCauses.ts';
import type { IdleStretches } from '../idleWindows.ts';
import { union } from '../stretches.ts';
import { imbalanceMs } from './imbalance.ts';
import { arePartOfSteps } from './pauses.ts';

const leastWorkingMs = 2000;
/** Reads below this share of the idle time are not a loader at work. */
const fewReads = 0.1;

interface Held extends IdleStretches {
  readonly causes: IdleCauses;
  readonly workingMs: number;
  readonly idleW: number;
}

interface Claim {
  readonly kind: WasteKind;
  /** Idle milliseconds of this kind, of one device. */
  readonly idleMs: (causes: IdleCauses) => number;
  readonly certainty: Confidence;
  readonly because: string;
}

/** What the evidence and the findings allow to be said, the kinds without overlap. */
function claims(sum: IdleCauses, hasInputPlace: boolean, hasSyncPlace: boolean): readonly Claim[] {
  const idle = sum.loading + sum.starved + sum.running + sum.unexplained + sum.unseen;
  if (sum.unseen > idle / 2) {
    // Without a view of the host the code alone may say why, if it names one kind only.
    if (hasInputPlace === hasSyncPlace) return [];
    const kind: WasteKind = hasInputPlace ? 'inputWait' : 'hostSync';
    const because = 'the program itself could not be watched, only the code says why';
    return [{ kind, idleMs: (causes) => causes.unseen, certainty: 'possible', because }];
  }
  const readsSeen = sum.loading + sum.starved >= fewReads * idle;
  if (!readsSeen && hasInputPlace && !hasSyncPlace)
    return [
      {
        kind: 'inputWait',
        idleMs: (causes) => causes.loading + causes.starved + causes.running,
        certainty: 'possible',
        because: 'the program ran its own code without reading files, as a loader of data in memory would',
      },
    ];
  const starvedMore = sum.starved > sum.loading;
  const sleptMore = sum.unexplained > sum.running;
  return [
    {
      kind: 'inputWait',
      idleMs: (causes) => causes.loading + causes.starved,
      certainty: hasInputPlace ? 'likely' : 'possible',
      because: starvedMore
        ? 'the program slept while its worker processes prepared the next batch'
        : 'the program was reading and decoding data',
    },
    {
      kind: 'hostSync',
      idleMs: (causes) => causes.running + (hasSyncPlace ? causes.unexplained : 0),
      certainty: hasSyncPlace && !sleptMore ? 'likely' : 'possible',
      because: hasSyncPlace
        ? 'the program went on by itself after waiting for a GPU value, with no work queued'
        : 'the program ran other code with no work queued on the GPU',
    },
  ];
}

/** What says least of the host goes first: while it waits for another GPU it mostly sleeps. */
function without(causes: IdleCauses, ms: number): IdleCauses {
  const rest = { ...causes };
  let leftMs = ms;
  for (const cause of ['unseen', 'unexplained', 'running', 'starved', 'loading'] as const) {
    const takenMs = Math.min(rest[cause], leftMs);
    rest[cause] -= takenMs;
    leftMs -= takenMs;
  }
  return rest;
}

/** Between first and last kernel: with the pauses, where they are part of the steps. */
function heldOf(device: DeviceFound, steps: number | null): Held {
  const { working, pauses, stretches } = device;
  const asSteps = arePartOfSteps(device, steps);
  const causes = asSteps ? addCauses(working.causes, pauses.causes) : working.causes;
  return {
    causes: without(causes, imbalanceMs(device)),
    workingMs: working.workingMs + (asSteps ? pauses.ms : 0),
    idleW: device.idleW ?? 0,
    input: stretches.input,
    // A pause that was spent on input is put back where it is seen: these are the host's own.
    host: asSteps ? [...stretches.host, ...pauses.stretches] : stretches.host,
  };
}

export const hostHeld: WasteTeller = ({ devices, findings, steps }: RunEvidence) => {
  const seen = devices.filter(({ working, idleW }) => working.workingMs >= leastWorkingMs && idleW !== null);
  if (seen.length === 0) return [];
  const parts = seen.map((device) => heldOf(device, steps));
  const sum = parts.reduce((causes, part) => addCauses(causes, part.causes), noCauses);
  const workingMs = sumOf(parts, (part) => part.workingMs) / parts.length;
  const hasInputPlace = placesOf(findings, 'inputWait').length > 0;
  const hasSyncPlace = placesOf(findings, 'hostSync').length > 0;
  return claims(sum, hasInputPlace, hasSyncPlace).map(({ kind, idleMs, certainty, because }) => {
    const durationMs = idleMs(sum) / seen.length;
    const each = seen.length > 1 ? ' a GPU' : '';
    return {
      kind,
      energyJ: sumOf(parts, ({ causes, idleW }) => (idleMs(causes) / 1000) * idleW),
      durationMs,
      certainty,
      evidence: `Of ${seconds(workingMs)} between the first and last kernel no kernel ran for ${seconds(durationMs)}${each} (${percent(durationMs / workingMs)}) while ${because}.`,
      windows: union(parts.map(({ input, host }) => (kind === 'inputWait' ? input : host))),
    };
  });
};
