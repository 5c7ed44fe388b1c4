// npm run bench:probe [-- --rounds N --rate HZ]: processor time of a program with the probe over that without it, side
// by side: one that computes in Python and one that asks the system all the time. The two take turns, and the median
// of the pairs' ratios counts, so that what else the machine does cancels out.

import { parseArgs } from 'node:util';
import { noPython, ProgramFolder, pythons } from '../probe/runPython.ts';
import { machineContention } from './contention.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, rate: { type: 'string', default: '20' } },
});
const rounds = Number(options.rounds);
const rateHz = Number(options.rate);
const limit = 1.01;

const programs: Readonly<Record<string, string>> = {
  'computes in Python': `import time
total = 0
for index in range(90_000_000): total += index & 7
print(time.process_time())`,
  'asks the system': `import os, time
for index in range(3_000_000): os.stat("/")
print(time.process_time())`,
  'starts and ends': 'import time\nprint(time.process_time())',
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

if (noPython) {
  console.log(noPython);
  process.exit(1);
}
const [python = 'python3'] = pythons;
let over = 0;
for (const [what, text] of Object.entries(programs)) {
  const folder = new ProgramFolder({ 'main.py': text });
  const seconds = (rate: number | null): number => Number(folder.run(python, ['main.py'], rate).out);
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const first = round % 2 === 0;
    const one = seconds(first ? null : rateHz);
    const other = seconds(first ? rateHz : null);
    return first ? { bare: one, probed: other } : { bare: other, probed: one };
  });
  const samples = folder
    .lines()
    .flatMap((line) => (line['lines'] ?? []) as (readonly [number, number])[])
    .reduce((sum, [, count]) => sum + count, 0);
  folder.remove();
  const bareS = median(pairs.map(({ bare }) => bare));
  const ratio = median(pairs.map(({ bare, probed }) => probed / bare));
  const extraMs = 1000 * median(pairs.map(({ bare, probed }) => probed - bare));
  if (bareS < 0.2) {
    console.log(`${what}: ${extraMs.toFixed(1)} ms of processor time more, median of ${rounds} pairs`);
    continue;
  }
  if (ratio > limit) over += 1;
  // Samples come by the wall clock: on a busy machine a program of a second of processor time is sampled for longer.
  const perSecond = samples / rounds / bareS;
  console.log(
    `${what}: ${bareS.toFixed(3)} s of processor time, ${percent(ratio - 1)} more at ${perSecond.toFixed(0)} samples for each of its seconds` +
      `, which is ${percent(((ratio - 1) * rateHz) / perSecond)} at ${rateHz}; limit ${percent(limit - 1)}, median of ${rounds} pairs`,
  );
}
const { busy, text } = machineContention();
if (busy) console.log(`${text}: a figure over the limit counts as noisy`);
process.exitCode = over === 0 || busy ? 0 : 1;
