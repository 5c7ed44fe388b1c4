// What a clone holds must run: an ignore rule can hide a folder that the working tree still has.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';

test('the demo runs from the files that are under version control', (t) => {
  const listed = execFileSync('git', ['ls-files', '-z', 'demo'], { cwd: projectFolder, encoding: 'utf8' });
  const root = mkdtempSync(join(tmpdir(), 'pj-clone-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(projectFolder, file), join(root, file));
  }
  const printed = execFileSync('python3', ['train.py', '--epochs', '1', '--steps', '2'], {
    cwd: join(root, 'demo'),
    env: { ...process.env, PERJOULE_SIM: join(root, 'sim.jsonl') },
    encoding: 'utf8',
  });
  assert.match(printed, /test accuracy/);
});
