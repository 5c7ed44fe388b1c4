import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { decodeRollup, type Rollup } from './rollup.ts';
import type { Sample } from './samples.ts';
import { SampleTable } from './sampleTable.ts';
import { migrate, readSchemaVersion, schemaVersion } from './schema.ts';

function fresh(): { database: DatabaseSync; table: SampleTable } {
  const database = new DatabaseSync(':memory:');
  migrate(database);
  return { database, table: new SampleTable(database) };
}

/** Ten readings of this second. */
const second = (at: number, powerW = 100): Sample[] =>
  Array.from({ length: 10 }, (_, index) => ({ timeMs: at * 1000 + index * 100, values: { powerW } }));

/** The stored summary of this minute. */
function rollupAt(database: DatabaseSync, track: number, startMs: number): Rollup {
  const key = (startMs / 60_000) * 2 ** 20 + track;
  const data = database.prepare('SELECT data FROM rollup60 WHERE key = ?').get(key)?.['data'];
  assert.ok(data instanceof Uint8Array);
  return decodeRollup(data);
}

test('migrations bring an empty file to the newest version, and do nothing to that one', () => {
  const { database } = fresh();
  assert.equal(readSchemaVersion(database), schemaVersion);
  migrate(database);
  assert.equal(readSchemaVersion(database), schemaVersion);
});

test('seconds are read back before, across and after the fold', () => {
  const { database, table } = fresh();
  const a = table.track('gpu', 'a', true);
  const b = table.track('gpu', 'b', true);
  for (let at = 6_000; at < 6_150; at += 1) {
    table.addSecond(
      at,
      new Map([
        [a, second(at)],
        [b, second(at, 200)],
      ]),
    );
    table.foldBefore(at * 1000);
    const found = table.read([a, b], 6_000_000, at * 1000 + 999);
    assert.equal(found.get(a)?.length, (at - 5_999) * 10);
    assert.equal(found.get(b)?.at(-1)?.values.powerW, 200);
  }
  const count = (name: string): number =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.['n']);
  assert.equal(count('chunk'), 4);
  assert.equal(count('rollup60'), 4);
  assert.equal(count('rollup10'), 24);
  assert.equal(count('tail'), 30);
  const window = table.read([b], 6_010_250, 6_010_450).get(b) ?? [];
  assert.deepEqual(
    window.map(({ timeMs }) => timeMs),
    [6_010_300, 6_010_400],
  );
  const minute = rollupAt(database, a, 6_000_000);
  assert.equal(minute.count, 600);
  assert.ok(Math.abs(minute.energyJ - 6_000) < 1);
  const means = table.readMeans('rollup60', [a, b], 6_000_000, 6_149_999);
  assert.deepEqual([...(means.get(b)?.startsMs ?? [])], [6_000_000, 6_060_000]);
  const power = [...(means.get(b)?.columns() ?? [])].find(([metric]) => metric === 'powerW');
  assert.deepEqual(power, ['powerW', Float64Array.of(2000, 2000), 10]);
  assert.equal(table.newestMs(), 6_150_000);
});

test('a second and a minute that are written twice hold both', () => {
  const { database, table } = fresh();
  const a = table.track('gpu', 'a', true);
  table.addSecond(60, new Map([[a, second(60)]]));
  table.addSecond(60, new Map([[a, [{ timeMs: 60_950, values: { powerW: 1 } }]]]));
  table.foldBefore(120_000);
  table.addSecond(61, new Map([[a, second(61)]]));
  table.foldBefore(180_000);
  assert.equal(table.read([a], 0, 120_000).get(a)?.length, 21);
  assert.equal(rollupAt(database, a, 60_000).count, 21);
});

test('deleting takes only the named tracks', () => {
  const { table } = fresh();
  const a = table.track('gpu', 'a', true);
  const b = table.track('gpu', 'b', true);
  table.addSecond(
    60,
    new Map([
      [a, second(60)],
      [b, second(60)],
    ]),
  );
  table.foldBefore(120_000);
  table.delete([a], 60_000, 61_000);
  assert.equal(table.read([a], 0, 120_000).get(a)?.length, 0);
  assert.equal(table.read([b], 0, 120_000).get(b)?.length, 10);
});

/** Means of the minutes in this time: start, power. */
function powers(table: SampleTable, track: number, fromMs: number, toMs: number): number[][] {
  const rows = table.readMeans('rollup60', [track], fromMs, toMs).get(track);
  const [, stored] = [...(rows?.columns() ?? [])].find(([metric]) => metric === 'powerW') ?? [];
  return [...(rows?.startsMs ?? [])].map((startMs, row) => [startMs, stored?.[row] ?? Number.NaN]);
}

test('hours that are over are gathered in rows of their own, which say what their minutes say', () => {
  const { database, table } = fresh();
  const a = table.track('gpu', 'a', true);
  const b = table.track('gpu', 'b', true);
  const minutes = 150;
  for (let minute = 0; minute < minutes; minute += 1) {
    const samples = new Map([[a, [{ timeMs: minute * 60_000, values: { powerW: minute } }]]]);
    // The other one is not there all the time.
    if (minute > 90) samples.set(b, [{ timeMs: minute * 60_000, values: { powerW: 1000 - minute } }]);
    table.addSecond(minute * 60, samples);
    table.foldBefore((minute + 1) * 60_000);
  }
  const hours = (): number => Number(database.prepare('SELECT count(*) AS n FROM hour').get()?.['n']);
  assert.equal(hours(), 3);
  const whole = [a, b].map((track) => powers(table, track, 0, minutes * 60_000));
  assert.deepEqual(
    whole.map((rows) => rows.length),
    [minutes, minutes - 91],
  );
  assert.deepEqual(whole[0]?.[100], [6_000_000, 1000]);
  // What comes late, of an hour that is over, is in its row too.
  table.addSecond(30 * 60 + 5, new Map([[a, [{ timeMs: 1_805_000, values: { powerW: 90 } }]]]));
  table.foldBefore(minutes * 60_000);
  assert.deepEqual(powers(table, a, 0, minutes * 60_000)[30], [1_800_000, 600]);
  // A track that is deleted for a part of an hour keeps the rest, and the other all.
  table.delete([a], 100 * 60_000, 109 * 60_000);
  assert.equal(powers(table, a, 0, minutes * 60_000).length, minutes - 10);
  assert.deepEqual(powers(table, b, 0, minutes * 60_000), whole[1]);
  const gathered = powers(table, a, 0, minutes * 60_000);
  database.exec('DELETE FROM hour WHERE key < 1048576');
  assert.deepEqual(powers(table, a, 0, minutes * 60_000), gathered, 'an hour without a row');
  database.exec('DROP TABLE hour');
  const older = new SampleTable(database);
  assert.deepEqual(powers(older, a, 0, minutes * 60_000), gathered, 'a file of before');
});
