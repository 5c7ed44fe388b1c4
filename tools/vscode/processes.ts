import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../until.ts';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every living process that carries the mark in its environment or command line. A session's folder is in the
 * environment of all that was started under it, also of what detached itself on purpose, as the sampler does.
 */
export function processesMarked(mark: string): FoundProcess[] {
  const found = process.platform === 'linux' ? fromProc(mark) : fromPs(mark);
  return found.filter((entry) => entry.pid !== process.pid);
}

function fromProc(mark: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      // A zombie has ended; only its parent has not asked for the exit code yet.
      if (readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z')) continue;
      if (!command.includes(mark) && !readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark)) continue;
      found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() });
    } catch {
      // It ended while we looked, or belongs to someone else.
    }
  }
  return found;
}

function fromPs(mark: string): FoundProcess[] {
  const listing = execFileSync('ps', ['-axwwE', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return listing
    .split('\n')
    .filter((line) => line.includes(mark))
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(.*)$/.exec(line);
      return match?.[1] && match[2] !== undefined ? [{ pid: Number(match[1]), command: match[2] }] : [];
    });
}

/** Asks all of them to end, insists after a while, and returns only when none is left. */
export async function endProcessesMarked(mark: string, patienceMs = 3000): Promise<void> {
  const gone = () => processesMarked(mark).length === 0;
  signalAll(mark, 'SIGTERM');
  try {
    await until('the processes to end', gone, patienceMs);
  } catch {
    await until(
      'the killed processes to be gone',
      () => {
        signalAll(mark, 'SIGKILL');
        return gone();
      },
      10_000,
      () => processesMarked(mark),
    );
  }
}

function signalAll(mark: string, signal: NodeJS.Signals): void {
  for (const { pid } of processesMarked(mark)) {
    try {
      process.kill(pid, signal);
    } catch {
      // Ended in between.
    }
  }
}
