import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRefreshClock } from './refreshClock.ts';
import { createRandom } from './testing/random.ts';

interface Driver {
  readonly periodMs: number;
  readonly pollMs: number;
  /** A poll comes up to so much late. */
  readonly lateMs: number;
  /** Share of the refreshes that leave the value as it was. */
  readonly equal: number;
}

/** Signed errors of the told refresh times in milliseconds, once the clock had 10 s to learn. */
function errorsOf({ periodMs, pollMs, lateMs, equal }: Driver, mayRepeat: boolean, seed: number): number[] {
  const random = createRandom(seed);
  const phaseMs = random.between(0, periodMs);
  const clock = createRefreshClock(mayRepeat);
  const values: number[] = [];
  let told = 0;
  let before = Number.NaN;
  const errors: number[] = [];
  for (let due = random.between(0, pollMs); due < 60_000; due += pollMs) {
    const timeMs = due + random.between(0, lateMs);
    const refresh = Math.floor((timeMs - phaseMs) / periodMs);
    while (values.length <= refresh + 1) {
      if (random.next() >= equal) told += 1;
      values.push(told);
    }
    const value = values[refresh + 1] ?? Number.NaN;
    const refreshedMs = clock.see(timeMs, value !== before);
    before = value;
    if (refreshedMs !== null && timeMs > 10_000) errors.push(refreshedMs - (phaseMs + refresh * periodMs));
  }
  return errors;
}

const shareWithin = (errors: readonly number[], limitMs: number): number =>
  errors.filter((error) => Math.abs(error) <= limitMs).length / errors.length;

for (const driver of [
  { periodMs: 100, pollMs: 97, lateMs: 8, equal: 0 },
  { periodMs: 100.4, pollMs: 97, lateMs: 8, equal: 0 },
  { periodMs: 99.6, pollMs: 93, lateMs: 2, equal: 0 },
  { periodMs: 100, pollMs: 48.5, lateMs: 8, equal: 0 },
])
  test(`a driver that refreshes every ${driver.periodMs} ms, read every ${driver.pollMs} ms, is learnt to a few milliseconds`, () => {
    for (const mayRepeat of [true, false]) {
      const errors = [1, 2, 3, 4, 5].flatMap((seed) => errorsOf(driver, mayRepeat, seed));
      assert.ok(shareWithin(errors, 12) > 0.97, `${mayRepeat}: ${shareWithin(errors, 12)}`);
      assert.ok(errors.length > 2000, `${errors.length}`);
    }
  });

test('values that happen to be equal do not hide the refresh', () => {
  const driver = { periodMs: 100, pollMs: 97, lateMs: 5, equal: 0.02 };
  const errors = [1, 2, 3, 4, 5].flatMap((seed) => errorsOf(driver, true, seed));
  assert.ok(shareWithin(errors, 12) > 0.9, `${shareWithin(errors, 12)}`);
});

test('readings in step with the driver, or far apart, know the refresh to one period', () => {
  for (const pollMs of [100, 1000]) {
    const errors = errorsOf({ periodMs: 100, pollMs, lateMs: 0, equal: 0 }, false, 3);
    assert.ok(errors.length > 40 && shareWithin(errors, 51) === 1, `${pollMs}`);
  }
});

test('an idle device that tells one value for ever is renewed all the same, at every period', () => {
  const clock = createRefreshClock(true);
  let refreshes = 0;
  for (let at = 0; at <= 30_000; at += 97) if (clock.see(at, at === 0) !== null) refreshes += 1;
  assert.ok(refreshes >= 280 && refreshes <= 310, `${refreshes}`);
});
