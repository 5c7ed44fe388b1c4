/** A profile made up for tests: power laws of time and energy over frequency, with noise, gaps and odd rows. */

import type { Random } from '../../../testing/random.ts';

/** CSV text for so many stages. `noise` is the standard deviation of each measurement, as a share. */
export function randomProfile(random: Random, stages: number, noise: number): string {
  const rows: string[] = [];
  const highest = random.between(1200, 2000);
  const count = 1 + Math.floor(random.next() * 40);
  const noisy = (value: number): number => value * Math.max(0.2, 1 + noise * random.normal());
  for (let stage = 0; stage < stages; stage += 1)
    for (const [instruction, weight] of [
      ['forward', 1],
      ['backward', 2],
    ] as const) {
      const workS = 0.03 * weight * random.between(0.7, 1.4);
      const staticW = random.between(40, 120);
      const dynamicW = random.between(150, 400);
      for (let at = 0; at < count; at += 1) {
        // Not every frequency could be measured.
        if (at > 0 && random.next() < 0.1) continue;
        const share = 1 - (0.6 * at) / count;
        const timeS = noisy(workS * (0.3 + 0.7 / share));
        const energyJ = noisy((staticW + dynamicW * share ** 3) * timeS);
        rows.push(`${stage},${instruction},${Math.round(highest * share)},${timeS},${energyJ}`);
      }
    }
  // In any order.
  rows.sort(() => random.next() - 0.5);
  return `stage,instruction,frequency,time,energy\n${rows.join('\n')}\n`;
}
