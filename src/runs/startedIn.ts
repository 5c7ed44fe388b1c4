import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Names of the programs that a shell runs now, without their folders and arguments. Where they cannot be told, none: a
 * sampler is not started on a guess.
 */
export async function startedIn(pid: number): Promise<readonly string[]> {
  try {
    if (process.platform === 'linux') {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      const pids = children.split(' ').filter((child) => child !== '');
      return await Promise.all(pids.map(async (it) => (await readFile(`/proc/${it}/comm`, 'utf8')).trim()));
    }
    if (process.platform === 'darwin') {
      const { stdout } = await promisify(execFile)('pgrep', ['-lP', String(pid)]);
      return stdout.split('\n').flatMap((row) => /^\d+ (.+)$/.exec(row)?.[1] ?? []);
    }
  } catch {
    // The shell ended, or `pgrep` found nothing and says so by its exit code.
  }
  return [];
}
