/**
 * Idle time between kernels turned into named waste, with joules, places in the code and how sure it is.
 *
 * Joules are idle time × the idle power with a context open. The two kinds never share a joule: loading and
 * starving are input, the host's own running is sync, and sleep that nothing explains is sync only where the code
 * is known to wait for the GPU in every step. A data set in memory is loaded without reads; where the code names
 * a loader and no reads are seen, running counts as input and is only `possible`.
 */

import type { Confidence, StaticFinding } from '../../contracts/findings.ts';
import type { WasteItem, WasteKind, WastePlace } from '../../contracts/waste.ts';
import { addCauses, type IdleCauses, noCauses } from './idleCauses.ts';

export interface DeviceWaste {
  /** Time between first and last kernel that was looked at. */
  readonly workingMs: number;
  readonly causes: IdleCauses;
  /** null when not known: then nothing can be charged. */
  readonly idleW: number | null;
}

const leastShare = 0.02;
const leastWorkingMs = 2000;
/** Reads below this share of the idle time are not a loader at work. */
const fewReads = 0.1;

interface Claim {
  readonly kind: WasteKind;
  /** Idle milliseconds of this kind, of one device. */
  readonly idleMs: (causes: IdleCauses) => number;
  readonly certainty: Confidence;
  readonly because: string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 99_500 ? 1 : 0)} s`;
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;

function placesOf(findings: readonly StaticFinding[], kind: WasteKind): readonly WastePlace[] {
  return findings
    .filter((finding) => finding.wasteKind === kind)
    .map(({ rule, path, line, message, regionHash, fixTitle }) => ({
      rule,
      path,
      line,
      message,
      regionHash,
      fixTitle,
    }));
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

/** Most joules first; nothing under 2 % of the run's energy so far. */
export function nameWaste(
  devices: readonly DeviceWaste[],
  findings: readonly StaticFinding[],
  runEnergyJ: number | null,
): readonly WasteItem[] {
  const seen = devices.filter(({ workingMs, idleW }) => workingMs >= leastWorkingMs && idleW !== null);
  if (seen.length === 0 || runEnergyJ === null || runEnergyJ <= 0) return [];
  const sum = seen.reduce((causes, device) => addCauses(causes, device.causes), noCauses);
  const inputPlaces = placesOf(findings, 'inputWait');
  const syncPlaces = placesOf(findings, 'hostSync');
  const workingMs = seen.reduce((ms, device) => ms + device.workingMs, 0) / seen.length;

  return claims(sum, inputPlaces.length > 0, syncPlaces.length > 0)
    .map((claim): WasteItem => {
      const energyJ = seen.reduce(
        (joules, { causes, idleW }) => joules + (claim.idleMs(causes) / 1000) * (idleW ?? 0),
        0,
      );
      const durationMs = claim.idleMs(sum) / seen.length;
      const each = seen.length > 1 ? ' a GPU' : '';
      return {
        kind: claim.kind,
        energyJ,
        share: Math.min(1, energyJ / runEnergyJ),
        durationMs,
        certainty: claim.certainty,
        evidence: `Of ${seconds(workingMs)} between the first and last kernel no kernel ran for ${seconds(durationMs)}${each} (${percent(durationMs / workingMs)}) while ${claim.because}.`,
        places: claim.kind === 'inputWait' ? inputPlaces : syncPlaces,
      };
    })
    .filter(({ share }) => share >= leastShare)
    .sort((one, other) => other.energyJ - one.energyJ);
}
