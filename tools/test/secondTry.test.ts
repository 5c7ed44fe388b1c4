import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../projectFolder.ts';
import type { StageResult } from './stage.ts';

/** In a process of its own: Node runs no test files from within one. */
function result(folder: string, files: Readonly<Record<string, string>>): StageResult {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const script = `
    import { runWithSecondTry } from ${JSON.stringify(new URL('./secondTry.ts', import.meta.url).href)};
    const files = ${JSON.stringify(Object.keys(files).map((name) => relative(projectFolder, join(folder, name))))};
    const result = await runWithSecondTry(files, { concurrency: 2, timeoutMs: 60_000 });
    console.log(JSON.stringify(result));
  `;
  const main = join(folder, 'main.mjs');
  writeFileSync(main, script);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return JSON.parse(
    execFileSync(process.execPath, [main], {
      cwd: projectFolder,
      env,
      encoding: 'utf8',
    }),
  );
}

const passes = `import { test } from 'node:test';\ntest('one', () => {});\ntest('two', () => {});\n`;
const fails = `import { test } from 'node:test';\ntest('one', () => {});\ntest('red', () => { throw new Error('wrong'); });\n`;
const failsOnce = (mark: string): string => `
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
test('one', () => {});
test('late', () => {
  if (existsSync(${JSON.stringify(mark)})) return;
  writeFileSync(${JSON.stringify(mark)}, '');
  throw new Error('too late');
});
`;

test('a file that fails is run once more: what passes then counts once and is told, what fails twice is red', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-second-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const well = result(folder, {
    'a.test.mjs': passes,
    'b.test.mjs': failsOnce(join(folder, 'mark')),
  });
  assert.deepEqual([well.passed, well.failed], [4, 0]);
  assert.match((well.remarks ?? []).join('\n'), /failed at first.*\n.*b\.test\.mjs: late\n.*too late/);
  const ill = result(folder, { 'a.test.mjs': passes, 'c.test.mjs': fails });
  assert.deepEqual([ill.passed, ill.failed], [3, 1]);
  assert.match(ill.details, /c\.test\.mjs: red\n.*wrong/);
});
