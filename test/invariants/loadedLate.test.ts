/** What the sampler loads only when it is asked for: one import of it at the start would be megabytes on every machine. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the sources and the sampler load no client of servers before the first question', () => {
  const modules = [
    'sampler/sampler.ts',
    'sampler/server.ts',
    'sampler/sources/index.ts',
    'sampler/machineDoor.ts',
  ];
  const code = `for (const module of ${JSON.stringify(modules)}) await import('./' + module);
    process.stdout.write(process.moduleLoadList.join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
  });
  const loaded = stdout.split(',');
  assert.ok(loaded.includes('NativeModule net'), stderr);
  const late = ['http', 'https', 'tls', 'internal/deps/undici/undici'];
  assert.deepEqual(
    late.filter((name) => loaded.includes(`NativeModule ${name}`)),
    [],
  );
});
