/** Finding Python and the demo, for the tests of this folder. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const demoFolder = fileURLToPath(new URL('../../../demo', import.meta.url));

/** Name of a Python 3.8 or newer; null where there is none. */
export function findPython(): string | null {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 8) else 1)';
  return ['python3', 'python'].find((name) => spawnSync(name, ['-c', check]).status === 0) ?? null;
}

export const noPython = 'no Python 3.8 or newer on this machine';
