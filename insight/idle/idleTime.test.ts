import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdlePower } from './idlePower.ts';
import { createIdleTime } from './idleTime.ts';
import { createPowerHistogram } from './powerHistogram.ts';
import { createUtilizationRefresh } from './utilizationRefresh.ts';

const gigabyte = 2 ** 30;

test('the histogram gives quantiles within one percent', () => {
  const histogram = createPowerHistogram();
  assert.equal(histogram.quantile(0.5), null);
  for (let powerW = 50; powerW <= 500; powerW += 0.5) histogram.add(powerW, 1);
  for (const share of [0.05, 0.5, 0.95])
    assert.ok(Math.abs((histogram.quantile(share) ?? 0) / (50 + 450 * share) - 1) < 0.012);
});

interface Phase {
  readonly ms: number;
  readonly powerW: number;
  readonly utilization: number;
  readonly memory?: number;
}

function watch(phases: readonly Phase[], sharp = true): ReturnType<typeof createIdleTime> {
  const idle = createIdleTime(sharp);
  let at = 0;
  for (const { ms, powerW, utilization, memory } of phases)
    for (const endMs = at + ms; at < endMs; at += 100)
      idle.add({ timeMs: at, utilization, powerW, memoryUsedBytes: memory });
  return idle;
}

test('a bare GPU is not taken for one with its context open', () => {
  const idle = watch([
    { ms: 10_000, powerW: 70, utilization: 0, memory: 0.5 * gigabyte },
    { ms: 5000, powerW: 115, utilization: 0, memory: 2 * gigabyte },
    { ms: 20_000, powerW: 500, utilization: 1, memory: 9 * gigabyte },
    { ms: 10_000, powerW: 70, utilization: 0, memory: 0.5 * gigabyte },
  ]);
  assert.ok(Math.abs((idle.idleW() ?? 0) - 115) < 1.5, `${idle.idleW()}`);
  assert.ok(Math.abs((idle.bareW() ?? 0) - 70) < 1.5, `${idle.bareW()}`);
});

test('where no context was seen to open or to close, what a bare GPU draws is not known', () => {
  const open = { ms: 10_000, powerW: 115, utilization: 0, memory: 2 * gigabyte };
  const work = { ms: 10_000, powerW: 500, utilization: 1, memory: 2 * gigabyte };
  assert.equal(watch([open, work, open]).bareW(), null);
  const untold = watch([
    { ms: 10_000, powerW: 70, utilization: 0 },
    { ms: 10_000, powerW: 500, utilization: 1 },
  ]);
  assert.equal(untold.bareW(), null);
});

test('a context that was open from the beginning is not taken for a bare GPU when it closes', () => {
  const constant = { ms: 37_000, powerW: 85, utilization: 0, memory: 1.1 * gigabyte };
  const shortly = { ms: 200, powerW: 85, utilization: 0, memory: 0.6 * gigabyte };
  const closed = watch([constant, shortly]);
  assert.equal(closed.bareW(), null, 'too little was seen of it');
  const bare = { ms: 5000, powerW: 67, utilization: 0, memory: 0.6 * gigabyte };
  const seen = watch([constant, shortly, bare]);
  assert.ok(Math.abs((seen.bareW() ?? 0) - 67) < 1, `${seen.bareW()}`);
  const steps = [1.07, 1.04, 1.01, 0.97, 0.93].map((memory) => ({ ...shortly, memory: memory * gigabyte }));
  const slowly = watch([constant, ...steps, shortly, bare]);
  assert.ok(Math.abs((slowly.bareW() ?? 0) - 67) < 1, 'memory that is let go of bit by bit');
  const again = watch([{ ...bare, memory: 0.62 * gigabyte }, constant, bare]);
  assert.ok(Math.abs((again.bareW() ?? 0) - 67) < 1, 'less memory of others is no context closed');
});

test('without memory readings only idling after work shows the context', () => {
  const idle = watch([
    { ms: 10_000, powerW: 70, utilization: 0 },
    { ms: 20_000, powerW: 500, utilization: 1 },
    { ms: 10_000, powerW: 118, utilization: 0 },
  ]);
  assert.ok(Math.abs((idle.idleW() ?? 0) - 118) < 1.5);
});

test('whole idle stretches are charged what was measured', () => {
  const idle = watch([
    { ms: 10_000, powerW: 70, utilization: 0, memory: 0.5 * gigabyte },
    { ms: 10_000, powerW: 115, utilization: 0, memory: 2 * gigabyte },
    { ms: 10_000, powerW: 500, utilization: 1, memory: 9 * gigabyte },
  ]);
  assert.ok(Math.abs((idle.idleJ() ?? 0) - (700 + 1150)) < 15, `${idle.idleJ()}`);
});

test('pauses between kernels are charged the idle power', () => {
  const idle = watch([
    { ms: 5000, powerW: 115, utilization: 0, memory: 2 * gigabyte },
    { ms: 100_000, powerW: 307, utilization: 0.5, memory: 9 * gigabyte },
  ]);
  // The memory was never seen lower, so that the context is known open only from the first kernel on.
  assert.equal(idle.idleW(), null);
  assert.equal(idle.idleJ(), null);
  const opened = watch([
    { ms: 1000, powerW: 70, utilization: 0, memory: 0.5 * gigabyte },
    { ms: 5000, powerW: 115, utilization: 0, memory: 2 * gigabyte },
    { ms: 100_000, powerW: 307, utilization: 0.5, memory: 9 * gigabyte },
  ]);
  assert.ok(Math.abs((opened.idleJ() ?? 0) - (70 + 575 + 50 * 115)) < 30, `${opened.idleJ()}`);
});

test('a GPU whose utilisation is not known has no idle energy', () => {
  const idle = createIdleTime(true);
  for (let at = 0; at < 10_000; at += 100)
    idle.add({ timeMs: at, utilization: undefined, powerW: 100, memoryUsedBytes: undefined });
  assert.equal(idle.idleJ(), null);
});

test('between kernels a plateau counts, a smear does not', () => {
  const plateau = createIdlePower();
  const smear = createIdlePower();
  for (let index = 0; index < 2000; index += 1) {
    plateau.addWorking(index % 2 === 0 ? 130 + (index % 5) : 500 + (index % 40), 0.5, 100);
    smear.addWorking(260 + ((index * 37) % 90), 0.5, 100);
  }
  assert.ok(Math.abs((plateau.idleW() ?? 0) - 132) < 3);
  assert.equal(smear.idleW(), null);
  for (let index = 0; index < 10; index += 1) smear.addQuiet(115, 100);
  assert.ok(Math.abs((smear.idleW() ?? 0) - 115) < 1.5);
});

test('a refresh six times a second weighs the same however often it is seen', () => {
  const refresh = createUtilizationRefresh();
  const weights = new Map<number, number>();
  let stood = 0;
  for (let at = 100; at <= 60_000; at += 100) {
    const index = Math.floor(at / (1000 / 6));
    const weightMs = refresh.weigh(at, 100, (index % 7) / 7 + 0.01);
    if (at <= 10_000) continue;
    stood += weightMs;
    weights.set(index, (weights.get(index) ?? 0) + weightMs);
  }
  assert.ok(Math.abs((refresh.fastMs ?? 0) - 1000 / 6) < 4);
  assert.ok(Math.abs(stood / 50_000 - 1) < 0.01);
  const inner = [...weights.values()].slice(1, -1);
  assert.ok(Math.max(...inner) - Math.min(...inner) < 15, `${Math.min(...inner)} ${Math.max(...inner)}`);
});

test('a slow refresh, or a steady value, is left as it is seen', () => {
  const slow = createUtilizationRefresh();
  for (let at = 100; at <= 60_000; at += 100)
    assert.equal(slow.weigh(at, 100, (Math.floor(at / 1000) % 7) / 7), 100);
  assert.equal(slow.fastMs, null);
});

test('the few pauses of a busy run are charged the lowest draw, without naming it the idle power', () => {
  const idle = watch([
    { ms: 60_000, powerW: 500, utilization: 0.97, memory: 9 * gigabyte },
    { ms: 1000, powerW: 200, utilization: 0.9, memory: 9 * gigabyte },
  ]);
  assert.equal(idle.idleW(), null);
  assert.ok(Math.abs((idle.idleJ() ?? 0) - 1.9 * 200) < 20, `${idle.idleJ()}`);
});
