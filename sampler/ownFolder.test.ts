import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeOwnFolder } from './ownFolder.ts';

test('each folder on the way is for its owner alone, one that is there stays, a file in the way is told', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pj-own-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const deep = join(root, 'a', 'b');
  makeOwnFolder(deep);
  makeOwnFolder(deep);
  for (const path of [join(root, 'a'), deep]) assert.equal(statSync(path).mode & 0o777, 0o700);
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => makeOwnFolder(join(root, 'file', 'below')), /ENOTDIR/);
});

test('a native call is marked, or not, where no folder can be', {
  skip: process.platform !== 'linux' && 'such folders are Linux’s',
}, () => {
  // In a process of its own: what this guards against never came back.
  const script = `
    const { CrashGuard } = await import(${JSON.stringify(import.meta.resolve('./native/crashGuard.ts'))});
    new CrashGuard('/proc/nowhere/state').mark('library');
    console.log('went on');
    process.exit();`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(stdout, 'went on\n');
});
