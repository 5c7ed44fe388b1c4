import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHostActivity } from '../../insight/hostActivity.ts';
import { CloseLooks } from './closeLooks.ts';

const closeMs = 1000 / 60;
const seldomMs = 100;

interface Plan {
  readonly items: number;
  readonly itemMs: number;
  readonly runMs: number;
  readonly waitMs: number;
}

/** Minutes of steps that load, run and wait, looked at as the sampler would; shares of the whole time. */
function watch({ items, itemMs, runMs, waitMs }: Plan): {
  readonly looks: number;
  readonly input: number;
  readonly wait: number;
} {
  const stepMs = items * itemMs + runMs + waitMs;
  const awakeAt = (timeMs: number): number => {
    const steps = Math.floor(timeMs / stepMs);
    return steps * (stepMs - waitMs) + Math.min(timeMs - steps * stepMs, stepMs - waitMs);
  };
  const readsAt = (timeMs: number): number => {
    if (items === 0) return 0;
    const steps = Math.floor(timeMs / stepMs);
    return steps * items + Math.min(items, Math.ceil((timeMs - steps * stepMs) / itemMs));
  };
  const looks = new CloseLooks();
  const activity = createHostActivity();
  const untilMs = 240_000;
  let count = 0;
  let askedMs = 2_000;
  const sums = { input: 0, wait: 0 };
  for (let timeMs = 0; timeMs < untilMs; timeMs += looks.wanted ? closeMs : seldomMs) {
    const sample = {
      timeMs,
      state: 'S',
      cpuMs: awakeAt(timeMs),
      readyMs: 0,
      readBytes: 0,
      readCalls: readsAt(timeMs),
    };
    activity.add(sample);
    looks.note(sample);
    count += 1;
    for (; askedMs + 100 <= activity.settledMs; askedMs += 100) {
      const shares = activity.shares(askedMs, askedMs + 100);
      assert.ok(shares !== null && shares.input !== null);
      sums.input += shares.input * 100;
      sums.wait += shares.wait * 100;
    }
  }
  const wholeMs = askedMs - 2_000;
  return { looks: count / (untilMs / 1000), input: sums.input / wholeMs, wait: sums.wait / wholeMs };
}

test('a thread that reads nothing is looked at once a round, and its waiting is told all the same', () => {
  const { looks, input, wait } = watch({ items: 0, itemMs: 0, runMs: 130, waitMs: 370 });
  assert.ok(looks < 11, `${looks} a second`);
  assert.equal(input, 0);
  assert.ok(Math.abs(wait - 0.74) < 0.005, `${wait}`);
});

test('a thread that loads in each step is looked at closely all the time', () => {
  const { looks, input, wait } = watch({ items: 40, itemMs: 5, runMs: 300, waitMs: 500 });
  assert.ok(looks > 55, `${looks} a second`);
  assert.ok(Math.abs(input - 0.2) < 0.01, `${input}`);
  assert.ok(Math.abs(wait - 0.5) < 0.01, `${wait}`);
});

test('loading that begins while looks are seldom counts whole', () => {
  // Steps so long that the close looks end within each.
  const { looks, input, wait } = watch({ items: 300, itemMs: 5, runMs: 4_000, waitMs: 4_500 });
  assert.ok(looks < 45, `${looks} a second`);
  assert.ok(Math.abs(input - 0.15) < 0.008, `${input}`);
  assert.ok(Math.abs(wait - 0.45) < 0.01, `${wait}`);
});
