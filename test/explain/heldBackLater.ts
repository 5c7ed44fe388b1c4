/**
 * A second set that was written down before any of it was played, after what the first one showed had been mended: loops
 * and GPUs that neither the kinds nor the first set were built with. docs/kinds-of-waste.md tells what came out first.
 */

import type { Random } from '../../insight/testing/random.ts';
import { begin, end, near } from './heldBack.ts';
import type { Shape } from './shapes.ts';
import type { VirtualProgram } from './virtualProgram.ts';

/** Full steps that the host queues ahead. */
function steadily(program: VirtualProgram, random: Random, steps: number, ms: number): void {
  for (let step = 0; step < steps; step += 1) {
    program.launch(0, { ms: near(ms, random), intensity: 0.85 });
    program.run(3);
    program.wait(0, 2 * ms);
    program.print(`iter ${step + 1}`);
  }
  program.wait(0);
}

export const laterHeldBackShapes: readonly Shape[] = [
  {
    name: 'tokenises its text in the loop',
    kinds: ['inputWait'],
    make: (random) => {
      const program = begin('a40', random);
      program.spins = false;
      for (let step = 0; step < 160; step += 1) {
        program.load(near(random.between(120, 170), random, 0.2), 6);
        program.launch(0, { ms: near(240, random), intensity: 0.8 });
        program.wait(0);
        program.run(4);
        program.print(`step ${step + 1} loss 3.02`);
      }
      return end(program);
    },
  },
  {
    name: 'reads a new shard every few seconds',
    kinds: ['inputWait'],
    make: (random) => {
      const program = begin('h200', random);
      for (let shard = 0; shard < 9; shard += 1) {
        program.load(near(3600, random, 0.25), 11);
        steadily(program, random, 30, 230);
      }
      return end(program);
    },
  },
  {
    name: 'plays on the processor between updates',
    kinds: ['hostSync'],
    make: (random) => {
      const program = begin('rtx-3090', random);
      for (let update = 0; update < 14; update += 1) {
        for (let move = 0; move < 60; move += 1) {
          program.launch(0, { ms: near(25, random), intensity: 0.4 });
          program.wait(0);
          program.run(near(32, random, 0.3));
        }
        steadily(program, random, 12, 190);
      }
      return end(program);
    },
  },
  {
    name: 'draws sample pictures on the processor now and then',
    kinds: ['pauses'],
    make: (random) => {
      const program = begin('rtx-4080-super', random);
      for (let round = 0; round < 7; round += 1) {
        steadily(program, random, 34, 310);
        program.pause(near(3400, random, 0.2), 'runs');
      }
      steadily(program, random, 20, 310);
      return end(program);
    },
  },
  {
    name: 'gives two GPUs sentences of any length',
    kinds: ['imbalance'],
    make: (random) => {
      const program = begin('a100-pcie-80', random, 2);
      for (let step = 0; step < 170; step += 1) {
        for (const device of [0, 1])
          program.launch(device, { ms: random.between(120, 620), intensity: 0.85 });
        for (const device of [0, 1]) program.wait(device);
        program.run(3);
        program.print(`${step + 1}/170`);
      }
      return end(program);
    },
  },
  {
    name: 'is slowed for a moment again and again',
    kinds: ['throttling'],
    make: (random) => {
      const program = begin('v100-sxm2-32', random);
      for (let step = 0; step < 330; step += 1) {
        const hot = step % 3 === 0;
        program.launch(0, {
          ms: near(150, random) / (hot ? 0.5 : 1),
          intensity: 0.95,
          ...(hot ? { clock: 0.5 } : {}),
        });
        program.run(3);
        program.wait(0, 300);
        program.print(`it ${step + 1}/330`);
      }
      program.wait(0);
      return end(program);
    },
  },
  {
    name: 'trains a tiny model, and is left open at its end',
    kinds: ['lowLoad', 'idleHeld'],
    make: (random) => {
      const program = begin('quadro-rtx-6000', random);
      for (let step = 0; step < 220; step += 1) {
        program.launch(0, { ms: near(240, random, 0.05), intensity: random.between(0.06, 0.12) });
        program.run(3);
        program.wait(0, 400);
        program.print(`${step + 1}/220`);
      }
      program.wait(0);
      return end(program, random.between(20_000, 40_000));
    },
  },
  {
    name: 'trains in steps of any length and saves in the background',
    kinds: [],
    make: (random) => {
      const program = begin('h200', random);
      for (let step = 0; step < 150; step += 1) {
        program.launch(0, { ms: random.between(150, 900), intensity: random.between(0.6, 1) });
        program.run(random.between(2, 90));
        program.wait(0, 900);
        program.print(`step ${step + 1}`);
      }
      program.wait(0);
      return end(program);
    },
  },
];
