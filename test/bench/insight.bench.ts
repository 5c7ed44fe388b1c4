// npm run bench:insight [-- --hours N]: a run of eight GPUs explained: what a tick costs while it lives, what the list of its
// waste costs after so long, and how long a day of it takes to be explained again from one reading a second. Processor time.

import { parseArgs } from 'node:util';
import { createRunInsight, type RunInsight } from '../../insight/runInsight.ts';
import type { RunTick } from '../../insight/ticks.ts';
import { machineContention } from './contention.ts';

const { values: options } = parseArgs({ options: { hours: { type: 'string', default: '24' } } });
const hours = Number(options.hours);
const incrementLimitMs = 20;
const againLimitMs = 2000;
const uuids = Array.from({ length: 8 }, (_, index) => `gpu${index}`);

const newInsight = (): RunInsight =>
  createRunInsight(
    uuids.map((uuid) => ({
      uuid,
      powerQuality: 'instant',
      hasEnergyCounter: true,
      band: 0.05,
      memoryTotalBytes: 80e9,
    })),
    { sourceId: 'bench', simulated: true },
  );
const processorMs = (): number => process.cpuUsage().user / 1000;

/** Steps of half a second, a pause of five each ten minutes, one GPU slower than the others. */
function tickAt(timeMs: number): RunTick {
  const paused = timeMs % 600_000 < 5000;
  return {
    timeMs,
    host: { cpuCores: 1, hostInputShare: 0.3, hostWaitShare: 0.4, workerCores: 0 },
    gpus: uuids.map((uuid, index) => {
      const busy = !paused && timeMs > 8000 && timeMs % 500 < 250 + 15 * index;
      return {
        uuid,
        powerW: busy ? 500 : 120,
        energyJ: timeMs * 0.31,
        utilization: paused || timeMs < 8000 ? 0 : 0.5 + 0.03 * index,
        memoryUsedBytes: timeMs > 1000 ? 9e9 : 4e8,
        powerLimitW: 700,
        smClockMHz: 1980,
        slowedDown: 0,
      };
    }),
  };
}

function fed(periodMs: number, spanMs: number, onTick?: (ms: number) => void): RunInsight {
  const insight = newInsight();
  for (let timeMs = 0; timeMs <= spanMs; timeMs += periodMs) {
    const tick = tickAt(timeMs);
    const text = timeMs % 5000 === 0 ? `\rtrain: ${timeMs / 500}/172800 [00:10<00:20,  2.00it/s]` : null;
    const before = onTick === undefined ? 0 : processorMs();
    if (text !== null) insight.addOutput(text, timeMs);
    insight.addTick(tick);
    if (onTick === undefined) continue;
    if (timeMs % 5000 === 0) insight.snapshot();
    onTick(processorMs() - before);
  }
  return insight;
}

const contention = machineContention();
const increments: number[] = [];
fed(100, 3_600_000, (ms) => increments.push(ms));
increments.sort((one, other) => one - other);
const at = (share: number): number => increments[Math.floor(share * (increments.length - 1))] ?? 0;
const began = processorMs();
const insight = fed(1000, hours * 3_600_000);
const before = processorMs();
const againMs = before - began;
const { waste } = insight.snapshot();
const snapshotMs = processorMs() - before;

console.log(
  `an hour of 8 GPUs at 10 Hz, the list every 5 s: a tick ${at(0.5).toFixed(3)} ms in the middle, ${at(0.999).toFixed(2)} ms at 99.9 %, ${at(1).toFixed(2)} ms at most (limit ${incrementLimitMs})`,
);
console.log(`the list after ${hours} h of 8 GPUs: ${snapshotMs.toFixed(1)} ms, ${waste.length} kinds`);
console.log(
  `${hours} h of 8 GPUs explained again from one reading a second: ${(againMs / 1000).toFixed(1)} s (limit ${againLimitMs / 1000})`,
);
console.log(contention.text);
if (at(0.999) > incrementLimitMs || againMs > againLimitMs) process.exitCode = 1;
