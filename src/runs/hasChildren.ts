import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Whether a shell runs something now. Where it cannot be told, no: a sampler is not started on a guess. */
export async function hasChildren(pid: number): Promise<boolean> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim() !== '';
    }
    if (process.platform === 'darwin') {
      return (await promisify(execFile)('pgrep', ['-P', String(pid)])).stdout.trim() !== '';
    }
  } catch {
    // The shell ended, or `pgrep` found nothing and says so by its exit code.
  }
  return false;
}
