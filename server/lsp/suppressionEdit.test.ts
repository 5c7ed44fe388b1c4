import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyEdits } from '../applyFixes.ts';
import { suppressionEdit } from './suppressionEdit.ts';

/** The text after the edit for the place of `@`, which is not part of the text. */
function allowed(marked: string, rule = 'r'): string | undefined {
  const offset = marked.indexOf('@');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const edit = suppressionEdit(text, offset, rule);
  return edit && applyEdits(text, [edit]);
}

const cases: readonly [name: string, before: string, after: string | undefined][] = [
  ['behind the code', 'a\nx = @f()\nb\n', 'a\nx = f()  # perjoule: allow r\nb\n'],
  ['at the end of the file', 'x = @f()', 'x = f()  # perjoule: allow r'],
  ['instead of white space', 'x = @f()  \n', 'x = f()  # perjoule: allow r\n'],
  ['before a carriage return', 'x = @f()\r\ny\r\n', 'x = f()  # perjoule: allow r\r\ny\r\n'],
  ['into an allow comment', 'x = @f()  # perjoule: allow a\n', 'x = f()  # perjoule: allow a, r\n'],
  [
    'before the reason',
    'x = @f()  # perjoule: allow a, b (we log it)\n',
    'x = f()  # perjoule: allow a, b, r (we log it)\n',
  ],
  ['above another comment', '  x = @f()  # note\n', '  # perjoule: allow r\n  x = f()  # note\n'],
  [
    'into the allow comment above another comment',
    '  # perjoule: allow a\n  x = @f()  # note\n',
    '  # perjoule: allow a, r\n  x = f()  # note\n',
  ],
  [
    'not into allow-file',
    'x = @f()  # perjoule: allow-file a\n',
    '# perjoule: allow r\nx = f()  # perjoule: allow-file a\n',
  ],
  ['above a continuation', 'x = @f() + \\\n  1\n', '# perjoule: allow r\nx = f() + \\\n  1\n'],
  ['above an open string', 'x = @f("""\na""")\r\n', '# perjoule: allow r\r\nx = f("""\na""")\r\n'],
  ['nowhere between a continuation and an open string', 'y = \\\n  @f("""\na""")\n', undefined],
  [
    'a hash in a string is no comment',
    'x = @f("# perjoule: allow a")\n',
    'x = f("# perjoule: allow a")  # perjoule: allow r\n',
  ],
  ['quotes in a comment open nothing', "# don't\nx = @f()\n", "# don't\nx = f()  # perjoule: allow r\n"],
  ['behind a closed docstring', '"""it\'s\n"""\nx = @f()\n', '"""it\'s\n"""\nx = f()  # perjoule: allow r\n'],
  ['an escaped quote', "a = '\\''\nx = @f()\n", "a = '\\''\nx = f()  # perjoule: allow r\n"],
  ['an unclosed string ends with its line', "a = 'x\nx = @f()\n", "a = 'x\nx = f()  # perjoule: allow r\n"],
];

for (const [name, before, after] of cases)
  test(`allow comment: ${name}`, () => assert.equal(allowed(before), after));
