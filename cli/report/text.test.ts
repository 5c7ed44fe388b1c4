import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportedFinding } from './report.ts';
import { textReport } from './text.ts';

const finding = (over: Partial<ReportedFinding>): ReportedFinding => ({
  rule: 'tiny-read',
  path: 'a.py',
  cell: null,
  line: 3,
  column: 1,
  endLine: 3,
  endColumn: 2,
  severity: 'warning',
  confidence: 'certain',
  message: 'It waits.',
  fixes: [],
  related: [],
  regionHash: '',
  codeHash: '',
  sourceLine: '',
  ...over,
});

function printed(findings: ReportedFinding[], colour = false): string {
  const stats = { files: 2, notChecked: 0, notListed: 0, analysed: 1, lines: 10, ms: 1 };
  return textReport({ findings, problems: [], stats }, { colour, stats: false });
}

/** The characters of the code line that stand above carets, a wide character taking two columns. */
function underlined(sourceLine: string, column: number, endColumn: number): string {
  const [, , code = '', carets = ''] = printed([finding({ sourceLine, column, endColumn })]).split('\n');
  const cells = [...code].flatMap((c) => (c > '\u2e00' ? [c, ''] : [c]));
  return cells.filter((_, index) => carets[index] === '^').join('');
}

test('carets stand under the finding behind tabs, wide characters and cut lines', () => {
  assert.equal(underlined('\t\tx = f()', 7, 10), 'f()');
  assert.equal(underlined('t = "😀漢字"; f()', 12, 15), 'f()');
  assert.equal(underlined(`${'a'.repeat(5000)}f()${'b'.repeat(5000)}`, 5001, 5004), 'f()');
  assert.equal(underlined('f()', 1, 4), 'f()');
});

test('a long line is cut, an end beyond the line marks its rest', () => {
  const [, , code = ''] = printed([
    finding({ sourceLine: 'a'.repeat(1_000_000), column: 500_000, endColumn: 500_010 }),
  ]).split('\n');
  assert.ok(code.length < 120);
  const [, , , carets] = printed([
    finding({ sourceLine: 'x = f(', column: 5, endLine: 9, endColumn: 1 }),
  ]).split('\n');
  assert.equal(carets, '      |     ^^');
});

test('fix, caveat and other places are named', () => {
  const text = printed([
    finding({
      confidence: 'likely',
      fixes: [{ safety: 'suggestion', title: 'Do it', caveat: 'Look first.', replacements: [] }],
      related: [
        { path: 'b.py', cell: null, line: 1, column: 2, endLine: 1, endColumn: 3, message: 'Here too.' },
      ],
    }),
  ]);
  assert.match(text, /warning tiny-read \(likely\)\n/);
  assert.match(text, /\n {2}see b\.py:1:2 Here too\.\n {2}fix Do it \(suggestion\)\n {6}Look first\.\n/);
});

test('the last line counts', () => {
  assert.match(printed([]), /^No findings in 2 files\.\n$/);
  const safe = { safety: 'safe', title: 'Do it', caveat: undefined, replacements: [] } as const;
  assert.match(
    printed([
      finding({ fixes: [safe] }),
      finding({ severity: 'hint' }),
      finding({ severity: 'information' }),
    ]),
    /\n3 findings in 1 of 2 files: 1 warning, 1 information, 1 hint\. 1 can be fixed with --fix\.\n$/,
  );
});

test('colours only when asked for, escapes of others never', () => {
  assert.ok(printed([finding({})], true).includes('\u001b[33m'));
  assert.ok(
    !printed([finding({ path: '\u001b[2J', message: '\u009b', sourceLine: '\u001b]8;;x' })]).match(
      /[\u001b\u009b]/,
    ),
  );
});
