/** Programs of several wastes at once, drawn from the recipes of the single ones. */

import type { WasteKind } from '../../contracts/waste.ts';
import type { Random } from '../../insight/testing/random.ts';
import { kindIds } from './score.ts';
import { type Spoil, spoils } from './shapes.ts';
import { quietRecipe, trainingProgram } from './training.ts';
import type { VirtualProgram } from './virtualProgram.ts';

const pick = <T>(items: readonly T[], random: Random): T => {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new Error('Nothing to pick from.');
  return item;
};

/** Which of these cannot be in one program: they would undo each other. */
const exclusive: readonly (readonly WasteKind[])[] = [
  ['imbalance', 'unusedGpu'],
  ['imbalance', 'hostSync'],
  ['lowLoad', 'hostSync', 'inputWait', 'imbalance'],
];

const fits = (kind: WasteKind, chosen: readonly WasteKind[]): boolean =>
  !chosen.includes(kind) &&
  !exclusive.some((group) => group.includes(kind) && group.some((other) => chosen.includes(other)));

export interface Mixture {
  readonly kinds: readonly WasteKind[];
  readonly program: VirtualProgram;
}

export function mixture(count: number, random: Random): Mixture {
  const kinds: WasteKind[] = [];
  while (kinds.length < count) {
    const kind = pick(kindIds, random);
    if (fits(kind, kinds)) kinds.push(kind);
  }
  // In the order of the kinds: a later recipe may set what an earlier one did.
  const ordered = kindIds.filter((kind) => kinds.includes(kind));
  const chosen = ordered.map((kind): Spoil => pick(Object.values(spoils[kind]), random));
  const recipe = chosen.reduce((before, spoil) => spoil(before, random), quietRecipe(random));
  return { kinds: ordered, program: trainingProgram(recipe, random) };
}
