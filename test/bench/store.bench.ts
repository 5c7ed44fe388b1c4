// npm run bench:store [-- --hours N]: a day of eight GPUs at 10 Hz, written faster than real time with one commit for
// each of its seconds; then how long the first chart of all of it takes in a process that has just started.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { RunDetail } from '../../contracts/runs.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { runSeries } from '../../sampler/runSeries.ts';
import { RunStore } from '../../sampler/store/runStore.ts';
import { machineContention } from './contention.ts';

const { values: options } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    /** Of the processes that it starts: read the chart from the store of the environment. */
    chart: { type: 'boolean', default: false },
  },
});
const hours = Number(options.hours);
const gpus = 8;
const rateHz = 10;
const chartLimitMs = 200;
const charts = 5;
/** Points that the page asks for. */
const points = 1_200;
/** A whole hour, so that buckets begin with it. */
const zeroMs = 500_000 * 3_600_000;
const runId = 'bench-run';
const uuidOf = (gpu: number): string => `GPU-bench-${gpu}`;

/** Training steps with loading in between, sensor noise, counters, and what else NVML tells. */
function fill(store: RunStore): void {
  const random = createRandom(1);
  const energyJ = Array.from({ length: gpus }, () => 0);
  for (let second = 0; second < hours * 3600; second += 1) {
    for (let tenth = 0; tenth < rateHz; tenth += 1) {
      const timeMs = zeroMs + second * 1000 + tenth * 100 + random.between(0, 2);
      const busy = (second * 10 + tenth) % 7 < 5;
      for (let gpu = 0; gpu < gpus; gpu += 1) {
        const powerW = (busy ? 560 : 120) + 5 * gpu + random.between(-8, 8);
        energyJ[gpu] = (energyJ[gpu] ?? 0) + powerW / rateHz;
        const values = {
          powerW,
          energyJ: energyJ[gpu] ?? 0,
          averagePowerW: 430 + random.between(-4, 4),
          utilization: busy ? 0.99 : 0.2,
          memoryUsedBytes: 60 * 2 ** 30,
          powerLimitW: 700,
          smClockMHz: busy ? 1755 + 15 * Math.round(random.between(0, 4)) : 1980,
          memoryClockMHz: 2619,
          temperatureC: 58 + Math.round(random.between(0, 2)),
          powerCapped: 0,
          slowedDown: 0,
        };
        store.addSample(`gpu/${uuidOf(gpu)}`, { timeMs, values });
      }
      const host = { cpuCores: 1.2, hostMemoryBytes: 2 ** 34, hostInputShare: 0.2, hostWaitShare: 0.5 };
      store.addSample(`host/${runId}`, { timeMs, values: host });
    }
    store.flush(zeroMs + (second + 1) * 1000);
  }
}

/** The record of the run; only what a chart asks of it is filled in. */
function record(): RunDetail {
  const devices = Array.from({ length: gpus }, (_, gpu) => ({ uuid: uuidOf(gpu), index: gpu, name: 'GPU' }));
  const detail = {
    runId,
    number: 1,
    name: 'bench',
    state: 'ended',
    pid: 0,
    startedAtMs: zeroMs,
    durationMs: hours * 3_600_000,
    devices,
  };
  return detail as unknown as RunDetail;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const spentMs = (from: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

interface Chart {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly points: number;
  readonly series: number;
}

/** Opens the store and reads the chart of the whole run, as the sampler does for a panel that has just been opened. */
function readChart(): Chart {
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  const store = new RunStore(sqlite);
  const run = store.get(runId);
  if (run === null) throw new Error('There is no such run.');
  const block = runSeries(store, run, null, null, points);
  const wallMs = performance.now() - fromMs;
  const cpuMs = spentMs(cpu);
  store.close();
  return { wallMs, cpuMs, points: block.timesMs.length, series: block.series.length };
}

function chartOfNewProcess(environment: NodeJS.ProcessEnv): Chart {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), '--chart'],
    { env: { ...process.env, ...environment }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Chart;
}

/** Whether the limit holds; a machine that is busy with other things does not decide it. */
function writeAndDraw(environment: NodeJS.ProcessEnv): boolean {
  const store = new RunStore(sqlite, environment);
  store.stageRun({ detail: record(), clockZeroMs: zeroMs, processStart: '' });
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  fill(store);
  const tookMs = performance.now() - fromMs;
  const cpuMs = spentMs(cpu);
  const bytes = store.usedBytes();
  store.close();
  const drawn = Array.from({ length: charts }, () => chartOfNewProcess(environment));
  const contention = machineContention();
  const [first] = drawn;
  const wallMs = median(drawn.map((one) => one.wallMs));
  const seconds = hours * 3600;
  const holds = wallMs <= chartLimitMs;
  const verdict = holds ? 'holds' : contention.busy ? `not decided, ${contention.text}` : 'MISSED';
  console.log(`${hours} h of ${gpus} GPUs at ${rateHz} Hz, 11 values a reading, and the host's side`);
  console.log(
    `written                ${(seconds / (tookMs / 1000)).toFixed(0)} × real time, ${((1000 * cpuMs) / seconds).toFixed(0)} µs of processor for each second: ${(cpuMs / seconds / 10).toFixed(3)} % of a core`,
  );
  console.log(
    `file                   ${megabytes(bytes)}, ${(bytes / (seconds * rateHz * gpus)).toFixed(2)} bytes a reading of a GPU, summaries and host included`,
  );
  console.log(
    `first chart of it all  ${wallMs.toFixed(0)} ms, ${median(drawn.map((one) => one.cpuMs)).toFixed(0)} ms of processor, opening the store included; ${first?.points} points of ${first?.series} series, median of ${charts} new processes (limit ${chartLimitMs} ms: ${verdict})`,
  );
  return holds || contention.busy;
}

if (options.chart) {
  // As in the sampler (main.ts).
  setFlagsFromString('--no-turbofan');
  process.stdout.write(JSON.stringify(readChart()));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'pj-store-'));
  try {
    process.exitCode = writeAndDraw({ XDG_STATE_HOME: folder, HOME: folder }) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
