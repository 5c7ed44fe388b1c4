/** What a run is called and when its clock starts, from its process and the signal that led to it. */

import { randomBytes } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { maskSecrets } from '../../contracts/maskSecrets.ts';
import type { FollowParams } from '../../contracts/samplerProtocol.ts';
import type { SamplerClock } from '../clock.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import { type PythonCommand, readPythonCommand } from '../processes/python.ts';
import type { RunIdentity } from './liveRun.ts';

const longestName = 120;
const longestCommand = 4000;

/** Words with blanks keep their edges: a secret of two words is one value. */
const quoted = (word: string): string => (/[\s"']/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word);

const shownName = (name: string): string => maskSecrets(name).slice(0, longestName);
const shownCommand = (command: string): string => maskSecrets(command).slice(0, longestCommand);

/** The same run, when the command that started it is told only later. */
export const relabelled = (
  identity: RunIdentity,
  { command, origin, name, script }: FollowParams,
): RunIdentity => ({
  ...identity,
  ...(command === '' ? {} : { command: shownCommand(command) }),
  origin,
  ...(name === undefined ? {} : { name: shownName(name), named: true }),
  ...(script === undefined ? {} : { script }),
});

/** The first of these processes that runs Python: below a shim, such as pyenv's, or a script of the shell, it is not the root. */
export const pythonAmong = (pids: readonly number[], table: ProcessTable): number | undefined =>
  pids.find((pid) => readPythonCommand(table.argumentsOf(pid) ?? [], null) !== null);

/** The program that a process runs, as it was called: that tells a virtual environment from the Python it was made of. */
export function interpreterOf(pid: number, table: ProcessTable): string | null {
  const called = table.argumentsOf(pid)?.[0];
  return called !== undefined && isAbsolute(called) ? called : table.programOf(pid);
}

/**
 * The run's clock starts with the process, or the cell, and not with the moment it was noticed.
 * @param ageMs time since then
 */
export function newRunIdentity(
  params: FollowParams,
  root: ProcessIdentity,
  python: PythonCommand | null,
  number: number,
  ageMs: number,
  table: ProcessTable,
  clock: SamplerClock,
): RunIdentity {
  const command = params.command || (table.argumentsOf(root.pid)?.map(quoted).join(' ') ?? '');
  const startedAtMs = Math.round(clock.wallMs() - ageMs);
  const name = params.name ?? python?.name ?? command.trim().split(/\s+/, 1)[0] ?? 'run';
  return {
    runId: `${startedAtMs.toString(36)}-${randomBytes(4).toString('hex')}`,
    number,
    name: shownName(name),
    named: params.name !== undefined,
    command: shownCommand(command),
    cwd: table.workingFolderOf(root.pid) ?? params.cwd,
    script: params.script ?? python?.script ?? null,
    origin: params.origin,
    startedAtMs,
    clockZeroMs: clock.nowMs() - ageMs,
    root: { pid: root.pid, start: root.start },
  };
}
