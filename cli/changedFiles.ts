/** The files that differ from a commit, as git says. Git is started without a shell; none of the repository's own programs run. */

import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from './usageError.ts';

const run = promisify(execFile);
const mostOutputBytes = 64 * 1024 * 1024;

/** A repository may name programs in its configuration: these are not started. */
const harmless = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath='] as const;

async function git(args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...harmless, ...args], {
    maxBuffer: mostOutputBytes,
    windowsHide: true,
  });
  return stdout;
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

async function answer(args: readonly string[], wrong: string, remedy: string): Promise<string> {
  try {
    return await git(args);
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new UsageError('--changed needs git, which was not found; install it or leave --changed out.');
    throw new UsageError(`${wrong}; ${remedy}`);
  }
}

/**
 * Absolute real paths of what was added or changed since the current branch left `base`: committed, staged, in the working
 * tree or not yet known to git.
 * @throws UsageError
 */
export async function changedFiles(base: string): Promise<ReadonlySet<string>> {
  const top = (
    await answer(
      ['rev-parse', '--show-toplevel'],
      '--changed works in a git repository only',
      'this folder is in none.',
    )
  ).replace(/\r?\n$/, '');
  const noCommit = [`git knows no commit “${base}”`, 'name a branch, a tag or a commit.'] as const;
  const commit = (
    await answer(['rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`], ...noCommit)
  ).trim();
  // Histories that share nothing are compared as they stand.
  const from = await git(['merge-base', commit, 'HEAD']).then(
    (text) => text.trim(),
    () => commit,
  );
  const failed = ['git could not compare the working tree', 'try "git status" in this folder.'] as const;
  const compared = [
    '-C',
    top,
    'diff',
    '--name-only',
    '-z',
    '--no-renames',
    '--diff-filter=d',
    '--no-ext-diff',
    '--no-textconv',
    from,
    '--',
  ];
  const fresh = ['-C', top, 'ls-files', '--others', '--exclude-standard', '-z', '--'];
  const names = [
    ...(await answer(compared, ...failed)).split('\0'),
    ...(await answer(fresh, ...failed)).split('\0'),
  ];
  const root = await realpath(top);
  return new Set(names.filter((name) => name !== '').map((name) => join(root, name)));
}
