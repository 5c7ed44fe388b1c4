/** What is wrong before a command is started is told before it is started: afterwards hours of work may be behind it. */

import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { gpuModelIds, parseGpus } from '../sampler/sources/simulated/gpuModels.ts';
import { simulatedSource } from '../sampler/sources/simulated.ts';
import type { RunOptions } from './run.ts';
import { UsageError } from './usageError.ts';
import { refuseToReplace, type WriteOptions } from './writeWhole.ts';

/** @throws UsageError */
export async function checkRunOptions(options: RunOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  if (options.summary !== undefined) await checkSummaryPath(options.summary, options);
  if (options.out !== undefined) await refuseToReplace(options.out, options);
  const gpu = environment[simulatedSource.gpuVariable];
  const simulates = (environment[simulatedSource.fileVariable] ?? '') !== '';
  if (simulates && gpu !== undefined && gpu !== '' && parseGpus(gpu) === null)
    throw new UsageError(
      `${simulatedSource.gpuVariable} is “${gpu}”, which is no simulated GPU; use the name of one, or name*count: ${gpuModelIds.join(', ')}.`,
    );
}

async function checkSummaryPath(path: string, options: WriteOptions): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory())
    throw new UsageError(`the summary cannot be written to “${path}”, which is a folder; name a file in it.`);
  const folder = dirname(resolve(path));
  const folderStatus = await stat(folder).catch(() => undefined);
  if (!folderStatus?.isDirectory())
    throw new UsageError(
      `the summary cannot be written to “${path}”: there is no folder “${folder}”; make it first.`,
    );
  // Pipes and devices are opened when there is something to write.
  if (status !== undefined && !status.isFile()) return;
  await refuseToReplace(path, options);
  await access(status === undefined ? folder : path, constants.W_OK).catch(() => {
    throw new UsageError(
      `the summary cannot be written to “${path}” (no permission); name a file that you may write.`,
    );
  });
}

/** What the system says of a command that did not start: the cause and one remedy. */
export async function startFailure(program: string, error: NodeJS.ErrnoException): Promise<string> {
  const status = await stat(program).catch(() => undefined);
  // The system says the same of a missing command and of a missing interpreter in its first line.
  if (error.code === 'ENOENT' && status !== undefined)
    return `${program}: the interpreter in its first line does not exist; correct that line, or name the interpreter.`;
  if (error.code === 'ENOENT') return `${program}: command not found; check the name, or give its full path.`;
  if (error.code === 'EACCES') {
    if (status?.isDirectory()) return `${program}: this is a folder; name a program in it.`;
    return `${program}: the file may not be executed; make it executable (chmod +x), or name its interpreter.`;
  }
  if (error.code === 'ENOEXEC')
    return `${program}: this is not a program that this system can start; name its interpreter.`;
  return `${program}: it could not be started (${error.code ?? error.message}); start it without perjoule to see why.`;
}
