import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SharingState } from '../contracts/sharing.ts';
import { createGpuSharing } from './gpuSharing.ts';
import { windowSharing } from './sharingMarks.ts';

const near = (value: number | undefined, expected: number, by = 1): void =>
  assert.ok(Math.abs((value ?? Number.NaN) - expected) <= by, `${value} instead of ${expected}`);

/** A GPU at 100 W without an idle draw: alone, then beside one that computes three times as much, then alone. */
function stateAfter(seconds: number, [fromS, toS]: readonly [number, number]): SharingState {
  const sharing = createGpuSharing();
  for (let second = 1; second <= seconds; second += 1) {
    const beside = second > fromS && second <= toS;
    const activity = { own: 25, others: beside ? 75 : 0, unknown: 0 };
    sharing.look({ timeMs: second * 1000, own: 1, others: beside ? 1 : 0, activity }, second * 100, 0);
  }
  const state = sharing.state();
  assert.ok(state !== null);
  return state;
}

test('a window is divided by what was seen in it', () => {
  const state = stateAfter(60, [20, 40]);
  assert.equal(windowSharing(state, 1000, 18_000, 1700), null);
  const middle = windowSharing(state, 24_000, 36_000, 1200);
  near(middle?.runJ, 300);
  near(middle?.othersJ, 900);
  assert.deepEqual([middle?.confidence, Math.round((middle?.sharedMs ?? 0) / 1000)], ['likely', 12]);
  // Half of it alone.
  near(windowSharing(state, 10_000, 30_000, 2000)?.othersJ, 750);
  assert.equal(windowSharing(state, 45_000, 59_000, 1400), null);
  // Too short to be sure of.
  assert.equal(windowSharing(state, 25_000, 29_000, 400)?.confidence, 'possible');
});

test('a day of looks keeps few marks, evenly, and windows of it are still told apart', () => {
  const state = stateAfter(86_400, [30_000, 60_000]);
  const marks = state.marks ?? [];
  assert.ok(marks.length > 16 && marks.length <= 64, `${marks.length}`);
  assert.ok(JSON.stringify(state).length < 10_000);
  assert.equal(windowSharing(state, 1_000_000, 25_000_000, 1e6), null);
  near(windowSharing(state, 35_000_000, 55_000_000, 2e6)?.othersJ, 1.5e6, 1e5);
});

test('the parts of any windows add up to what was measured in them', () => {
  const state = stateAfter(200, [30, 150]);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200_000 }),
      fc.integer({ min: 1, max: 200_000 }),
      (fromMs, lengthMs) => {
        const parts = windowSharing(state, fromMs, fromMs + lengthMs, 500);
        if (parts === null) return;
        near(parts.runJ + parts.othersJ + parts.unattributedJ, 500, 1e-6);
        assert.ok(Math.min(parts.runJ, parts.othersJ, parts.unattributedJ) >= 0);
      },
    ),
  );
});
