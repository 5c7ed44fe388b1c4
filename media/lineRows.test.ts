import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LineReport } from '../contracts/lines.ts';
import { lineRows, nearPath, placeText } from './lineRows.ts';
import { initialView, parseView } from './view.ts';

const at = (path: string, line: number, name: string, energyJ: number, idleJ: number | null) => ({
  path,
  line,
  name,
  energyJ,
  idleJ,
  samples: energyJ,
});
const lines = [
  at('/p/b.py', 7, 'load', 60, 55),
  at('/p/a.py', 3, 'step', 30, null),
  at('/p/b.py', 9, 'load', 10, 0),
];
const report: LineReport = {
  sampledJ: 100,
  samples: 100,
  missedSamples: 0,
  lines,
  functions: [
    { path: '/p/b.py', name: 'load', energyJ: 70, idleJ: 55, samples: 70 },
    { path: '/p/a.py', name: 'step', energyJ: 30, idleJ: null, samples: 30 },
    { path: '/p/c.py', name: 'beyond', energyJ: 0, idleJ: 0, samples: 0 },
  ],
  phases: [],
};
const listing = initialView.lines;

describe('joules by line as rows', () => {
  test('most joules first, active and idle apart, the share is of what was divided', () => {
    assert.deepEqual(
      lineRows(report, listing).map((row) => [row.line, row.energyJ, row.activeJ, row.idleJ, row.share]),
      [
        [7, 60, 5, 55, 0.6],
        [3, 30, null, null, 0.3],
        [9, 10, 10, 0, 0.1],
      ],
    );
  });

  test('what is not known comes after a known nothing, and before it the other way round', () => {
    const order = (descending: boolean): readonly number[] =>
      lineRows(report, { ...listing, sort: 'idle', descending }).map(({ line }) => line);
    assert.deepEqual(order(true), [7, 9, 3]);
    assert.deepEqual(order(false), [3, 9, 7]);
  });

  test('by place: file, then line', () => {
    const rows = lineRows(report, { ...listing, sort: 'place', descending: false });
    assert.deepEqual(
      rows.map(({ line }) => line),
      [3, 7, 9],
    );
  });

  test('a function opens its line with most joules; one without a listed line its file', () => {
    assert.deepEqual(
      lineRows(report, { ...listing, by: 'function' }).map(({ name, line }) => [name, line]),
      [
        ['load', 7],
        ['step', 3],
        ['beyond', 0],
      ],
    );
  });

  test('paths are told from the folder of the run, and only below it', () => {
    assert.equal(nearPath('/p/sub/a.py', '/p'), 'sub/a.py');
    assert.equal(nearPath('C:\\p\\a.py', 'C:\\p'), 'a.py');
    assert.equal(nearPath('/project/a.py', '/p'), '/project/a.py');
    assert.equal(placeText('sub/a.py', 8), 'a.py:8');
    assert.equal(placeText('sub/a.py', 0), 'a.py');
  });

  test('a listing saved by another version falls back', () => {
    assert.deepEqual(parseView({ lines: { by: 'moon', sort: 'carbon', descending: 7 } }).lines, listing);
    const kept = { by: 'function', sort: 'idle', descending: false } as const;
    assert.deepEqual(parseView({ lines: kept }).lines, kept);
  });
});
