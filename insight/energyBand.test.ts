import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from './seededRandom.ts';
import type { GpuTick, RunTick } from './ticks.ts';
import { type WindowDevice, windowTotals } from './windowTotals.ts';

const context = { sourceId: 'test', simulated: true };
const device: WindowDevice = { uuid: 'gpu', powerQuality: 'instant', hasEnergyCounter: true, band: 0.05 };
const quarter: WindowDevice = {
  ...device,
  hasEnergyCounter: false,
  band: 0.1,
  sensing: { updatePeriodMs: 100, windowMs: 25 },
};

/** High for half of each period; a square wave's energy in joules. */
const squareJ = (timeMs: number, periodMs: number): number => {
  const periods = Math.floor(timeMs / periodMs);
  const restMs = timeMs - periods * periodMs;
  const highMs = periods * (periodMs / 2) + Math.min(restMs, periodMs / 2);
  return (100 * timeMs + 500 * highMs) / 1000;
};

function ticksOf(periodMs: number, seed: number, withAverage = false): readonly RunTick[] {
  const random = createSeededRandom(seed);
  const phaseMs = random() * 100;
  const mean = (toMs: number, windowMs: number): number => {
    const fromMs = Math.max(0, toMs - windowMs);
    return toMs > fromMs
      ? ((squareJ(toMs, periodMs) - squareJ(fromMs, periodMs)) * 1000) / (toMs - fromMs)
      : 100;
  };
  const ticks: RunTick[] = [];
  for (let due = 0; due <= 40_000; due += 93) {
    const timeMs = due + random() * 4;
    const refreshedMs = Math.max(0, Math.floor((timeMs - phaseMs) / 100) * 100 + phaseMs);
    const gpu: GpuTick = {
      uuid: 'gpu',
      powerW: mean(refreshedMs, 25),
      utilization: 1,
      energyJ: squareJ(refreshedMs, periodMs),
      ...(withAverage ? { averagePowerW: mean(refreshedMs, 1000) } : {}),
    };
    ticks.push({ timeMs, gpus: [gpu], host: null });
  }
  return ticks;
}

test('where a sensor sees a quarter of the time, the band grows with what it cannot have seen, and holds', () => {
  let widened = 0;
  for (const periodMs of [200.7, 300.4, 251, 403, 990, 3100, 20_000]) {
    for (const seed of [1, 2, 3]) {
      const totals = windowTotals([quarter], ticksOf(periodMs, seed), 5000, 35_000, context);
      const trueJ = squareJ(35_000, periodMs) - squareJ(5000, periodMs);
      const band = totals.provenance?.band ?? 0;
      const off = Math.abs((totals.energyJ ?? Number.NaN) / trueJ - 1);
      assert.ok(off <= band, `${periodMs} ms: off by ${off}, band ${band}`);
      if (band > 0.2) widened += 1;
      if (periodMs === 20_000) assert.ok(band < 0.12, `a steady load: band ${band}`);
    }
  }
  assert.ok(widened >= 9, `${widened}`);
});

test('a mean of a second beside it takes over for windows of 10 s and more', () => {
  const ticks = ticksOf(200.7, 2, true);
  const long = windowTotals([quarter], ticks, 5000, 35_000, context);
  assert.equal(long.provenance?.quality, 'averaged1s');
  const trueJ = squareJ(35_000, 200.7) - squareJ(5000, 200.7);
  assert.ok(Math.abs((long.energyJ ?? 0) / trueJ - 1) < 0.01, `${long.energyJ}`);
  const short = windowTotals([quarter], ticks, 5000, 9000, context);
  assert.equal(short.provenance?.quality, 'instant');
  assert.ok((short.provenance?.band ?? 0) > (long.provenance?.band ?? 1));
});

test('a window shorter than the sensor can resolve has no energy, not 0, and says why', () => {
  const ticks = ticksOf(400, 4);
  for (const [which, shortMs, enoughMs] of [
    [device, 60, 250],
    [{ ...quarter, sensing: null }, 60, 250],
    [{ ...quarter, sensing: null, powerQuality: 'averaged1s' }, 3000, 6000],
  ] as const) {
    const short = windowTotals([which], ticks, 10_000, 10_000 + shortMs, context);
    assert.deepEqual([short.energyJ, short.missing, short.provenance], [null, 'tooShort', null]);
    const enough = windowTotals([which], ticks, 10_000, 10_000 + enoughMs, context);
    assert.ok((enough.energyJ ?? 0) > 0);
    assert.equal(enough.missing, null);
  }
});

test('the edges of a short window widen the band of a counter', () => {
  const ticks = ticksOf(400, 5);
  const bandOf = (toMs: number): number =>
    windowTotals([device], ticks, 10_000, toMs, context).provenance?.band ?? 0;
  assert.ok(Math.abs(bandOf(11_000) - 0.15) < 1e-9);
  assert.ok(Math.abs(bandOf(30_000) - 0.055) < 1e-9);
});

test('a window without any reading has no energy, not 0; a counter has counted on', () => {
  const inGap = ({ timeMs }: RunTick): boolean => timeMs < 11_000 || timeMs > 29_000;
  const ticks = ticksOf(3100, 1).filter(inGap);
  const unread = windowTotals([quarter], ticks, 15_000, 25_000, context);
  assert.equal(unread.energyJ, null);
  assert.equal(unread.missing, 'unread');
  assert.ok((windowTotals([device], ticks, 15_000, 25_000, context).energyJ ?? 0) > 0);
});

test('the first seconds of a sensor that sees a part of the time are told as what they are', () => {
  const early = ticksOf(200.7, 2, true).filter(({ timeMs }) => timeMs < 8000);
  const totals = windowTotals([quarter], early, 1000, 6000, context);
  assert.equal(totals.provenance?.quality, 'instant');
  const trueJ = squareJ(6000, 200.7) - squareJ(1000, 200.7);
  const off = Math.abs((totals.energyJ ?? Number.NaN) / trueJ - 1);
  assert.ok(off <= (totals.provenance?.band ?? 0), `off by ${off}, band ${totals.provenance?.band}`);
});

test('a source that is asked every two seconds cannot know the edges of a window better', () => {
  const slow = ticksOf(20_000, 1).filter((_, index) => index % 21 === 0);
  const totals = windowTotals([device], slow, 5000, 35_000, context);
  assert.ok((totals.provenance?.band ?? 0) > 0.1, `${totals.provenance?.band}`);
});
