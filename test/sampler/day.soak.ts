/** A day of eight GPUs in minutes: the clock, the processes and the readings are made, everything after them is real. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { machine } from '../../sampler/testing/machine.ts';

/** Whole ones; fewer for a quick look. */
const hours = Number(process.env['PERJOULE_SOAK_HOURS'] ?? 24);
const hourMs = 3_600_000;
/** Windows of waste and the like have found their size by then. */
const settledHours = 2;
const growthLimitBytes = 3e6;
/** Step marks and output are kept up to bounds of their own, so after the first hours steps are told of seldom. */
const secondsPerStep = (hour: number): number => (hour < settledHours ? 2 : 60);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are still in use, the buffers of others among them. */
function bytesInUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(`${hours} hours of a run on eight GPUs: memory stays flat, and nothing of the energy is missing`, {
  timeout: 3 * hourMs,
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-day-'));
  const uuids = Array.from({ length: 8 }, (_, index) => `GPU-${index}`);
  const made = machine({ uuids, environment: { XDG_STATE_HOME: folder, HOME: folder } });
  const { sampler, queries, store, clock, holders, updates, live, start } = made;
  context.after(() => {
    sampler.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const uuid of uuids) holders.push({ uuid, pid: 7 });
  start(7);
  const runId = await sampler.follow({
    followId: 'f',
    anchor: 'process',
    pid: 7,
    command: 'python train.py',
    cwd: '/',
    origin: 'cli',
  });
  assert.ok(runId !== null);
  let step = 0;
  const inUse: number[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      for (let second = 0; second < 60; second += secondsPerStep(hour)) {
        step += 1;
        sampler.output('f', `step ${step}/100000\n`);
        await live(1_000 * secondsPerStep(hour));
      }
      updates.length = 0;
      store.tidy({ bytes: null, rawDays: null }, clock.nowMs(), clock.wallMs());
    }
    inUse.push(bytesInUse());
  }
  const run = queries.detail(runId);
  assert.ok(
    Math.abs((run?.totals.energyJ ?? 0) / (8 * 200 * hours * 3600) - 1) < 0.001,
    `${run?.totals.energyJ}`,
  );
  assert.ok((run?.steps?.count ?? 0) > 0.95 * step, `${run?.steps?.count} of ${step} steps`);
  const series = queries.series({ runId, fromMs: null, toMs: null, points: 1_000 });
  assert.ok(series.timesMs.length > Math.min(500, hours * 50), `${series.timesMs.length} points`);
  const growth = (inUse.at(-1) ?? 0) - (inUse[Math.min(settledHours, hours) - 1] ?? 0);
  context.diagnostic(`in use by hour, MB: ${inUse.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}`);
  assert.ok(growth < growthLimitBytes, `${growth} bytes more than after ${settledHours} hours`);
});
