/** What a launch configuration of Python's debugger says of the program. Plain values, no editor types. */

import { basename, resolve } from 'node:path';
import { shownWords } from './commandLine.ts';

type Configuration = Readonly<Record<string, unknown>>;

const thisMachine = new Set(['', 'localhost', '127.0.0.1', '::1', '0.0.0.0']);

/** Attached over the network: its process number means nothing here. */
export function isOnAnotherMachine({ request, connect, listen, host }: Configuration): boolean {
  if (request !== 'attach') return false;
  const named = [host, hostOf(connect), hostOf(listen)].find((name) => name !== undefined);
  return typeof named === 'string' && !thisMachine.has(named);
}

const hostOf = (address: unknown): unknown =>
  typeof address === 'object' && address !== null ? (address as Configuration)['host'] : undefined;

export interface DebuggedProgram {
  /** As one would type it without the debugger; empty where the configuration does not say. */
  readonly command: string;
  readonly name?: string;
  readonly script?: string;
}

/** The processes show the debugger's own launcher, so the configuration names the program. */
export function debuggedProgram({ program, module, args }: Configuration, cwd: string): DebuggedProgram {
  const rest = Array.isArray(args) ? shownWords(args.map(String)) : typeof args === 'string' ? args : '';
  const typed = (...words: readonly string[]): string =>
    [shownWords(['python', ...words]), rest].filter((part) => part !== '').join(' ');
  if (typeof module === 'string') return { command: typed('-m', module), name: module };
  if (typeof program !== 'string') return { command: '' };
  return { command: typed(program), name: basename(program), script: resolve(cwd, program) };
}
