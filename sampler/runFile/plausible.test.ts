import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFile } from '../../test/recordedRun.ts';
import { checkBlock, checkRecord } from './checkRecord.ts';

const dayMs = 24 * 3_600_000;
const nowMs = Date.UTC(2026, 10, 20);

/** @param change of the run's parts, by their path */
function changed(change: (record: { run: Record<string, unknown> }) => void): () => unknown {
  const record = JSON.parse(runFile({ id: 'one', perStepJ: 40 }, 0));
  change(record);
  return () => checkRecord(record, nowMs);
}
const startedAt = (startedAtMs: number) => changed(({ run }) => Object.assign(run, { startedAtMs }));

test('a start that is no date or lies in the future is refused, a clock that is ahead or was never set is not', () => {
  assert.throws(startedAt(8.64e16), /start, 86400000000000000 ms after 1970, is no date; correct /);
  assert.throws(startedAt(8.64e15 + 1), /is no date/);
  assert.throws(startedAt(8.64e15), /\+275760-09-13.* more than a day ahead; correct /);
  assert.throws(startedAt(nowMs + dayMs + 1), /2026-11-21T00:00:00\.001Z, lies more than a day ahead/);
  for (const good of [nowMs + dayMs, nowMs, 1000]) assert.doesNotThrow(startedAt(good));
});

test('joules and watts that no machine draws are refused with their place', () => {
  const totals = (part: object) => changed(({ run }) => Object.assign(run['totals'] as object, part));
  assert.throws(
    totals({ energyJ: 1e300 }),
    /run\.totals\.energyJ is more than .* \(1000 kW each\); correct /,
  );
  assert.throws(totals({ idleJ: 1e12 }), /run\.totals\.idleJ is more than /);
  assert.throws(totals({ meanPowerW: 1e7 }), /run\.totals\.meanPowerW is more than /);
  assert.throws(
    changed((record) => Object.assign(record, { stepMarks: [{ count: 1, timeMs: 1, energyJ: 1e300 }] })),
    /stepMarks\[0\]\.energyJ is more than /,
  );
  // 100 s on one GPU, at 900 kW.
  assert.doesNotThrow(totals({ energyJ: 9e7 }));
  const block = (watts: number) => () =>
    checkBlock({ track: 'GPU-1', timesMs: [0], values: { powerW: [watts] } }, 'samples[0]');
  assert.throws(block(1e300), /samples\[0\]\.values\.powerW holds more than 1000000 W/);
  assert.doesNotThrow(block(1400));
});
