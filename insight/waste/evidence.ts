/** What the kinds of waste are told from, and what each tells. */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { WasteItem, WasteKind, WastePlace } from '../../contracts/waste.ts';
import type { DeviceFound } from './deviceWaste.ts';

export interface RunEvidence {
  readonly devices: readonly DeviceFound[];
  readonly findings: readonly StaticFinding[];
  readonly runEnergyJ: number | null;
  /** Steps known to be done; null where the program counts none. */
  readonly steps: number | null;
}

/** A kind of waste before its share and its modelled saving are worked out. */
export type ToldWaste = Omit<WasteItem, 'share' | 'whatIf' | 'places'> & {
  /** Of `energyJ`, what the GPU would draw with nothing open; null where that is not known. */
  readonly bareJ?: number | null;
};

/** One kind's own file: null where the run does not show it. */
export type WasteTeller = (evidence: RunEvidence) => readonly ToldWaste[];

export const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

export function placesOf(findings: readonly StaticFinding[], kind: WasteKind): readonly WastePlace[] {
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

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 99_500 ? 1 : 0)} s`;
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
export const eachGpu = (count: number): string => (count > 1 ? ' a GPU' : '');

/** Joules at the idle power with nothing open over a time; null where that power is not known. */
export const bareJoules = (device: DeviceFound, ms: number): number | null =>
  device.bareW === null ? null : (device.bareW * ms) / 1000;

export const sumOrNull = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
