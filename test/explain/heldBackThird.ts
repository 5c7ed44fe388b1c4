/**
 * A third set that was written down before any of it was played, after short slow-downs, pauses beside other GPUs and the
 * ends of barely loaded work had been mended: wastes that grow, shrink, come at random or take turns.
 */

import type { Random } from '../../insight/testing/random.ts';
import { begin, end, near } from './heldBack.ts';
import type { Shape } from './shapes.ts';
import type { VirtualProgram } from './virtualProgram.ts';

interface Work {
  readonly ms: number;
  readonly intensity?: number;
  readonly clock?: number;
}

/** One step that the host queues ahead of the GPU, slowed or not. */
function queued(program: VirtualProgram, random: Random, { ms, intensity = 0.85, clock }: Work): void {
  const slowed = clock === undefined ? {} : { clock };
  program.launch(0, { ms: near(ms, random) / (clock ?? 1), intensity, ...slowed });
  program.run(3);
  program.wait(0, 2 * ms);
  program.print('.');
}

function queuedFor(program: VirtualProgram, random: Random, seconds: number, work: Work): void {
  const untilMs = program.nowMs + 1000 * seconds;
  while (program.nowMs < untilMs) queued(program, random, work);
  program.wait(0);
}

export const thirdHeldBackShapes: readonly Shape[] = [
  {
    name: 'waits for its files less and less as the cache fills',
    kinds: ['inputWait'],
    make: (random) => {
      const program = begin('a10g', random);
      for (let step = 0; step < 160; step += 1) {
        program.load(near(30 + 500 * Math.exp(-step / 50), random, 0.2), 7);
        program.launch(0, { ms: near(260, random), intensity: 0.85 });
        program.wait(0);
        program.run(3);
        program.print(`${step + 1}/160`);
      }
      return end(program);
    },
  },
  {
    name: 'queues five steps and then works out their log',
    kinds: ['hostSync'],
    make: (random) => {
      const program = begin('h200', random);
      for (let group = 0; group < 60; group += 1) {
        for (let step = 0; step < 5; step += 1) program.launch(0, { ms: near(140, random), intensity: 0.8 });
        program.run(4);
        program.wait(0);
        program.run(near(330, random, 0.3));
        program.print(`step ${5 * group + 5} loss 1.9`);
      }
      return end(program);
    },
  },
  {
    name: 'builds its kernels by turns with reading a model',
    kinds: ['startUp'],
    make: (random) => {
      const program = begin('b200', random);
      for (let part = 0; part < 4; part += 1) {
        program.run(random.between(2000, 4000));
        program.load(random.between(1500, 3000), 5);
        program.sleep(random.between(200, 1500));
      }
      queuedFor(program, random, 50, { ms: 220 });
      return end(program);
    },
  },
  {
    name: 'lets two GPUs work by turns',
    kinds: ['imbalance'],
    make: (random) => {
      const program = begin('a40', random, 2);
      for (let turn = 0; turn < 24; turn += 1) {
        for (const device of [0, 1]) {
          program.launch(device, { ms: near(1300, random, 0.25), intensity: 0.8 });
          program.wait(device);
        }
        program.run(4);
        program.print(`round ${turn + 1}`);
      }
      return end(program);
    },
  },
  {
    name: 'is slowed at random, for a blink or for seconds',
    kinds: ['throttling'],
    make: (random) => {
      const program = begin('l40s', random);
      for (let round = 0; round < 26; round += 1) {
        queuedFor(program, random, random.between(0.6, 3), { ms: 90, intensity: 0.95 });
        queuedFor(program, random, random.between(0.3, 2.5), { ms: 90, intensity: 0.95, clock: 0.5 });
      }
      return end(program);
    },
  },
  {
    name: 'saves at random times, longer each time',
    kinds: ['pauses'],
    make: (random) => {
      const program = begin('a100-pcie-80', random);
      for (let save = 0; save < 7; save += 1) {
        queuedFor(program, random, random.between(4, 14), { ms: 240 });
        program.pause(2600 + 350 * save, 'runs');
        program.pause(random.between(300, 1200), 'sleeps');
      }
      queuedFor(program, random, 5, { ms: 240 });
      return end(program);
    },
  },
  {
    name: 'is left open between three cells',
    kinds: ['idleHeld'],
    make: (random) => {
      const program = begin('rtx-3090', random);
      for (let cell = 0; cell < 3; cell += 1) {
        if (cell > 0) program.rest(random.between(66_000, 110_000));
        queuedFor(program, random, random.between(15, 40), { ms: 180 });
      }
      return end(program);
    },
  },
  {
    name: 'reads long prompts and answers word by word',
    kinds: ['lowLoad'],
    make: (random) => {
      const program = begin('h100-sxm', random);
      for (let answer = 0; answer < 7; answer += 1) {
        queuedFor(program, random, 1.5, { ms: 200, intensity: 0.9 });
        queuedFor(program, random, random.between(6, 11), { ms: 25, intensity: 0.1 });
      }
      return end(program);
    },
  },
  {
    name: 'opens three GPUs, loads for one by itself',
    kinds: ['unusedGpu', 'inputWait'],
    make: (random) => {
      const program = begin('rtx-4090', random, 3);
      for (let step = 0; step < 110; step += 1) {
        program.load(near(240, random, 0.2), 8);
        program.launch(0, { ms: near(330, random), intensity: 0.85 });
        program.wait(0);
        program.run(3);
        program.print(`${step + 1}/110`);
      }
      return end(program);
    },
  },
  {
    name: 'loads by itself, saves now and then and gets hot',
    kinds: ['inputWait', 'pauses', 'throttling'],
    make: (random) => {
      const program = begin('v100-pcie', random);
      for (let step = 0; step < 150; step += 1) {
        const hot = step > 70;
        program.load(near(110, random, 0.2), 6);
        const clock = 0.6;
        program.launch(0, {
          ms: near(300, random) / (hot ? clock : 1),
          intensity: 0.9,
          ...(hot ? { clock } : {}),
        });
        program.wait(0);
        program.run(3);
        program.print(`${step + 1}/150`);
        if (step % 30 === 29 && step < 149) program.pause(near(3800, random, 0.1), 'runs');
      }
      return end(program);
    },
  },
  {
    name: 'makes its batches larger as it goes',
    kinds: [],
    make: (random) => {
      const program = begin('quadro-rtx-6000', random);
      for (let step = 0; step < 130; step += 1)
        queued(program, random, { ms: 120 + 4 * step, intensity: 0.6 + 0.003 * step });
      program.wait(0);
      return end(program);
    },
  },
  {
    name: 'works much on the host at random, and queues enough',
    kinds: [],
    make: (random) => {
      const program = begin('a100-sxm4-40', random);
      for (let step = 0; step < 220; step += 1) {
        queued(program, random, { ms: 280 });
        program.run(Math.max(0, Math.min(450, random.between(-200, 450))));
      }
      program.wait(0);
      return end(program);
    },
  },
];
