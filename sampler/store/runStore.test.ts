/** The store over its life: files of earlier versions, deletion and its undoing, limits. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StoreLimits } from './retention.ts';
import { RunStore } from './runStore.ts';
import type { StoredRun } from './runTable.ts';
import { storeFolder } from './storePlace.ts';

const noLimits: StoreLimits = { bytes: null, rawDays: null };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A whole hour, so that buckets begin with it. */
const zeroMs = 500_000 * hourMs;

function place(context: TestContext): { readonly environment: NodeJS.ProcessEnv; open(): RunStore } {
  const folder = mkdtempSync(join(tmpdir(), 'pj-store-'));
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const opened: RunStore[] = [];
  context.after(() => {
    for (const store of opened) store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    environment,
    open() {
      const store = new RunStore(sqlite, environment);
      opened.push(store);
      return store;
    },
  };
}

/** The one run of a recorded file, as a pattern for others. */
function recordedRun(
  context: TestContext,
  version = 1,
): { readonly store: RunStore; readonly run: StoredRun } {
  const { environment, open } = place(context);
  const folder = storeFolder(environment);
  mkdirSync(folder, { recursive: true });
  const old = fileURLToPath(new URL(`./files.recorded/version-${version}.db`, import.meta.url));
  copyFileSync(old, join(folder, 'runs.db'));
  const store = open();
  const run = store.get(store.list(1)[0]?.runId ?? '');
  assert.ok(run !== null);
  return { store, run };
}

const powerCount = (store: RunStore, run: StoredRun): number => {
  const key = `gpu/${run.detail.devices[0]?.uuid ?? ''}` as const;
  const toMs = run.clockZeroMs + run.detail.durationMs;
  return store.read(run.detail.runId, [key], run.clockZeroMs, toMs).get(key)?.length ?? 0;
};

for (const version of [1, 2])
  test(`a store of version ${version} opens with its run, figures, readings and step marks`, (context) => {
    const { store, run } = recordedRun(context, version);
    assert.deepEqual([store.state.kind, store.state.reason], ['durable', null]);
    assert.equal(run.detail.name, 'train.py');
    assert.ok(Math.abs((run.detail.totals.energyJ ?? 0) - 1393.93) < 0.01);
    assert.equal(store.stepMarks(run.detail.runId).length, 30);
    assert.ok(powerCount(store, run) >= 25, `${powerCount(store, run)}`);
  });

test('a deleted run is in no list, comes back whole, and is gone for good after ten minutes', (context) => {
  const { store, run } = recordedRun(context);
  const { runId } = run.detail;
  const readings = powerCount(store, run);
  store.delete(runId, 1_000_000);
  assert.deepEqual([store.list(10), store.get(runId), store.use().runs], [[], null, 0]);
  store.tidy(noLimits, run.clockZeroMs + hourMs, 1_000_000 + 599_000);
  assert.deepEqual(store.restore(runId)?.detail, run.detail);
  assert.equal(store.list(10).length, 1);
  assert.equal(powerCount(store, run), readings);
  store.delete(runId, 2_000_000);
  // The seconds of an open minute are folded before they can go.
  store.flush(run.clockZeroMs + hourMs);
  store.tidy(noLimits, run.clockZeroMs + hourMs, 2_000_000 + 601_000);
  assert.equal(store.restore(runId), null);
  assert.deepEqual(store.stepMarks(runId), []);
});

test('of a deleted run that was pinned so much is kept that later ones stay held against it', (context) => {
  const { store, run } = recordedRun(context);
  const { runId, number } = run.detail;
  assert.deepEqual(store.deletedBaselines(), []);
  store.stageRun({ ...run, detail: { ...run.detail, baseline: true, pinnedAtMs: 500_000 } });
  store.delete(runId, 1_000_000);
  const kept = store.deletedBaselines();
  assert.deepEqual(
    kept.map((one) => [one.runId, one.pastPins]),
    [[runId, [{ fromMs: 500_000, toMs: 1_000_000 }]]],
  );
  store.tidy(noLimits, run.clockZeroMs + hourMs, 1_000_000 + 601_000);
  assert.equal(store.restore(runId), null);
  assert.deepEqual(store.deletedBaselines(), kept);
  // The ledger names it by its number: no other run gets it.
  assert.equal(store.nextRunNumber(), number + 1);
});

/** Hours of two GPUs at 10 Hz, written as they come. */
function fill(store: RunStore, run: StoredRun, hours: number, live: boolean): StoredRun {
  const noise = (index: number): number => ((index * 7919) % 1000) / 10;
  const { runId } = run.detail;
  for (let second = 0; second < hours * 3600; second += 1) {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const timeMs = zeroMs + second * 1000 + tenth * 100;
      for (const uuid of ['a', 'b'])
        store.addSample(`gpu/${uuid}`, {
          timeMs,
          values: { powerW: 300 + noise(second * 10 + tenth), utilization: 0.9, temperatureC: 60 },
        });
    }
    if (second % 600 === 599) store.flush(zeroMs + second * 1000 + 1000);
  }
  const devices = ['a', 'b'].map((uuid, index) => ({ ...run.detail.devices[0], uuid, index }) as const);
  const detail = {
    ...run.detail,
    runId: `${runId}-long`,
    number: 2,
    state: live ? 'live' : 'ended',
    startedAtMs: zeroMs,
    durationMs: hours * hourMs,
    devices: devices as unknown as StoredRun['detail']['devices'],
  } as const;
  const long = { ...run, detail, clockZeroMs: zeroMs };
  store.stageRun(long);
  store.flush(zeroMs + hours * hourMs + minuteMs);
  return long;
}

const rawAt = (store: RunStore, run: StoredRun, hour: number): number =>
  store
    .read(run.detail.runId, ['gpu/a'], zeroMs + hour * hourMs, zeroMs + hour * hourMs + minuteMs - 1)
    .get('gpu/a')?.length ?? 0;
const summariesAt = (store: RunStore, run: StoredRun, hour: number): number =>
  store
    .readMeans(
      run.detail.runId,
      'rollup10',
      ['gpu/a'],
      zeroMs + hour * hourMs,
      zeroMs + hour * hourMs + minuteMs - 1,
    )
    .get('gpu/a')?.startsMs.length ?? 0;

test('beyond its size the store forgets the oldest single readings, never summaries, runs or the newest', (context) => {
  const { store, run } = recordedRun(context);
  const long = fill(store, run, 4, false);
  const nowMs = zeroMs + 5 * hourMs;
  const before = store.usedBytes();
  assert.ok(before > 500_000, `${before}`);
  store.tidy({ bytes: before + 1, rawDays: null }, nowMs, nowMs);
  assert.equal(rawAt(store, long, 0), 600, 'within the limit nothing goes');
  const bytes = Math.round(before * 0.7);
  store.tidy({ bytes, rawDays: null }, nowMs, nowMs);
  assert.ok(store.usedBytes() <= bytes, `${store.usedBytes()} of ${bytes}`);
  assert.deepEqual([rawAt(store, long, 0), rawAt(store, long, 3)], [0, 600]);
  for (const hour of [0, 1, 2, 3]) assert.equal(summariesAt(store, long, hour), 6);
  assert.equal(store.list(10).length, 2);
  assert.ok((store.use().oldestReadingAtMs ?? 0) > zeroMs);
});

test('what a live run needs is kept, whatever the limit', (context) => {
  const { store, run } = recordedRun(context);
  const long = fill(store, run, 1, true);
  store.tidy({ bytes: 1, rawDays: 1 }, zeroMs + 72 * hourMs, zeroMs);
  assert.equal(rawAt(store, long, 0), 600);
  store.stageRun({ ...long, detail: { ...long.detail, state: 'ended' } });
  store.flush(zeroMs + 72 * hourMs);
  store.tidy({ bytes: null, rawDays: 1 }, zeroMs + 72 * hourMs, zeroMs);
  assert.equal(rawAt(store, long, 0), 0);
  assert.equal(summariesAt(store, long, 0), 6);
});
