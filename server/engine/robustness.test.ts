/** Bad input: no throw, no crash, bounded time. The seeded tenth of what the soak run does. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../../test/rules/checking.ts';

const page = readFileSync(
  new URL('../rules/host-device-sync/sync-scalar-in-step.md', import.meta.url),
  'utf8',
);
const other = readFileSync(new URL('../rules/data-pipeline/loader-no-workers.md', import.meta.url), 'utf8');
const script = [page, other]
  .flatMap((text) => [...text.matchAll(/^```python\n([\s\S]*?)^```/gm)].map((m) => m[1] ?? ''))
  .join('\n');

/** Runs a check and fails when it throws, loses a rule or takes more processor time: others may hold the cores meanwhile. */
function survives(text: string, what: string, limitMs = 4000): void {
  const from = process.cpuUsage();
  const { problems } = check(text);
  const { user, system } = process.cpuUsage(from);
  const took = (user + system) / 1000;
  assert.deepEqual(
    problems.filter((p) => p.kind === 'ruleFailed'),
    [],
    what,
  );
  assert.ok(took < limitMs, `${what}: ${took.toFixed(0)} ms`);
}

/** Small and seeded: a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('a script cut off at any place, as while typing', () => {
  for (let at = 0; at < script.length; at += 23) survives(script.slice(0, at), `cut at ${at}`);
});

test('a line typed character by character into the middle', () => {
  const at = script.indexOf('        running += loss.item()');
  const typed = '        if step % (10 == 0: print(f"{loss.item()';
  for (let n = 1; n <= typed.length; n++)
    survives(`${script.slice(0, at)}${typed.slice(0, n)}\n${script.slice(at)}`, `typed ${n}`);
});

test('several hundred seeded mutations', () => {
  const next = random(20_261_122);
  const pieces = [
    '(',
    ')',
    '[',
    '"',
    "'''",
    ':',
    '\n',
    '\t',
    '    ',
    'def ',
    'for x in ',
    '\0',
    '\\',
    '*',
    '**',
    '😀',
    'lambda: ',
    'self.',
    '=',
    ' await ',
  ];
  for (let n = 0; n < 400; n++) {
    let text = script;
    for (let edits = 0; edits < 6; edits++) {
      const from = Math.floor(next() * text.length);
      const piece = pieces[Math.floor(next() * pieces.length)] ?? '';
      text = text.slice(0, from) + piece + text.slice(from + Math.floor(next() * 12));
    }
    survives(text, `mutation ${n}`);
  }
});

test('binary junk, NULs, lone surrogates, byte order mark, CR alone', () => {
  const next = random(7);
  let junk = 'import torch\n';
  for (let i = 0; i < 20_000; i++) junk += String.fromCharCode(Math.floor(next() * 0xffff));
  survives(junk, 'junk', 3000);
  survives(`import torch\n\0\0\0${script}`, 'NUL');
  survives(`import torch\nx = "\ud800"\n\udc00 = 1\n`, 'surrogates');
  survives(`\ufeff${script}`, 'BOM');
  survives(script.replaceAll('\n', '\r'), 'CR');
  assert.equal(check(`\ufeff${script}`).findings.length, check(script).findings.length);
  assert.equal(check(script.replaceAll('\n', '\r\n')).findings.length, check(script).findings.length);
});

test('deep nesting of every kind', () => {
  const deep = 20_000;
  survives(`import torch\nx = ${'('.repeat(deep)}1${')'.repeat(deep)}\n`, 'brackets', 3000);
  survives(`import torch\nx = ${'a + '.repeat(deep)}a\n`, 'sum', 3000);
  survives(`import torch\nx = a${'.b()'.repeat(deep)}\n`, 'chain', 3000);
  survives(`import torch\nx = ${'[x for x in '.repeat(2000)}`, 'comprehensions', 3000);
  survives(`import torch\nx = ${'lambda: '.repeat(deep)}1\n`, 'lambdas', 3000);
  survives(`import torch\nx = ${'not '.repeat(deep)}1\n`, 'not', 3000);
  let nested = 'import torch\n';
  for (let i = 0; i < 300; i++) nested += `${' '.repeat(i)}for x in y:\n`;
  survives(`${nested}${' '.repeat(300)}pass\n`, 'loops', 3000);
});

test('a function of 5,000 branches, 3,000 functions that call each other', () => {
  let branches = 'import torch\ndef f(x, loss):\n    if x == 0:\n        y = 0\n';
  for (let i = 1; i < 5000; i++) branches += `    elif x == ${i}:\n        y = ${i}\n`;
  survives(branches, 'branches', 5000);
  let reads = 'import torch\ndef f(x, k, loader):\n    x = x.cuda()\n    for b in loader:\n';
  for (let i = 0; i < 5000; i++)
    reads += `        if k == ${i}:\n            x = x + ${i}; y${i} = x.item()\n`;
  survives(reads, 'branches with reads', 5000);
  let calls = 'import torch\n';
  for (let i = 0; i < 3000; i++) calls += `def f${i}(x):\n    return f${(i + 1) % 3000}(x)\n`;
  survives(calls, 'calls', 5000);
});

test('a line of 1 MB and a file of 2 MB', () => {
  // The doors refuse such a line (`sourceText.ts`); who gets it all the same is not stopped by it.
  survives(`import torch\nx = [${'1.5, '.repeat(200_000)}]\n`, 'line', 5000);
  survives(`import torch\nx = "${'a'.repeat(1_000_000)}"\n`, 'text', 3000);
  const many = script.repeat(Math.ceil(2_000_000 / script.length));
  // Alone on the machine it takes a few seconds; the tests run beside others.
  survives(many, 'file', 60_000);
});

test('a rule that throws loses only itself', async () => {
  const { checkText } = await import('./check.ts');
  const { parser } = await import('../../test/rules/checking.ts');
  const { rules } = await import('../rules/index.generated.ts');
  const [first] = rules;
  assert.ok(first);
  const bad = {
    meta: { ...first.meta, name: 'throws-always' },
    check: () => {
      throw new Error('as planned');
    },
  };
  const result = checkText({ parser, path: '/p/train.py', text: script, rules: [bad, ...rules] });
  assert.match(result.problems.map((p) => p.message).join(), /"throws-always" failed.*as planned/);
  assert.ok(result.findings.length > 0);
});
