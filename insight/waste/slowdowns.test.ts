import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlowdowns, type Slowdown, type SlowReading } from './slowdowns.ts';

const everyMs = 100;
const fullMHz = 1980;

/** A minute of readings; what is not said is full work at full clocks. */
function minuteOf(reading: (index: number) => Partial<SlowReading>): Slowdown | null {
  const slowdowns = createSlowdowns();
  for (let index = 0; index < 600; index += 1)
    slowdowns.add({
      timeMs: index * everyMs,
      intervalMs: everyMs,
      utilization: 1,
      slowedDown: 0,
      smClockMHz: fullMHz,
      temperatureC: 85,
      works: true,
      powerW: undefined,
      ...reading(index),
    });
  return slowdowns.sum();
}
const slow = { slowedDown: 1, smClockMHz: fullMHz / 2 };

test('a slow-down of a tenth of a second now and then is no more than that', () => {
  for (const works of [true, null]) {
    const sum = minuteOf((index) => (index % 6 === 0 ? { ...slow, works } : { works }));
    assert.equal(sum?.busyMs, 10_000);
    assert.equal(sum?.addedMs, 5000);
    assert.equal(sum?.fullClockMHz, fullMHz);
  }
});

test('what a driver tells as slowed and draws as much as at full clocks was not', () => {
  // Of six tenths of a second three are slowed; the driver tells of it for one more.
  const slowedFor = (index: number, told: number): boolean => index % 6 < told;
  const told = (index: number, powerW: number | undefined): Partial<SlowReading> => ({
    ...(slowedFor(index, 4) ? slow : {}),
    powerW,
  });
  assert.equal(minuteOf((index) => told(index, undefined))?.busyMs, 40_000);
  const byPower = minuteOf((index) => told(index, slowedFor(index, 3) ? 180 : 300));
  assert.ok(Math.abs((byPower?.busyMs ?? 0) - 30_000) <= 600, `${byPower?.busyMs}`);
  // Its power comes a reading late: the same time, told elsewhere.
  const late = minuteOf((index) => told(index, slowedFor((index + 5) % 6, 3) ? 180 : 300));
  assert.ok(Math.abs((late?.busyMs ?? 0) - 30_000) <= 600, `${late?.busyMs}`);
});

test('a draw that does not change with the clocks says nothing of when they were held', () => {
  const steady = minuteOf((index) => ({ ...(index % 6 < 4 ? slow : {}), powerW: 300 - (index % 2) }));
  assert.equal(steady?.busyMs, 40_000);
});

test('between kernels a GPU is told not to be slowed, and its work was', () => {
  const sum = minuteOf((index) =>
    index % 4 < 2 ? { ...slow, utilization: 0.5 } : { works: false, utilization: 0.5 },
  );
  assert.equal(sum?.busyMs, 30_000);
});

test('where the driver is asked more seldom than the GPU is read, its word holds for half a second', () => {
  const silent = { slowedDown: undefined, smClockMHz: undefined };
  assert.equal(minuteOf((index) => (index % 5 === 0 ? slow : silent))?.busyMs, 60_000);
  assert.equal(minuteOf((index) => (index === 0 ? slow : silent))?.busyMs, 600);
});
