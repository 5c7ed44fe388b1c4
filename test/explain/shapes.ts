/** The scripts that the kinds were built on: three or more for each kind, random within. */

import type { WasteKind } from '../../contracts/waste.ts';
import type { Random } from '../../insight/testing/random.ts';
import { quietRecipe, type Recipe, trainingProgram } from './training.ts';
import type { VirtualProgram } from './virtualProgram.ts';

export interface Shape {
  readonly name: string;
  readonly kinds: readonly WasteKind[];
  readonly make: (random: Random) => VirtualProgram;
}

/** What turns a quiet recipe into one that wastes. Kinds that are added one after the other mix. */
export type Spoil = (recipe: Recipe, random: Random) => Recipe;

export const spoils: Readonly<Record<WasteKind, Readonly<Record<string, Spoil>>>> = {
  startUp: {
    'imports and compiles': (recipe, random) => ({
      ...recipe,
      startMs: random.between(12_000, 30_000),
      startAsleep: false,
    }),
    'downloads first': (recipe, random) => ({
      ...recipe,
      startMs: random.between(15_000, 40_000),
      startAsleep: true,
    }),
    'starts slowly on two GPUs': (recipe, random) => ({
      ...recipe,
      opens: 2,
      uses: 2,
      startMs: random.between(10_000, 25_000),
    }),
  },
  inputWait: {
    'loads by itself': (recipe, random) => ({
      ...recipe,
      workerMs: 0,
      loadMs: recipe.workMs * random.between(0.5, 1.2),
      sync: true,
      hostMs: 5,
    }),
    'has workers too few': (recipe, random) => ({
      ...recipe,
      workerMs: recipe.workMs * random.between(1.5, 2.2),
      hostMs: 5,
    }),
    'loads long batches by itself': (recipe, random) => ({
      ...recipe,
      workerMs: 0,
      workMs: random.between(500, 900),
      steps: Math.round(random.between(40, 70)),
      loadMs: random.between(400, 800),
      sync: true,
      hostMs: 5,
    }),
  },
  hostSync: {
    'reads the loss in every step': (recipe, random) => ({
      ...recipe,
      sync: true,
      spins: true,
      hostMs: recipe.workMs * random.between(0.3, 0.6),
    }),
    'sleeps while it waits for each loss': (recipe, random) => ({
      ...recipe,
      sync: true,
      spins: false,
      hostMs: recipe.workMs * random.between(0.35, 0.6),
    }),
    'computes metrics after each step': (recipe, random) => ({
      ...recipe,
      sync: true,
      hostMs: recipe.workMs * random.between(0.5, 0.9),
    }),
  },
  lowLoad: {
    'launches many small kernels': (recipe, random) => ({
      ...recipe,
      kernels: 40,
      intensity: random.between(0.05, 0.15),
    }),
    'trains with small batches': (recipe, random) => ({ ...recipe, intensity: random.between(0.08, 0.2) }),
    'trains a small model on two GPUs': (recipe, random) => ({
      ...recipe,
      opens: 2,
      uses: 2,
      spread: 0.01,
      hostMs: 1,
      workMs: random.between(300, 500),
      intensity: random.between(0.05, 0.18),
    }),
  },
  imbalance: {
    'has one slow GPU': (recipe, random) => ({
      ...recipe,
      opens: 2,
      uses: 2,
      hostMs: 2,
      straggles: random.between(1.4, 2),
    }),
    'divides the work unevenly over four': (recipe, random) => ({
      ...recipe,
      opens: 4,
      uses: 4,
      hostMs: 2,
      straggles: random.between(1.5, 2.2),
    }),
    'evaluates on one GPU alone': (recipe, random) => {
      const every = Math.max(4, Math.round(9000 / recipe.workMs));
      const alone = { every, ms: random.between(5000, 9000) };
      return { ...recipe, opens: 2, uses: 2, hostMs: 2, spread: 0.02, alone };
    },
  },
  throttling: {
    'gets hot after a while': (recipe, random) => ({
      ...recipe,
      heat: { from: random.between(0.1, 0.3), clock: random.between(0.5, 0.7) },
    }),
    'gets very hot late': (recipe, random) => ({
      ...recipe,
      heat: { from: random.between(0.3, 0.45), clock: random.between(0.35, 0.5) },
    }),
    'gets hot on two GPUs': (recipe, random) => ({
      ...recipe,
      opens: 2,
      uses: 2,
      hostMs: 1,
      heat: { from: random.between(0.1, 0.25), clock: random.between(0.45, 0.6) },
    }),
  },
  pauses: {
    'saves checkpoints': (recipe, random) => ({
      ...recipe,
      pause: { every: Math.round(12_000 / recipe.workMs), ms: random.between(3500, 7000), asleep: false },
    }),
    'uploads its log': (recipe, random) => ({
      ...recipe,
      pause: { every: Math.round(9000 / recipe.workMs), ms: random.between(3000, 5000), asleep: true },
    }),
    'computes metrics on the processor after each epoch': (recipe, random) => ({
      ...recipe,
      pause: { every: Math.round(20_000 / recipe.workMs), ms: random.between(8000, 14_000), asleep: false },
    }),
  },
  idleHeld: {
    'waits for a key at its end': (recipe, random) => ({ ...recipe, tailMs: random.between(20_000, 60_000) }),
    'writes a report at its end': (recipe, random) => ({
      ...recipe,
      tailMs: random.between(15_000, 40_000),
      tailAsleep: false,
    }),
    'is left alone between two cells': (recipe, random) => ({
      ...recipe,
      restMs: random.between(70_000, 150_000),
    }),
  },
  unusedGpu: {
    'takes two GPUs for one': (recipe) => ({ ...recipe, opens: 2, uses: 1 }),
    'takes four GPUs for one': (recipe) => ({ ...recipe, opens: 4, uses: 1 }),
    'takes four GPUs for two': (recipe) => ({ ...recipe, opens: 4, uses: 2, hostMs: 1, spread: 0.01 }),
  },
};

export const wasteKindIds = Object.keys(spoils) as readonly WasteKind[];

export const shapes: readonly Shape[] = wasteKindIds.flatMap((kind) =>
  Object.entries(spoils[kind]).map(([name, spoil]) => ({
    name,
    kinds: [kind],
    make: (random: Random) => trainingProgram(spoil(quietRecipe(random), random), random),
  })),
);

export const quietShapes: readonly Shape[] = [
  {
    name: 'keeps its GPU full',
    kinds: [],
    make: (random) => trainingProgram(quietRecipe(random), random),
  },
  {
    name: 'does much on the host beside a full GPU',
    kinds: [],
    make: (random) => {
      const recipe = quietRecipe(random);
      return trainingProgram(
        { ...recipe, hostMs: recipe.workMs * 0.7, workerMs: recipe.workMs * 0.2 },
        random,
      );
    },
  },
  {
    name: 'reads a value every few steps',
    kinds: [],
    make: (random) => {
      const recipe = { ...quietRecipe(random), workMs: random.between(400, 700) };
      const steps = Math.round(60_000 / recipe.workMs);
      return trainingProgram({ ...recipe, steps, hostMs: 3, sync: true }, random);
    },
  },
];
