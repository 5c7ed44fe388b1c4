import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Quality } from '../contracts/provenance.ts';
import { createEnergyMeter, type EnergyMeter, type MeterReading } from './energy.ts';
import { createRandom } from './testing/random.ts';
import type { RunTick } from './ticks.ts';
import { windowTotals } from './windowTotals.ts';

const meterOf = (powerQuality: Quality = 'instant', hasEnergyCounter = true): EnergyMeter =>
  createEnergyMeter({ powerQuality, hasEnergyCounter });

const reading = (timeMs: number, powerW?: number, energyJ?: number): MeterReading => ({
  timeMs,
  powerW,
  energyJ,
  powerLimitW: undefined,
  utilization: undefined,
});

/** Busy 250 ms, idle 250 ms. */
const squareW = (timeMs: number): number => (timeMs % 500 < 250 ? 400 : 100);
const squareJ = (timeMs: number): number => {
  const whole = Math.floor(timeMs / 500);
  const rest = timeMs - whole * 500;
  return (whole * 125_000 + Math.min(rest, 250) * 400 + Math.max(0, rest - 250) * 100) / 1000;
};
/** As the counter of a chip shows it: refreshed every 100 ms. */
const counterJ = (timeMs: number): number => 5000 + squareJ(Math.floor((timeMs - 37) / 100) * 100 + 37);

test('a source that sets a slow pace is measured from its first readings on', () => {
  for (const [readEveryMs, measuredMs] of [
    [15_000, 300_000],
    [null, 0],
  ] as const) {
    const meter = createEnergyMeter({ powerQuality: 'averaged1s', hasEnergyCounter: false, readEveryMs });
    for (let at = 0; at <= 60_000; at += 15_000) meter.add(reading(at, 100));
    assert.equal(meter.figures().measuredMs, readEveryMs === null ? measuredMs : 60_000);
    for (let at = 75_000; at <= 300_000; at += 15_000) meter.add(reading(at, 100));
    const { energyJ } = meter.figures();
    // Without a word on the pace the first minutes look like gaps.
    if (readEveryMs === null) assert.ok((energyJ ?? 0) < 25_000, `${energyJ}`);
    else assert.ok(Math.abs((energyJ ?? 0) / 30_000 - 1) < 0.01, `${energyJ}`);
  }
});

test('constant power integrates exactly, and a step of power does not become a ramp', () => {
  const meter = meterOf('instant', false);
  for (let at = 0; at <= 10_000; at += 100) meter.add(reading(at, 100));
  for (let at = 10_100; at <= 20_000; at += 100) meter.add(reading(at, 300));
  const { energyJ, method, quality, witnessJ } = meter.figures();
  assert.ok(Math.abs(meter.at(9000) - 900) < 1e-6);
  // When the first 300 W were refreshed is known to 100 ms.
  assert.ok(Math.abs((energyJ ?? 0) - (1000 + 3000)) <= 20 + 1e-6, `${energyJ}`);
  assert.ok(Math.abs(meter.at(19_000) - meter.at(11_000) - 2400) < 1e-6);
  assert.deepEqual([method, quality, witnessJ], ['integration', 'instant', null]);
});

test('the counter gives the energy, the integral the witness', () => {
  const meter = meterOf();
  for (let at = 0; at <= 20_000; at += 100) meter.add(reading(at, squareW(at), counterJ(at)));
  const { energyJ, method, quality, witnessJ } = meter.figures();
  assert.equal(method, 'counter');
  assert.equal(quality, 'counterUnchecked');
  assert.ok(Math.abs((energyJ ?? 0) - squareJ(20_000)) < 40, `${energyJ}`);
  assert.ok(Math.abs((witnessJ ?? 0) - squareJ(20_000)) < 0.2 * squareJ(20_000));
});

test('energy of any moment lies within one refresh of the truth, and never falls', () => {
  const meter = meterOf();
  let before = 0;
  for (let at = 0; at <= 20_000; at += 50) {
    meter.add(reading(at, squareW(at), counterJ(at)));
    const askedMs = at - 400;
    if (askedMs < 500) continue;
    const energyJ = meter.at(askedMs);
    assert.ok(Math.abs(energyJ - squareJ(askedMs)) <= 45, `${askedMs}: ${energyJ} ${squareJ(askedMs)}`);
    assert.ok(energyJ >= before - 1e-9);
    before = energyJ;
  }
});

test('a counter that is reset is joined by the integral', () => {
  const meter = meterOf();
  for (let at = 0; at <= 20_000; at += 100)
    meter.add(reading(at, squareW(at), at < 9000 ? counterJ(at) : counterJ(at) - counterJ(9000)));
  const { energyJ } = meter.figures();
  assert.ok(Math.abs((energyJ ?? 0) - squareJ(20_000)) < 60, `${energyJ}`);
});

test('a counter that jumps beyond anything the board can draw is not believed', () => {
  const meter = meterOf();
  for (let at = 0; at <= 20_000; at += 100)
    meter.add(reading(at, squareW(at), counterJ(at) + (at >= 9000 ? 1e6 : 0)));
  const { energyJ } = meter.figures();
  assert.ok(Math.abs((energyJ ?? 0) - squareJ(20_000)) < 60, `${energyJ}`);
});

test('a counter polled faster than it refreshes is not read as zero watts', () => {
  const meter = meterOf();
  for (let at = 0; at <= 5000; at += 20) meter.add(reading(at, 200, 0.2 * (Math.floor(at / 100) * 100)));
  assert.ok(Math.abs((meter.figures().energyJ ?? 0) - 1000) < 15);
  assert.ok(Math.abs(meter.at(2550) - 510) < 15);
});

for (const [factor, trusted] of [
  [1, true],
  [0.85, true],
  [1.2, true],
  [0.7, false],
  [1.4, false],
] as const)
  test(`a counter at ${factor} of the integral under load is ${trusted ? 'trusted' : 'given up'}`, () => {
    const meter = meterOf();
    let energyJ = 0;
    for (let at = 0; at <= 60_000; at += 100) {
      const powerW = at < 5000 ? 70 : 500;
      energyJ += powerW * 0.1;
      meter.add(reading(at, powerW, energyJ * factor));
    }
    const figures = meter.figures();
    assert.equal(meter.counterState, trusted ? 'trusted' : 'distrusted');
    assert.equal(figures.quality, trusted ? 'counter' : 'instant');
    const expected = 5 * 70 + 55 * 500;
    assert.ok(Math.abs((figures.energyJ ?? 0) - expected * (trusted ? factor : 1)) < 0.01 * expected);
    assert.ok(Math.abs((figures.witnessJ ?? 0) - expected * (trusted ? 1 : factor)) < 0.01 * expected);
  });

test('an instant value that sees the wrong quarter of the time is no judge, where a mean of a second is told', () => {
  const bySensor = (average: boolean) => {
    const meter = meterOf();
    for (let at = 0; at <= 60_000; at += 100) {
      // Busy half of each 200 ms, and seen only while busy.
      const energyJ = 0.3 * at;
      meter.add({ ...reading(at, 500, energyJ), utilization: 1, ...(average ? { averagePowerW: 300 } : {}) });
    }
    return meter.figures();
  };
  const alone = bySensor(false);
  assert.deepEqual([alone.method, alone.quality], ['integration', 'instant']);
  const beside = bySensor(true);
  assert.deepEqual([beside.method, beside.quality], ['counter', 'counter']);
  assert.ok(Math.abs((beside.energyJ ?? 0) - 18_000) < 40, `${beside.energyJ}`);
  assert.ok(Math.abs((beside.witnessJ ?? 0) - 18_000) < 40, `${beside.witnessJ}`);
});

test('an idle device is never the judge of its counter', () => {
  const meter = meterOf();
  for (let at = 0; at <= 120_000; at += 100) meter.add(reading(at, 70, at * 0.07 * 0.5));
  assert.equal(meter.counterState, 'unchecked');
});

test('short gaps are integrated across, longer ones held, long ones unmeasured', () => {
  const missing = (fromMs: number, toMs: number): number => {
    const meter = meterOf('instant', false);
    for (let at = 0; at <= 10_000; at += 100)
      if (at < fromMs || at > toMs) meter.add(reading(at, at < 5000 ? 100 : 300));
    const { energyJ, coveredMs } = meter.figures();
    assert.equal(coveredMs, toMs - fromMs < 800 ? 10_000 : 10_000 - (toMs - fromMs + 200));
    return energyJ ?? 0;
  };
  // When a value was refreshed is known to 100 ms: 20 J where it is another one.
  assert.ok(Math.abs(missing(4900, 5000) - (100 * 4.95 + 300 * 5.05)) <= 20);
  // Held at 100 W until the 100 ms that the value read at 5,400 tells of.
  assert.ok(Math.abs(missing(4800, 5300) - (100 * 5.3 + 300 * 4.7)) <= 20);
  // Nothing known from 3,900 to 6,100.
  assert.ok(Math.abs(missing(4000, 6000) - (390 + 300 * 3.9)) <= 20);
});

test('across a hole the counter still knows the joules; coverage says that readings are missing', () => {
  const meter = meterOf();
  for (let at = 0; at <= 30_000; at += 100)
    if (at < 10_000 || at > 20_000) meter.add(reading(at, squareW(at), counterJ(at)));
  const { energyJ, witnessJ, coveredMs, measuredMs } = meter.figures();
  assert.ok(Math.abs((energyJ ?? 0) - squareJ(30_000)) < 50, `${energyJ}`);
  assert.ok(Math.abs((witnessJ ?? 0) - squareJ(30_000)) < 0.2 * squareJ(30_000));
  assert.equal(coveredMs, 30_000 - 10_200);
  assert.equal(measuredMs, 30_000);
  const middle = meter.at(15_000);
  assert.ok(Math.abs(middle - squareJ(15_000)) < 100, `${middle}`);
});

test('nothing is counted across a suspend', () => {
  const meter = meterOf();
  for (let at = 0; at <= 10_000; at += 100) meter.add(reading(at, squareW(at), counterJ(at)));
  meter.newEpoch();
  for (let at = 100_000; at <= 110_000; at += 100) meter.add(reading(at, squareW(at), counterJ(at)));
  const { energyJ, coveredMs } = meter.figures();
  assert.ok(Math.abs((energyJ ?? 0) - 2 * squareJ(10_000)) < 150, `${energyJ}`);
  assert.ok(coveredMs <= 20_000 && coveredMs >= 19_700);
});

test('a mean of the last second is shifted back by half a second', () => {
  const meter = meterOf('averaged1s', false);
  const meanW = (at: number): number => {
    const refreshedMs = Math.floor((at - 37) / 100) * 100 + 37;
    return 100 + 200 * Math.max(0, Math.min(1, (refreshedMs - 5000) / 1000));
  };
  for (let at = 0; at <= 20_000; at += 100) meter.add(reading(at, meanW(at)));
  assert.ok(Math.abs(meter.at(5000) - 500) < 30);
  assert.ok(Math.abs(meter.at(10_000) - 2000) < 5);
  assert.ok(Math.abs((meter.figures().energyJ ?? 0) - 5000) < 5);
});

test('a device without any value has no energy, not zero', () => {
  const meter = meterOf();
  for (let at = 0; at <= 1000; at += 100) meter.add(reading(at));
  const { energyJ, method } = meter.figures();
  assert.equal(energyJ, null);
  assert.equal(method, null);
});

test('a counter alone is enough', () => {
  const meter = meterOf();
  for (let at = 0; at <= 10_000; at += 100) meter.add(reading(at, undefined, 0.3 * at));
  const { energyJ, witnessJ } = meter.figures();
  assert.ok(Math.abs((energyJ ?? 0) - 3000) < 1e-6);
  assert.equal(witnessJ, null);
});

const context = { sourceId: 'test', simulated: true };
const device = { uuid: 'gpu', powerQuality: 'instant', hasEnergyCounter: true, band: 0.05 } as const;
const ticksOf = (seed: number): readonly RunTick[] => {
  const random = createRandom(seed);
  const ticks: RunTick[] = [];
  for (let at = 0; at <= 60_000; at += 100) {
    const timeMs = at + random.between(0, 20);
    const gpu = { uuid: 'gpu', powerW: squareW(timeMs), energyJ: counterJ(timeMs), utilization: 0.5 };
    if (random.next() > 0.02) ticks.push({ timeMs, gpus: [gpu], host: null });
  }
  return ticks;
};

test('the windows of a run add up to the run', () => {
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.uniqueArray(fc.integer({ min: 1500, max: 57_000 }), { minLength: 1, maxLength: 6 }),
      (seed, cuts) => {
        const ticks = ticksOf(seed);
        const sorted = cuts.sort((one, other) => one - other);
        const apart = sorted.filter((cut, index) => cut - (sorted[index - 1] ?? 1000) >= 200);
        const edges = [1000, ...apart, 58_000];
        const total = (fromMs: number, toMs: number): number =>
          windowTotals([device], ticks, fromMs, toMs, context).energyJ ?? Number.NaN;
        const parts = edges.slice(1).map((toMs, index) => total(edges[index] ?? 0, toMs));
        const whole = total(1000, 58_000);
        const sum = parts.reduce((joules, part) => joules + part, 0);
        assert.ok(Math.abs(sum - whole) < 1e-6 * whole, `${sum} ${whole}`);
        assert.ok(Math.abs(whole - (squareJ(58_000) - squareJ(1000))) < 60);
      },
    ),
    { numRuns: 60 },
  );
});

test('a window says how much of it has readings and where its figure comes from', () => {
  const ticks = ticksOf(7).filter(({ timeMs }) => timeMs < 20_000 || timeMs > 25_000);
  const totals = windowTotals([{ ...device, counterChecked: true }], ticks, 10_000, 30_000, context);
  assert.ok(Math.abs(totals.coverage - 0.745) < 0.02, `${totals.coverage}`);
  assert.equal(totals.provenance?.quality, 'counter');
  assert.equal(totals.provenance?.simulated, true);
  assert.equal(windowTotals([], ticks, 0, 1000, context).missing, 'notFound');
});
