import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MetricId, metricIds, metrics } from '../../contracts/metrics.ts';
import { decodeBlock, encodeBlock } from './block.ts';
import { Columns } from './columns.ts';
import { MeanRows } from './means.ts';
import { decodeRollup, encodeRollup, type Rollup } from './rollup.ts';
import { metricCode, metricOfCode, type Sample } from './samples.ts';

/** Whole multiples of the resolution come back as they were; up to the size of a counter that ran for years. */
const value = (id: MetricId): fc.Arbitrary<number> =>
  fc
    .integer({ min: 0, max: id === 'energyJ' ? 2 ** 46 : 2 ** 20 })
    .map((whole) => whole * metrics[id].resolution);

const sample = fc
  .tuple(
    fc.nat(5000),
    fc.record(
      Object.fromEntries(metricIds.map((id) => [id, value(id)])) as Record<MetricId, fc.Arbitrary<number>>,
      {
        requiredKeys: [],
      },
    ),
  )
  .map(([stepMs, values]) => ({ stepMs, values }));

const samples = fc.array(sample, { maxLength: 80 }).map((list) => {
  let timeMs = 1_795_000_000_000;
  return list.map(({ stepMs, values }): Sample => {
    timeMs += stepMs;
    return { timeMs, values };
  });
});

test('what goes into a block comes out of it, holes included', () => {
  fc.assert(
    fc.property(samples, (list) => {
      const decoded = decodeBlock(encodeBlock(list));
      assert.equal(decoded.length, list.length);
      for (const [index, { timeMs, values }] of list.entries()) {
        assert.equal(decoded[index]?.timeMs, timeMs);
        assert.deepEqual(Object.keys(decoded[index]?.values ?? {}).sort(), Object.keys(values).sort());
        for (const [id, expected] of Object.entries(values)) {
          const found = decoded[index]?.values[id as MetricId] ?? Number.NaN;
          assert.ok(
            Math.abs(found - expected) <= Math.abs(expected) * 1e-12,
            `${id}: ${found} for ${expected}`,
          );
        }
      }
    }),
  );
});

test('a minute of eight values takes a few bytes a sample', () => {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const minute = Array.from(
    { length: 600 },
    (_, index): Sample => ({
      timeMs: 1_795_000_000_000 + index * 100 + Math.round(random() * 2),
      values: {
        powerW: 400 + 8 * (random() - 0.5),
        energyJ: 1e7 + index * 40 + random(),
        utilization: Math.round(90 + random() * 4) / 100,
        memoryUsedBytes: 2 ** 34,
        powerLimitW: 700,
        smClockMHz: 1980,
        temperatureC: 60 + Math.floor(index / 200),
      },
    }),
  );
  const perSample = encodeBlock(minute).length / minute.length;
  assert.ok(perSample < 8, `${perSample} bytes`);
});

test('cut or foreign bytes are refused with a RangeError, and take no time', () => {
  const whole = encodeBlock([
    { timeMs: 1, values: { powerW: 5 } },
    { timeMs: 2, values: { powerW: 6 } },
  ]);
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => decodeBlock(whole.subarray(0, length)), RangeError);
  assert.throws(() => decodeBlock(Uint8Array.of(9, 1, 1)), RangeError);
});

test('every metric has a number of its own', () => {
  for (const id of metricIds) assert.equal(metricOfCode(metricCode(id)), id);
});

function summaryOf(samples: readonly Sample[], toMs: number): Uint8Array {
  const columns = new Columns();
  for (const each of samples) columns.add(each);
  const bytes = encodeRollup(columns, 0, toMs);
  assert.ok(bytes !== null);
  return bytes;
}

const summarise = (samples: readonly Sample[], toMs: number): Rollup =>
  decodeRollup(summaryOf(samples, toMs));

test('a summary holds the range of each metric and the energy of its bucket', () => {
  const second = Array.from(
    { length: 100 },
    (_, index): Sample => ({
      timeMs: index * 100,
      values: { powerW: index < 50 ? 100 : 300, ...(index === 3 ? { temperatureC: 70 } : {}) },
    }),
  );
  const rollup = summarise(second, 10_000);
  assert.deepEqual(rollup.ranges.powerW, { min: 100, mean: 200, max: 300 });
  assert.deepEqual(rollup.ranges.temperatureC, { min: 70, mean: 70, max: 70 });
  assert.equal(rollup.ranges.utilization, undefined);
  assert.ok(Math.abs(rollup.energyJ - 2000) < 11, `${rollup.energyJ}`);
});

test('a hole in the readings is no energy', () => {
  const rollup = summarise(
    [
      { timeMs: 0, values: { powerW: 100 } },
      { timeMs: 500, values: { powerW: 100 } },
      { timeMs: 9_000, values: { powerW: 100 } },
      { timeMs: 9_500, values: { powerW: 100 } },
    ],
    10_000,
  );
  assert.ok(Math.abs(rollup.energyJ - 150) < 1, `${rollup.energyJ}`);
});

test('means taken out of summaries are those of the summaries; a hole stays one, and cut bytes are refused', () => {
  const of = (samples: readonly Sample[]): Uint8Array => summaryOf(samples, 60_000);
  const first = of([{ timeMs: 10, values: { powerW: 61.3, energyJ: 12_345_678.9, temperatureC: -4 } }]);
  const second = of([{ timeMs: 10, values: { powerW: 700, memoryUsedBytes: 5 * 2 ** 30 } }]);
  const rows = new MeanRows();
  rows.add(0, first);
  rows.add(60_000, second);
  assert.deepEqual([...rows.startsMs], [0, 60_000]);
  const means = new Map<string, readonly number[]>();
  for (const [metric, stored, perUnit] of rows.columns())
    means.set(
      metric,
      [...stored].map((value) => value / perUnit),
    );
  assert.deepEqual(means.get('powerW'), [61.3, 700]);
  assert.deepEqual(means.get('energyJ'), [12_345_678.9, Number.NaN]);
  assert.deepEqual(means.get('temperatureC'), [-4, Number.NaN]);
  assert.deepEqual(means.get('memoryUsedBytes'), [Number.NaN, 5 * 2 ** 30]);
  for (let length = 0; length < first.length; length += 1)
    assert.throws(() => new MeanRows().add(0, first.subarray(0, length)), RangeError);
});
