// `npm run cli`: the command line on the Node of the clone, from wherever it was called.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';

test('paths are meant from the folder in which npm was called', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'only_here.py'), 'import torch\n');
  const launch = join(projectFolder, 'tools', 'launch.mjs');
  const printed = execFileSync(process.execPath, [launch, 'cli', 'check', 'only_here.py'], {
    cwd: projectFolder,
    env: { ...process.env, INIT_CWD: folder },
    encoding: 'utf8',
  });
  assert.equal(printed, 'No findings in 1 file.\n');
});
