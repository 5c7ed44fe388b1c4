// Who started this process. npm stands behind a shell that waits on when npm is killed: then npm is who counts.

import { readFileSync } from 'node:fs';

/**
 * Ids of the parent and, where that is the shell of an npm script, of npm: one string, another once either is gone.
 * @returns {string}
 */
export function startedBy() {
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined) return String(parent);
  try {
    const isShellOfScript = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0')[1] === '-c';
    // The name in brackets may hold anything; the parent's id is the second field after it.
    const [, above] = readFileSync(`/proc/${parent}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return isShellOfScript ? `${parent} ${above}` : String(parent);
  } catch {
    // No /proc here: the parent alone.
    return String(parent);
  }
}
