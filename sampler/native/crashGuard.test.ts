import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CrashGuard } from './crashGuard.ts';

function place(context: TestContext): { folder: string; died(calling: boolean, minutesAgo: number): void } {
  const folder = mkdtempSync(join(tmpdir(), 'pj-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  let died = 0;
  return {
    folder,
    /** A process that is gone has left its mark. */
    died(calling, minutesAgo) {
      died += 1;
      const gone = spawnSync(process.execPath, ['-e', '']).pid;
      const path = join(folder, `native-${gone}-${died}.mark`);
      writeFileSync(path, `${calling ? '1' : '0'}lib 100`);
      const seconds = Date.now() / 1000 - minutesAgo * 60;
      utimesSync(path, seconds, seconds);
    },
  };
}

test('two deaths within ten minutes while the library was called: it is denied, and stays so', (context) => {
  const { folder, died } = place(context);
  died(true, 8);
  assert.equal(new CrashGuard(folder).isDenied('lib 100'), false);
  died(true, 1);
  assert.equal(new CrashGuard(folder).isDenied('lib 100'), true);
  assert.equal(new CrashGuard(folder).isDenied('lib 100'), true);
  assert.equal(new CrashGuard(folder).isDenied('lib 101'), false, 'another driver');
});

test('deaths far apart, and deaths while nothing was called, deny nothing', (context) => {
  const { folder, died } = place(context);
  died(true, 60);
  died(true, 5);
  died(false, 2);
  died(false, 1);
  assert.equal(new CrashGuard(folder).isDenied('lib 100'), false);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.mark')),
    [],
  );
});

test('the mark of a process that lives is no death', (context) => {
  const { folder } = place(context);
  const mark = new CrashGuard(folder).mark('lib 100');
  mark.set(true);
  const elsewhere = new CrashGuard(folder, () => true);
  assert.equal(elsewhere.isDenied('lib 100'), false);
  mark.close();
  assert.deepEqual(readdirSync(folder), []);
});

test('a folder that cannot be used, or a list that is damaged, hinders nothing', (context) => {
  const { folder } = place(context);
  writeFileSync(join(folder, 'file'), '');
  const nowhere = new CrashGuard(join(folder, 'file', 'below'));
  const mark = nowhere.mark('lib 100');
  mark.set(true);
  mark.close();
  assert.equal(nowhere.isDenied('lib 100'), false);
  writeFileSync(join(folder, 'native-crashes.json'), '{"lib 100": "often"');
  assert.equal(new CrashGuard(folder).isDenied('lib 100'), false);
});
