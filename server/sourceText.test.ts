import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeSource, maximumSourceBytes } from './sourceText.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const text = (source: Uint8Array): string | undefined => {
  const decoded = decodeSource(source);
  return 'text' in decoded ? decoded.text : undefined;
};

test('the byte order mark is noted and not part of the text', () => {
  assert.deepEqual(decodeSource(bytes([0xef, 0xbb, 0xbf], 'x = 1\n')), {
    text: 'x = 1\n',
    byteOrderMark: true,
    encoding: 'utf-8',
  });
});

test('the coding line counts in the first two lines only, as in Python', () => {
  assert.equal(text(bytes('# -*- coding: latin-1 -*-\n# ', [0xe9])), '# -*- coding: latin-1 -*-\n# é');
  assert.equal(
    text(bytes('#!/usr/bin/python\n# coding=cp1252\n# ', [0x80])),
    '#!/usr/bin/python\n# coding=cp1252\n# €',
  );
  assert.equal(text(bytes('# coding: future_fstrings\n# é')), '# coding: future_fstrings\n# é');
  assert.equal(text(bytes('\n\n# coding: latin-1\n# ', [0xe9])), undefined);
  assert.equal(text(bytes('x = 1\n# coding: latin-1\n# ', [0xe9])), undefined);
  assert.equal(text(bytes('# coding: no-such-coding\n')), undefined);
});

test('binary, oversized and truncated text is refused with a reason', () => {
  for (const source of [bytes([0]), bytes('x', [0, 0]), bytes([0xff, 0xfe, 0x41]), bytes('é').subarray(0, 1)])
    assert.ok('unreadable' in decodeSource(source));
  assert.ok('text' in decodeSource(new Uint8Array(maximumSourceBytes).fill(0x20)));
  assert.ok('unreadable' in decodeSource(new Uint8Array(maximumSourceBytes + 1).fill(0x20)));
});

test('a line of data is refused where the file would be parsed, a long string is not', () => {
  const refused = (line: string, head = 'import torch\n'): boolean =>
    'unreadable' in decodeSource(bytes(`${head}${line}\n`));
  for (const unit of ['1.5, ', 'f(x); ', 'a or ', '"a" ', '.b', '('])
    assert.ok(refused(`x = ${unit.repeat(1_000_000 / unit.length)}`), unit);
  const coded = Buffer.from(Uint8Array.from({ length: 700_000 }, (_, at) => (at * 7919) % 251)).toString(
    'base64',
  );
  assert.ok(!refused(`x = "${coded}"`));
  assert.ok(!refused(`x = "${'five words of plain prose '.repeat(36_000)}"`));
  assert.ok(!refused('1.5, '.repeat(200_000), 'import numpy\n'), 'what is not parsed costs nothing');
  assert.ok(!refused('x = [1.5, 2.5]\n'.repeat(60_000)), 'the same on many lines is code');
});
