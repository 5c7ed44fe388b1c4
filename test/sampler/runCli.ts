/** Runs the command line from source in a test's own place, with its fake nvidia-smi on the path. */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { cliMain, type Place } from './samplerHarness.ts';

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param started is given the process while it runs
 * @param pathFirst stands before everything else on the path
 */
export function runCli(
  place: Place,
  args: readonly string[],
  started: (child: ChildProcess) => void = () => undefined,
  pathFirst: readonly string[] = [],
): Promise<CliEnd> {
  const path = [...pathFirst, join(place.folder, 'bin'), '/usr/bin', '/bin'].join(':');
  const child = spawn(process.execPath, [cliMain, ...args], {
    env: { ...place.environment, PATH: path },
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  started(child);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
