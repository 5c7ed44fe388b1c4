import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHostActivity, type HostShares, hostAnswerLagMs } from './hostActivity.ts';
import { createRandom } from './testing/random.ts';

interface Plan {
  readonly items: number;
  readonly itemMs: number;
  readonly runMs: number;
  readonly waitMs: number;
  /** Read calls between the stretches of loading, one each. */
  readonly loneReads?: number;
}

interface Seen {
  readonly found: Record<keyof HostShares, number>;
  readonly truth: Record<keyof HostShares, number>;
}

/** A minute of steps: load, run, wait; sampled at about `hz`, the shares asked for every 100 ms. */
function watch(plan: Plan, hz: number, seed: number): Seen {
  const random = createRandom(seed);
  const activity = createHostActivity();
  const reads: number[] = [];
  const spans: { fromMs: number; toMs: number; doing: keyof HostShares }[] = [];
  let now = 0;
  const spend = (ms: number, doing: keyof HostShares): void => {
    spans.push({ fromMs: now, toMs: now + ms, doing });
    now += ms;
  };
  while (now < 60_000) {
    for (let item = 0; item < plan.items; item += 1)
      reads.push(now + item * plan.itemMs, now + item * plan.itemMs + 0.1);
    spend(plan.items * plan.itemMs, 'input');
    spend(plan.runMs * random.between(0.8, 1.2), 'run');
    for (let lone = 0; lone < (plan.loneReads ?? 0); lone += 1) reads.push(now);
    spend(plan.waitMs * random.between(0.8, 1.2), 'wait');
  }
  const within = (doing: readonly (keyof HostShares)[], fromMs: number, toMs: number): number =>
    spans
      .filter((span) => doing.includes(span.doing))
      .reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0);

  const found = { input: 0, wait: 0, run: 0 };
  let read = 0;
  let asked = 1000;
  let cpuMs = 0;
  let lastMs = 0;
  for (let at = 0; at < 55_000; at += 1000 / hz + random.between(0, 3)) {
    while ((reads[read] ?? Number.POSITIVE_INFINITY) <= at) read += 1;
    cpuMs += within(['input', 'run'], lastMs, at);
    lastMs = at;
    activity.add({
      timeMs: at,
      state: within(['input', 'run'], at - 1, at) > 0.5 ? 'R' : 'S',
      cpuMs,
      readyMs: null,
      readBytes: read * 3000,
      readCalls: read,
    });
    for (; asked + 100 <= activity.settledMs; asked += 100) {
      const shares = activity.shares(asked, asked + 100);
      assert.ok(shares !== null && shares.input !== null);
      assert.ok(Math.abs(shares.input + shares.wait + shares.run - 1) < 1e-9);
      for (const doing of ['input', 'wait', 'run'] as const) found[doing] += (shares[doing] ?? 0) * 100;
    }
  }
  const truth = { input: 0, wait: 0, run: 0 };
  for (const doing of ['input', 'wait', 'run'] as const) truth[doing] = within([doing], 1000, asked);
  return { found, truth };
}

for (const hz of [100, 80])
  for (const [items, itemMs, runMs, waitMs] of [
    [36, 5, 100, 250],
    [60, 3, 100, 250],
    [16, 11, 100, 250],
    [7, 25, 100, 250],
    [130, 5, 300, 900],
    [6, 5, 20, 40],
  ] as const)
    test(`${items} items of ${itemMs} ms are one stretch of loading at ${hz} Hz`, () => {
      const { found, truth } = watch({ items, itemMs, runMs, waitMs }, hz, items);
      const slack = items * itemMs < 50 ? 0.12 : 0.04;
      assert.ok(Math.abs(found.input / truth.input - 1) < slack, `${found.input} ${truth.input}`);
      assert.ok(Math.abs(found.wait / truth.wait - 1) < slack + 0.03, `${found.wait} ${truth.wait}`);
    });

test('lone reads, such as messages of workers, are not loading', () => {
  const { found, truth } = watch({ items: 0, itemMs: 0, runMs: 80, waitMs: 200, loneReads: 2 }, 100, 1);
  assert.ok(found.input < 0.01 * (truth.run + truth.wait), `${found.input}`);
});

test('reads as far apart as the steps are not one long stretch', () => {
  const { found, truth } = watch({ items: 0, itemMs: 0, runMs: 30, waitMs: 40, loneReads: 1 }, 100, 1);
  assert.ok(found.input < 0.02 * (truth.run + truth.wait), `${found.input}`);
});

test('answers come when later reads can no longer change them', () => {
  const activity = createHostActivity();
  assert.equal(activity.shares(0, 100), null);
  for (let at = 0; at <= 1000; at += 10)
    activity.add({ timeMs: at, state: 'S', cpuMs: 0, readyMs: null, readBytes: 0, readCalls: 0 });
  assert.equal(activity.settledMs, 1000 - hostAnswerLagMs);
  assert.equal(activity.shares(900, 1000), null);
  assert.deepEqual(activity.shares(700, 800), { input: 0, wait: 1, run: 0 });
});

test('a process whose reads cannot be seen has no input share', () => {
  const activity = createHostActivity();
  for (let at = 0; at <= 1000; at += 10)
    activity.add({ timeMs: at, state: 'S', cpuMs: at / 2, readyMs: null, readBytes: null, readCalls: null });
  const shares = activity.shares(300, 700);
  assert.equal(shares?.input, null);
  assert.ok(Math.abs((shares?.run ?? 0) - 0.5) < 1e-9);
});

test('a hole in the samples is not known', () => {
  const activity = createHostActivity();
  for (const at of [0, 10, 20, 3000, 3010, 3020, 3500, 4000])
    activity.add({ timeMs: at, state: 'R', cpuMs: at, readyMs: null, readBytes: 0, readCalls: 0 });
  assert.equal(activity.shares(1000, 1100), null);
});
