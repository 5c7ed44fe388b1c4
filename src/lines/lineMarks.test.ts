import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LineReport } from '../../contracts/lines.ts';
import { lineMarks, placeMarks } from './lineMarks.ts';

const text = ['import torch', 'for batch in loader:', '    step(batch)', '    log()', 'step(batch)', ''].join(
  '\n',
);
const path = '/p/train.py';
const at = (line: number, energyJ: number, idleJ: number | null = 0, name = 'train') => ({
  path,
  line,
  name,
  samples: 1,
  energyJ,
  idleJ,
});
const reportOf = (lines: LineReport['lines']): LineReport => ({
  sampledJ: 100,
  samples: 100,
  missedSamples: 0,
  lines,
  functions: [],
  phases: [],
});
const rows = (marks: ReturnType<typeof lineMarks>, now: string): readonly number[] =>
  placeMarks(marks, now).map(({ row }) => row);

describe('joules on lines', () => {
  const marks = lineMarks(reportOf([at(3, 70, 5), at(2, 20, 18), at(4, 0.5), at(9, 9)]), path, text);

  test('lie on the lines that took most; what is under 1 % or past the end is not marked', () => {
    assert.deepEqual(
      placeMarks(marks, text).map(({ row, mark }) => [row, mark.energyJ, mark.share, mark.idleJ]),
      [
        [1, 20, 0.2, 18],
        [2, 70, 0.7, 5],
      ],
    );
  });

  test('go with what is written above, whatever the ends of lines', () => {
    assert.deepEqual(rows(marks, `# more\n\n${text}`), [3, 4]);
    assert.deepEqual(rows(marks, text.replaceAll('\n', '\r\n')), [1, 2]);
  });

  test('are gone when the text of the line changes, its indentation included, and back with an undo', () => {
    assert.deepEqual(rows(marks, text.replace('step(batch)', 'step(batch, 2)')), [1]);
    assert.deepEqual(rows(marks, text.replace('    step', '        step')), [1]);
    assert.deepEqual(rows(marks, text), [1, 2]);
  });

  test('are gone when it cannot be said which of several equal lines was meant', () => {
    assert.deepEqual(rows(marks, text.replace('    log()', '    step(batch)')), [1]);
  });

  test('of the second of two equal lines stay with the second', () => {
    const twice = 'a()\nb()\na()\n';
    const second = lineMarks(reportOf([at(3, 50)]), path, twice);
    assert.deepEqual(rows(second, twice), [2]);
    assert.deepEqual(rows(second, `x\n${twice}`), [3]);
  });

  test('of one line in several functions add up; an unknown idle part makes the sum unknown', () => {
    const [mark] = lineMarks(reportOf([at(3, 30, 1), at(3, 20, null, '<lambda>')]), path, text);
    assert.equal(mark?.energyJ, 50);
    assert.equal(mark?.idleJ, null);
  });

  test('without a known energy lie where most samples are, and hold no joules', () => {
    const unknown = (line: number, samples: number) => ({
      ...at(line, 0),
      samples,
      energyJ: null,
      idleJ: null,
    });
    const report = { ...reportOf([unknown(2, 10), unknown(3, 90)]), sampledJ: null };
    assert.deepEqual(
      lineMarks(report, path, text).map(({ energyJ, share, idleJ }) => [energyJ, share, idleJ]),
      [
        [null, 0.9, null],
        [null, 0.1, null],
      ],
    );
  });

  test('hold nothing of the text', () => {
    const secret = 'key = "hunter2hunter2"';
    assert.doesNotMatch(JSON.stringify(lineMarks(reportOf([at(1, 50)]), path, secret)), /hunter2/);
  });

  test('never lie on a line of another text', () => {
    const line = fc.constantFrom('a', ' a', 'b', 'b()', '', 'c');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(line), fc.nat(30), (before, after, pick) => {
        const meant = pick % before.length;
        const made = lineMarks(reportOf([at(meant + 1, 50)]), path, before.join('\n'));
        for (const { row } of placeMarks(made, after.join('\n')))
          assert.equal((after[row] ?? '').trimEnd(), before[meant]?.trimEnd());
      }),
    );
  });
});
