import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMachineDoor } from '../machineDoor.ts';
import { gitState } from './gitState.ts';

test('commit, branch and uncommitted changes of a real repository; files that git does not know count for nothing', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-git-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    });
  const door = createMachineDoor();
  assert.equal(await gitState(door, folder), null);
  git('init', '-q', '-b', 'trials');
  assert.equal(await gitState(door, folder), null);
  writeFileSync(join(folder, 'train.py'), 'x = 1\n');
  git('add', 'train.py');
  git('commit', '-q', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  writeFileSync(join(folder, 'new.txt'), '');
  assert.deepEqual(await gitState(door, folder), { commit, branch: 'trials', dirty: false });
  writeFileSync(join(folder, 'train.py'), 'x = 2\n');
  git('checkout', '-q', '--detach');
  assert.deepEqual(await gitState(door, folder), { commit, branch: null, dirty: true });
});

test('a program that the repository names for git is not started', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-git-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]): void => {
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  };
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  const mark = join(folder, 'started');
  git('config', 'core.fsmonitor', `touch ${mark}; false`);
  assert.equal((await gitState(createMachineDoor(), folder))?.dirty, false);
  assert.throws(() => rmSync(mark), /ENOENT/);
});

test('a filter of the repository is not started: commit and branch are known, changes are not', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-git-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'trials');
  const script = join(folder, 'train.py');
  writeFileSync(script, 'x = 1\n');
  writeFileSync(join(folder, '.gitattributes'), '*.py filter=own\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  const mark = join(folder, 'started');
  const settings = join(folder, '.git', 'config');
  const bare = readFileSync(settings, 'utf8');
  const filter = `[filter "own"]\n\tclean = touch ${mark}; cat\n`;
  writeFileSync(join(folder, '.git', 'more'), filter);
  // Of the same size: git has to read it to know.
  for (const named of [filter, '[include]\n\tpath = more\n']) {
    writeFileSync(settings, bare + named);
    writeFileSync(script, 'x = 2\n');
    assert.deepEqual(await gitState(createMachineDoor(), folder), { commit, branch: 'trials', dirty: null });
    assert.throws(() => rmSync(mark), /ENOENT/);
    git('status');
    rmSync(mark);
  }
  git('checkout', '-q', '--detach');
  assert.equal((await gitState(createMachineDoor(), folder))?.branch, null);
});
