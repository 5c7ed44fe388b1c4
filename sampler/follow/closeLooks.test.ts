import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHostActivity } from '../../insight/hostActivity.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { CloseLooks } from './closeLooks.ts';

const closeMs = 1000 / 60;
const seldomMs = 194;

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
    activity.add(sample, looks.wanted);
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

test('of a thread that loads in each step the looks of some seconds tell of the rest', () => {
  const { looks, input, wait } = watch({ items: 40, itemMs: 5, runMs: 300, waitMs: 500 });
  assert.ok(looks < 18, `${looks} a second`);
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

test('uneven steps whose reads sleep: what was learnt of a read counts in between', () => {
  const looks = new CloseLooks();
  const activity = createHostActivity();
  const random = createRandom(7);
  /** Ends of the parts of all steps, and what the thread has done by then. */
  const parts: { untilMs: number; awakeMs: number; reads: number }[] = [];
  const truth = { input: 0, wait: 0, whole: 0 };
  for (let untilMs = 0, awakeMs = 0, reads = 0; untilMs < 300_000; ) {
    const itemMs = random.between(4, 9);
    const items = 10 + Math.floor(random.between(0, 40));
    // Half of a read is spent asleep.
    for (let item = 0; item < items; item += 1) {
      parts.push({ untilMs: untilMs + 0.01, awakeMs, reads: ++reads });
      parts.push({ untilMs: untilMs + itemMs / 2, awakeMs, reads });
      awakeMs += itemMs / 2;
      untilMs += itemMs;
      parts.push({ untilMs, awakeMs, reads });
    }
    const [runMs, waitMs] = [random.between(100, 600), random.between(200, 900)];
    awakeMs += runMs;
    parts.push({ untilMs: untilMs + runMs, awakeMs, reads });
    untilMs += runMs + waitMs;
    parts.push({ untilMs, awakeMs, reads });
    truth.input += items * itemMs;
    truth.wait += waitMs;
    truth.whole = untilMs;
  }
  let part = 0;
  let askedMs = 0;
  const sums = { input: 0, wait: 0 };
  let count = 0;
  for (let timeMs = 0; timeMs < truth.whole; timeMs += looks.wanted ? closeMs : seldomMs) {
    while ((parts[part]?.untilMs ?? 0) < timeMs) part += 1;
    const from = parts[part - 1] ?? { untilMs: 0, awakeMs: 0, reads: 0 };
    const to = parts[part] ?? from;
    const done = to.untilMs > from.untilMs ? (timeMs - from.untilMs) / (to.untilMs - from.untilMs) : 1;
    const cpuMs = from.awakeMs + done * (to.awakeMs - from.awakeMs);
    const sample = { timeMs, state: 'S', cpuMs, readyMs: 0, readBytes: 0, readCalls: from.reads };
    activity.add(sample, looks.wanted);
    looks.note(sample);
    count += 1;
    for (; askedMs + 1_000 <= activity.settledMs; askedMs += 1_000) {
      const shares = activity.shares(askedMs, askedMs + 1_000);
      assert.ok(shares !== null && shares.input !== null);
      sums.input += shares.input * 1_000;
      sums.wait += shares.wait * 1_000;
    }
  }
  assert.ok(count / (truth.whole / 1_000) < 20, `${count} looks`);
  const [input, wait] = [sums.input / askedMs, sums.wait / askedMs];
  assert.ok(Math.abs(input - truth.input / truth.whole) < 0.02, `${input}, ${truth.input / truth.whole}`);
  assert.ok(Math.abs(wait - truth.wait / truth.whole) < 0.02, `${wait}, ${truth.wait / truth.whole}`);
});
