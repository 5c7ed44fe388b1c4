/** Which commit a run's code is at, as `git` says it. */

import type { GitState } from '../../contracts/runs.ts';
import type { SourceDoor } from '../sources/source.ts';

const timeoutMs = 5_000;
/** Takes no lock that the user's own git would wait for, and starts no program that the repository's settings name. */
const harmless = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];

/** Null for a folder without a commit, without git, and where git takes too long. Never throws. */
export async function gitState(door: SourceDoor, folder: string): Promise<GitState | null> {
  try {
    const program = door.findProgram(['git', '/usr/bin/git']);
    if (program === null) return null;
    const question = ['status', '--porcelain=v2', '--branch', '--untracked-files=no', '--ignore-submodules'];
    const { exitCode, stdout, timedOut } = await door.run(
      program,
      ['-C', folder, ...harmless, ...question],
      timeoutMs,
    );
    return exitCode === 0 && !timedOut ? parseGitStatus(stdout) : null;
  } catch {
    return null;
  }
}

/** Output of `git status --porcelain=v2 --branch`. */
export function parseGitStatus(text: string): GitState | null {
  const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(text)?.[1];
  if (commit === undefined) return null;
  const branch = /^# branch\.head (.{1,200})$/m.exec(text)?.[1];
  return {
    commit,
    branch: branch === undefined || branch === '(detached)' ? null : branch,
    dirty: /^[12u] /m.test(text),
  };
}
