import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StepMark } from '../../ticks.ts';
import { type Arrival, isSure, lateness } from './arrival.ts';
import { limitPoints } from './limitPoints.ts';
import { SweepSchedule } from './sweepSchedule.ts';

const trueMs = 40;
const powerW = 250;

/**
 * Steps of 40 ms as a terminal without time shows them: lines wait while it is held, and then come all at once, half of
 * them a moment before the rest.
 *
 * @param holds from when to when nothing comes through, milliseconds
 */
function clumped(steps: number, holds: readonly (readonly [fromMs: number, toMs: number])[]): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let count = 1; count <= steps; count += 1) {
    const printedMs = count * trueMs;
    const hold = holds.find(([fromMs, toMs]) => printedMs > fromMs && printedMs <= toMs);
    const early = hold !== undefined && printedMs < (hold[0] + hold[1]) / 2;
    const timeMs = hold === undefined ? printedMs : early ? hold[1] : hold[1] + 1;
    const before = arrivals.at(-1);
    if (before !== undefined && before.timeMs >= timeMs) arrivals.pop();
    arrivals.push({ count, timeMs });
  }
  return arrivals;
}

const withEnergy = (arrivals: readonly Arrival[], power: number): StepMark[] =>
  arrivals.map((arrival) => ({ ...arrival, energyJ: (power * arrival.timeMs) / 1000 }));

/** The true time lies within what the window tells. */
function holdsTruth(arrivals: readonly Arrival[]): boolean {
  const first = arrivals[0];
  const last = arrivals.at(-1);
  if (first === undefined || last === undefined || last.count <= first.count) return true;
  const error = Math.abs(last.timeMs - first.timeMs - (last.count - first.count) * trueMs);
  return error <= lateness(arrivals) + 1e-6;
}

test('a window that begins with lines that came late says by how much its time may be wrong', () => {
  // The first line seen was printed 170 ms before; the others came in time.
  const late = clumped(60, [[0, 340]]);
  const [first] = late;
  const last = late.at(-1);
  assert.ok(first !== undefined && last !== undefined);
  const perStepMs = (last.timeMs - first.timeMs) / (last.count - first.count);
  assert.ok(perStepMs < 37.5, `${perStepMs} ms: the terminal makes the steps faster than they are`);
  assert.ok(holdsTruth(late));
  assert.equal(isSure(late), false);
});

test('even arrivals are sure, in whatever portions they are printed', () => {
  for (const portion of [1, 5, 25]) {
    const even = Array.from({ length: 5 }, (_, at) => ({
      count: portion * at,
      timeMs: 1000 + portion * at * trueMs,
    }));
    assert.ok(lateness(even) < 1e-6);
    assert.ok(isSure(even));
  }
});

test('wherever a terminal is held, and wherever the window begins and ends, the true time is within', () => {
  const hold = fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 50, max: 400 }));
  fc.assert(
    fc.property(
      fc.array(hold, { maxLength: 6 }),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 0, max: 30 }),
      (drawn, skipFirst, skipLast) => {
        const sorted = drawn.toSorted(([a], [b]) => a - b);
        const holds: (readonly [number, number])[] = [];
        for (const [fromMs, lengthMs] of sorted)
          if (fromMs > (holds.at(-1)?.[1] ?? -1) + 200) holds.push([fromMs, fromMs + lengthMs]);
        const all = clumped(100, holds);
        // Without a line that came in time nothing tells how late the others are.
        return holdsTruth(all.slice(skipFirst, Math.max(skipFirst + 1, all.length - skipLast)));
      },
    ),
    { seed: 7, numRuns: 500 },
  );
});

test('a limit that only looks cheaper because its lines came late is not told apart', () => {
  const late = withEnergy(clumped(60, [[0, 340]]), powerW);
  const even = withEnergy(clumped(60, []), powerW);
  const stretch = (limitW: number) => ({ limitW, fromMs: 0, toMs: 60 * trueMs, reached: true });
  const [low] = limitPoints(
    [
      { stretches: [stretch(275)], marks: late },
      { stretches: [stretch(300)], marks: even },
    ],
    0,
  );
  assert.ok((low?.perStepMs ?? 0) < 37.5);
  assert.ok((low?.perStepErrorMs ?? 0) > trueMs - (low?.perStepMs ?? 0));
  assert.equal(low?.differs, null);
});

test('a limit whose steps come in clumps is held until their time is sure, four times as long at most', () => {
  const measured = (arrivals: readonly Arrival[]): number => {
    const schedule = new SweepSchedule({ limitsW: [300], warmUpSteps: 0, measuredSteps: 40 });
    schedule.next(0, 0, 0);
    const end = arrivals.find(({ count, timeMs }) => schedule.next(count, timeMs, timeMs).kind === 'done');
    return end?.timeMs ?? Number.POSITIVE_INFINITY;
  };
  const evenMs = measured(clumped(400, []));
  const onceMs = measured(clumped(400, [[0, 200]]));
  const alwaysMs = measured(
    clumped(
      400,
      Array.from({ length: 20 }, (_, at) => [at * 800, at * 800 + 500] as const),
    ),
  );
  assert.ok(evenMs < 2200, `${evenMs} ms`);
  assert.ok(onceMs > 1.5 * evenMs && onceMs < 4 * evenMs, `${onceMs} ms`);
  assert.ok(alwaysMs > 3 * evenMs && alwaysMs < 5 * evenMs, `${alwaysMs} ms`);
});
