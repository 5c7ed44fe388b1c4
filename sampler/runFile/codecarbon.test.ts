import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRuns } from './readRuns.ts';

const head = 'timestamp,run_id,duration,emissions,gpu_energy,energy_consumed';
const read = (columns: string, ...rows: readonly string[]) =>
  readRuns(`${head}${columns}\n${rows.join('\n')}\n`)[0]?.record.run;

test('the energy of GPUs that the file does not tell of is that of one of unknown model, and said', () => {
  for (const [columns, cells] of [
    ['', ''],
    [',gpu_count,gpu_model', ',,'],
    [',gpu_count,gpu_model', ',0,'],
  ] as const) {
    const run = read(columns, `2026-01-02T03:04:05,abc,60,1,0.01,0.02${cells}`);
    assert.equal(run?.totals.energyJ, 36_000);
    assert.deepEqual(
      run?.devices.map(({ name, vendor }) => [name, vendor]),
      [['GPU', 'unknown']],
    );
    assert.match(run?.notices[0]?.message ?? '', /does not tell how many GPUs/);
  }
  const told = read(',gpu_count,gpu_model', '2026-01-02T03:04:05,abc,60,1,0.01,0.02,1,1 x NVIDIA L4');
  assert.equal(told?.devices[0]?.name, '1 x NVIDIA L4');
  assert.doesNotMatch(told?.notices[0]?.message ?? '', /does not tell/);
});

test('a file without GPUs says first that it has no GPU energy, and blames no device', () => {
  const run = read('', '2026-01-02T03:04:05,abc,60,1,,0.02');
  assert.deepEqual([run?.totals.energyJ, run?.totals.missing, run?.devices], [null, 'notFound', []]);
  assert.equal(run?.notices[0]?.message, 'CodeCarbon recorded no GPU energy for this run.');
});

test('a bad value is told with the line that an editor shows, and with what to do', () => {
  const good = '2026-01-02T03:04:05,abc,60,1,0.01,0.02';
  for (const [row, why] of [
    ['2026-01-02T03:04:05,def,60,1,much,0.02', /^RunFileError: Line 4: gpu_energy is not a number; correct/],
    ['2026-01-02T03:04:05,def,,1,0.01,0.02', /^RunFileError: Line 4 has no run_id or no duration; correct/],
    ['yesterday,def,60,1,0.01,0.02', /^RunFileError: Line 4: timestamp is no date; correct/],
  ] as const)
    assert.throws(() => read('', good, '', row), why);
});
