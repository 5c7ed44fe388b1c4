import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Name of a Python 3.8 or newer; null where there is none. */
function findPython(): string | null {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 8) else 1)';
  return ['python3', 'python'].find((name) => spawnSync(name, ['-c', check]).status === 0) ?? null;
}

test("the demo's stand-in for PyTorch: queue, waits, loader with worker processes", (t) => {
  const python = findPython();
  if (python === null) {
    t.skip('no Python 3.8 or newer on this machine');
    return;
  }
  const script = fileURLToPath(new URL('stand_in_torch_test.py', import.meta.url));
  const done = spawnSync(python, [script], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(done.status, 0, done.stderr);
  t.diagnostic(/Ran \d+ tests/.exec(done.stderr)?.[0] ?? 'no count');
});
