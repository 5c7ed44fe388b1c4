/** A training made up of parts, each of which may waste: the recipes of the shapes fill it in. */

import type { Random } from '../../insight/testing/random.ts';
import { leastPauseMs } from '../../insight/waste/pauseEdges.ts';
import { VirtualProgram } from './virtualProgram.ts';

export interface Recipe {
  readonly gpu: string;
  /** GPUs that the program opens, and how many of them it works on. */
  readonly opens: number;
  readonly uses: number;
  readonly steps: number;
  /** Before it opens the GPUs, and from then to the first kernel, milliseconds. */
  readonly importMs: number;
  readonly startMs: number;
  readonly startAsleep: boolean;
  /** Loading by the main thread before each step. */
  readonly loadMs: number;
  /** What worker processes take for a batch; 0 without workers. */
  readonly workerMs: number;
  readonly workMs: number;
  readonly intensity: number;
  /** So many kernels a step. */
  readonly kernels: number;
  /** Reads a value of the GPU in every step, and goes on by itself for so long. */
  readonly sync: boolean;
  readonly hostMs: number;
  readonly spins: boolean;
  /** A pause after every so many steps. */
  readonly pause: { readonly every: number; readonly ms: number; readonly asleep: boolean } | null;
  /** Once, in the middle: nothing at all. */
  readonly restMs: number;
  readonly tailMs: number;
  readonly tailAsleep: boolean;
  /** How many times as long the first GPU takes as the others; all wait for each other. */
  readonly straggles: number;
  /** After each so many steps the first GPU works alone for so long. */
  readonly alone: { readonly every: number; readonly ms: number } | null;
  /** From this share of the steps on heat leaves this clock. */
  readonly heat: { readonly from: number; readonly clock: number } | null;
  readonly memoryBytes: number;
  readonly spread: number;
}

/** Nothing of it is waste: workers that keep up, no reads, a full GPU. */
export function quietRecipe(random: Random): Recipe {
  const workMs = random.between(120, 420);
  return {
    gpu: random.next() < 0.6 ? 'h100-sxm' : 'a100-sxm4-80',
    opens: 1,
    uses: 1,
    steps: Math.round(random.between(45_000, 80_000) / workMs),
    importMs: random.between(400, 1500),
    startMs: random.between(800, 2000),
    startAsleep: random.next() < 0.5,
    loadMs: 0,
    workerMs: workMs * random.between(0.3, 0.7),
    workMs,
    intensity: random.between(0.6, 1),
    kernels: 1,
    sync: false,
    hostMs: workMs * random.between(0.02, 0.15),
    spins: random.next() < 0.7,
    pause: null,
    restMs: 0,
    tailMs: random.between(0, 800),
    tailAsleep: true,
    straggles: 1,
    alone: null,
    heat: null,
    memoryBytes: random.between(42e9, 70e9),
    spread: random.between(0.03, 0.2),
  };
}

export function trainingProgram(recipe: Recipe, random: Random): VirtualProgram {
  const gpu = recipe.opens > 1 ? `${recipe.gpu}*${recipe.opens}` : recipe.gpu;
  const program = new VirtualProgram(gpu, 1_000_000 + random.between(0, 5000));
  program.spins = recipe.spins;
  program.memoryBytes = recipe.memoryBytes;
  const vary = (ms: number): number => Math.max(0.2 * ms, ms * (1 + recipe.spread * random.normal()));
  const itemMs = random.between(3, 12);
  const used = Array.from({ length: recipe.uses }, (_, device) => device);
  program.run(recipe.importMs);
  for (let device = 0; device < recipe.opens; device += 1) program.open(device);
  if (recipe.startAsleep) program.sleep(recipe.startMs);
  else program.run(recipe.startMs);
  let readyMs = program.nowMs;
  const cores = recipe.workerMs > 0 ? 0.8 : 0;

  for (let step = 0; step < recipe.steps; step += 1) {
    if (recipe.loadMs > 0) program.load(vary(recipe.loadMs), itemMs);
    if (recipe.workerMs > 0) {
      // Workers are ahead by a few batches at most.
      readyMs = Math.max(readyMs, program.nowMs - 3 * recipe.workerMs) + vary(recipe.workerMs);
      program.starve(readyMs - program.nowMs, cores);
    }
    program.run(1);
    const hot = recipe.heat !== null && step >= recipe.heat.from * recipe.steps ? recipe.heat.clock : null;
    for (const device of used) {
      const ms = vary(recipe.workMs) * (device === 0 ? recipe.straggles : 1);
      const kernelMs = (hot === null ? ms : ms / hot) / recipe.kernels;
      for (let kernel = 0; kernel < recipe.kernels; kernel += 1)
        program.launch(device, {
          ms: kernelMs,
          intensity: recipe.intensity,
          ...(hot === null ? {} : { clock: hot }),
        });
    }
    if (used.length > 1 || recipe.sync) for (const device of used) program.wait(device, 0, cores);
    // Without a read the host may run ahead by a few steps only.
    else program.wait(0, 3 * recipe.workMs, cores);
    program.run(vary(recipe.hostMs));
    program.print(`\rtrain: ${step + 1}/${recipe.steps} [00:10<00:20,  1.90it/s, loss=0.31]`);
    const { pause, alone } = recipe;
    if (pause !== null && step % pause.every === pause.every - 1) {
      program.wait(0);
      // What is about as long as the least pause may be told either way.
      program.pause(Math.max(1.2 * leastPauseMs, vary(pause.ms)), pause.asleep ? 'sleeps' : 'runs');
    }
    if (alone !== null && step % alone.every === alone.every - 1) {
      program.launch(0, { ms: vary(alone.ms), intensity: recipe.intensity });
      program.wait(0);
    }
    if (recipe.restMs > 0 && step === Math.floor(recipe.steps / 2)) {
      program.wait(0);
      program.rest(recipe.restMs);
    }
  }
  for (const device of used) program.wait(device);
  if (recipe.tailAsleep) program.sleep(recipe.tailMs);
  else program.run(recipe.tailMs);
  program.close();
  return program;
}
