/** Which commit a run's code is at, as `git` says it. */

import type { GitState } from '../../contracts/runs.ts';
import type { SourceDoor } from '../sources/source.ts';

const timeoutMs = 5_000;
/** Takes no lock that the user's own git would wait for, and starts neither a watcher nor a hook of the repository. */
const harmless = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
/** To compare files, git starts the filters of the repository's settings, and fetches what a partial clone left out. */
const startsPrograms = String.raw`^(filter\..*|extensions\.partialclone|remote\..*\.promisor)$`;

type Git = (
  ...question: readonly string[]
) => Promise<{ readonly exitCode: number; readonly stdout: string }>;

/**
 * Starts no program that the repository's own settings name; where a comparison would, `dirty` stays unknown.
 * @returns null for a folder without a commit, without git, and where git takes too long. Never throws.
 */
export async function gitState(door: SourceDoor, folder: string): Promise<GitState | null> {
  try {
    const program = door.findProgram(['git', '/usr/bin/git']);
    if (program === null) return null;
    const git: Git = async (...question) => {
      const ran = await door.run(program, ['-C', folder, ...harmless, ...question], timeoutMs);
      return { exitCode: ran.timedOut ? -1 : (ran.exitCode ?? -1), stdout: ran.stdout };
    };
    return (await comparesAlone(git)) ? await compared(git) : await named(git);
  } catch {
    return null;
  }
}

/** What the user's own settings name, as for large files, is started as by every other call of git. */
async function comparesAlone(git: Git): Promise<boolean> {
  const { exitCode, stdout } = await git(
    'config',
    '--show-scope',
    '--name-only',
    '--get-regexp',
    startsPrograms,
  );
  // 1: there is none. A git that is too old to tell scopes apart says something else.
  return exitCode === 1 || (exitCode === 0 && !/^(local|worktree)\t/m.test(stdout));
}

async function compared(git: Git): Promise<GitState | null> {
  const { exitCode, stdout } = await git(
    'status',
    '--porcelain=v2',
    '--branch',
    '--untracked-files=no',
    '--ignore-submodules',
  );
  return exitCode === 0 ? parseGitStatus(stdout) : null;
}

async function named(git: Git): Promise<GitState | null> {
  const { exitCode, stdout } = await git('rev-parse', 'HEAD', '--abbrev-ref', 'HEAD');
  const [commit = '', branch = 'HEAD'] = stdout.split('\n');
  if (exitCode !== 0 || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
  return { commit, branch: branch === 'HEAD' ? null : branch.slice(0, longestBranch), dirty: null };
}

const longestBranch = 200;

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
