/** What insight says of a played program held against the simulator's truth, kind by kind. */

import type { WasteKind } from '../../contracts/waste.ts';
import { wasteKinds } from '../../contracts/waste.ts';
import type { Played } from './playProgram.ts';

/** From this share of the run's energy on a kind has to be named; under the other one it must not be. */
const plainShare = 0.05;
const absentShare = 0.01;
/** Shorter ones are too short for their kind to be told, by its definition; with room for the edges. */
const leastSeconds: Partial<Readonly<Record<WasteKind, number>>> = { startUp: 6, idleHeld: 11, lowLoad: 14 };

export interface KindScore {
  readonly kind: WasteKind;
  /** Of the run's true energy. */
  readonly trueShare: number;
  /** Of the GPU that had most of it. */
  readonly trueSeconds: number;
  readonly named: boolean;
  /** Told joules over true ones; null where there are none of either. */
  readonly ratio: number | null;
}

export const kindIds = Object.keys(wasteKinds) as readonly WasteKind[];

/** @param startMs when the program started, by the simulator's clock */
export function scoresOf({ snapshot, truth }: Played, startMs: number): readonly KindScore[] {
  // The run begins with its process, the truth of a GPU with the opening of it.
  const before = truth.devices.map(({ kinds, bareIdleW, from }) => ({
    kind: (kinds.unusedGpu.energyJ > 0 ? 'unusedGpu' : 'startUp') satisfies WasteKind,
    energyJ: bareIdleW * (from - startMs / 1000),
  }));
  const wholeJ = truth.energyJ + before.reduce((sum, { energyJ }) => sum + energyJ, 0);
  return kindIds.map((kind) => {
    const trueJ = before
      .filter((part) => part.kind === kind)
      .reduce((sum, { energyJ }) => sum + energyJ, truth.kindsJ[kind]);
    const told = snapshot.waste.find((item) => item.kind === kind);
    return {
      kind,
      trueShare: trueJ / wholeJ,
      trueSeconds: Math.max(
        ...truth.devices.map(
          (device) => device.kinds[kind].seconds + (kind === 'startUp' ? device.from - startMs / 1000 : 0),
        ),
      ),
      named: told !== undefined,
      ratio: told === undefined || trueJ === 0 ? null : told.energyJ / trueJ,
    };
  });
}

/** There is so much of it that it has to be named. */
export const isPlain = ({ kind, trueShare, trueSeconds }: KindScore): boolean =>
  trueShare >= plainShare && trueSeconds >= (leastSeconds[kind] ?? 0);
/** There is so little of it that it must not be named. */
export const isAbsent = ({ trueShare }: KindScore): boolean => trueShare < absentShare;

export const scoreText = ({ kind, trueShare, named, ratio }: KindScore): string =>
  `${kind} ${(trueShare * 100).toFixed(1)} % ${named ? (ratio?.toFixed(3) ?? 'told') : 'not named'}`;
