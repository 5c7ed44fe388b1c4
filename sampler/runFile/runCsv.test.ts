import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunRecord } from '../../contracts/runFile.ts';
import { bareRun } from '../testing/bareRun.ts';
import { readRuns } from './readRuns.ts';
import { csvDocument } from './writeRun.ts';

const formulas = [
  '=HYPERLINK("http://x","y")',
  'a,=1+1',
  'a;+1',
  'a\t-1',
  '@SUM(1)',
  '","=1+1',
  '\\,=1',
  '\n=1',
  "<b>,|=cmd|' /C calc'!A0",
];

const record = (text: string): RunRecord => ({
  run: bareRun('run-1', {
    name: text,
    command: text,
    cwd: text,
    script: text,
    exitCode: -9,
    note: text,
    tags: [text],
  }),
  stepMarks: [],
  findings: [],
});

async function* none(): AsyncGenerator<never> {}

/** As a spreadsheet cuts a line, whichever separator its language has; with and without regard to quotation marks. */
function cells(line: string, separator: string): readonly string[] {
  const quoted = line.match(new RegExp(`(?:"(?:[^"]|"")*"|[^${separator}])+`, 'g')) ?? [];
  return [...quoted, ...line.split(separator)].map((cell) => cell.replace(/^[\s"']+/, ''));
}

for (const text of formulas)
  test(`${JSON.stringify(text)} begins no cell, and comes back as it was`, async () => {
    let csv = '';
    for await (const piece of csvDocument(record(text), none())) csv += piece;
    for (const line of csv.split('\n'))
      for (const separator of [',', ';', '\\t', '|'])
        for (const cell of cells(line, separator))
          assert.doesNotMatch(cell, /^(?!-?\d+[\]}]*$)[=+@-]/, `${separator} in ${line}`);
    const [read] = readRuns(csv);
    assert.equal(read?.record.run.note, text);
    assert.equal(read?.record.run.exitCode, -9);
  });
