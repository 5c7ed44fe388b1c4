/**
 * Scripts that were written down before the kinds were tuned and played only afterwards: other loops, other GPUs. What
 * the diagnosis made of them at first is published beside what it makes of them since; later sets are in files of their own.
 */

import type { Random } from '../../insight/testing/random.ts';
import type { Shape } from './shapes.ts';
import { VirtualProgram } from './virtualProgram.ts';

export const begin = (
  gpu: string,
  random: Random,
  opens = 1,
  startMs = random.between(1000, 2500),
): VirtualProgram => {
  const program = new VirtualProgram(
    opens > 1 ? `${gpu}*${opens}` : gpu,
    2_000_000 + random.between(0, 5000),
  );
  program.memoryBytes = 9e9;
  program.run(random.between(500, 1500));
  for (let device = 0; device < opens; device += 1) program.open(device);
  program.run(startMs);
  return program;
};
export const near = (ms: number, random: Random, spread = 0.1): number =>
  Math.max(0.3 * ms, ms * (1 + spread * random.normal()));
export const end = (program: VirtualProgram, tailMs = 300): VirtualProgram => {
  program.sleep(tailMs);
  program.close();
  return program;
};

/** Micro-batches add up to one step; the loss is read only at the end of the step. */
function accumulating(
  program: VirtualProgram,
  random: Random,
  steps: number,
  micro: number,
  loadMs: number,
): void {
  for (let step = 0; step < steps; step += 1) {
    for (let batch = 0; batch < micro; batch += 1) {
      if (loadMs > 0) program.load(near(loadMs, random), 9);
      program.launch(0, { ms: near(180, random), intensity: 0.85 });
      program.run(2);
    }
    program.wait(0, loadMs > 0 ? 0 : 400);
    program.print(`step ${step + 1}/${steps} loss 2.31`);
  }
  program.wait(0);
}

/** Requests that come at random; each is answered by many small kernels and one read at its end. */
function serving(
  program: VirtualProgram,
  random: Random,
  seconds: number,
  intensity: number,
  gapMs: number,
): void {
  const untilMs = program.nowMs + seconds * 1000;
  while (program.nowMs < untilMs) {
    const tokens = Math.round(random.between(30, 90));
    for (let token = 0; token < tokens; token += 1) program.launch(0, { ms: near(14, random), intensity });
    program.run(3);
    program.wait(0);
    if (gapMs > 0) program.rest(near(gapMs, random, 0.3));
  }
}

/** Epochs of training, each with a validation that loads by itself. */
function epochs(
  program: VirtualProgram,
  random: Random,
  count: number,
  validate: (epoch: number) => void,
): void {
  for (let epoch = 0; epoch < count; epoch += 1) {
    for (let step = 0; step < 40; step += 1) {
      program.launch(0, { ms: near(260, random), intensity: 0.9 });
      program.run(4);
      program.wait(0, 700);
      program.print(`Epoch ${epoch + 1}/${count}:  ${step + 1}/40 [00:11<00:09, 3.8it/s]`);
    }
    program.wait(0);
    validate(epoch);
  }
}

export const heldBackShapes: readonly Shape[] = [
  {
    name: 'accumulates gradients, loads by itself',
    kinds: ['inputWait'],
    make: (random) => {
      const program = begin('l40s', random);
      accumulating(program, random, 70, 4, random.between(190, 260));
      return end(program);
    },
  },
  {
    name: 'accumulates gradients and keeps up',
    kinds: [],
    make: (random) => {
      const program = begin('l40s', random);
      accumulating(program, random, 90, 4, 0);
      return end(program);
    },
  },
  {
    name: 'compiles for long on a gaming GPU',
    kinds: ['startUp'],
    make: (random) => {
      const program = begin('rtx-4090', random, 1, random.between(14_000, 30_000));
      accumulating(program, random, 80, 4, 0);
      return end(program);
    },
  },
  {
    name: 'reads a metric after every micro-batch',
    kinds: ['hostSync'],
    make: (random) => {
      const program = begin('rtx-4090', random);
      for (let batch = 0; batch < 250; batch += 1) {
        program.launch(0, { ms: near(210, random), intensity: 0.8 });
        program.wait(0);
        program.run(near(95, random, 0.3));
        program.print(`batch ${batch + 1}/250`);
      }
      return end(program);
    },
  },
  {
    name: 'decodes tokens for one user at a time',
    kinds: ['lowLoad'],
    make: (random) => {
      const program = begin('h200', random);
      serving(program, random, 70, random.between(0.06, 0.15), 0);
      return end(program);
    },
  },
  {
    name: 'answers full batches one after the other',
    kinds: [],
    make: (random) => {
      const program = begin('h200', random);
      serving(program, random, 70, 0.75, 0);
      return end(program);
    },
  },
  {
    name: 'validates on the processor after each epoch',
    kinds: ['pauses'],
    make: (random) => {
      const program = begin('v100-pcie', random);
      epochs(program, random, 6, () => program.pause(near(5500, random, 0.3), 'runs'));
      return end(program);
    },
  },
  {
    name: 'saves to a slow disk after each epoch',
    kinds: ['pauses'],
    make: (random) => {
      const program = begin('a100-pcie-80', random);
      epochs(program, random, 6, () => program.pause(near(4500, random, 0.2), 'sleeps'));
      return end(program);
    },
  },
  {
    name: 'restarts its workers after each epoch',
    kinds: ['inputWait'],
    make: (random) => {
      const program = begin('a100-sxm4-80', random);
      epochs(program, random, 6, () => program.starve(near(6000, random, 0.2), 3));
      return end(program);
    },
  },
  {
    name: 'is left open over lunch',
    kinds: ['idleHeld'],
    make: (random) => {
      const program = begin('l40s', random);
      accumulating(program, random, 50, 4, 0);
      program.rest(random.between(80_000, 200_000));
      accumulating(program, random, 40, 4, 0);
      return end(program, random.between(15_000, 30_000));
    },
  },
  {
    name: 'runs a pipeline whose last stage is the heaviest',
    kinds: ['imbalance'],
    make: (random) => {
      const program = begin('a100-sxm4-80', random, 3);
      for (let step = 0; step < 110; step += 1) {
        program.launch(0, { ms: near(260, random, 0.05), intensity: 0.85 });
        program.launch(1, { ms: near(270, random, 0.05), intensity: 0.85 });
        program.launch(2, { ms: near(520, random, 0.05), intensity: 0.85 });
        for (const device of [0, 1, 2]) program.wait(device);
        program.run(3);
        program.print(`${step + 1}/110`);
      }
      return end(program);
    },
  },
  {
    name: 'gets hot and cool by turns',
    kinds: ['throttling'],
    make: (random) => {
      const program = begin('rtx-4090', random);
      for (let step = 0; step < 280; step += 1) {
        const hot = step % 40 >= 15;
        const clock = 0.55;
        program.launch(0, {
          ms: near(250, random) / (hot ? clock : 1),
          intensity: 0.9,
          ...(hot ? { clock } : {}),
        });
        program.run(3);
        program.wait(0, 600);
        program.print(`${step + 1}/280`);
      }
      program.wait(0);
      return end(program);
    },
  },
  {
    name: 'asks for eight GPUs and finds one enough',
    kinds: ['unusedGpu'],
    make: (random) => {
      const program = begin('h100-sxm', random, 8);
      accumulating(program, random, 80, 4, 0);
      return end(program);
    },
  },
];
