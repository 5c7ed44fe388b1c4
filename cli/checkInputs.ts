/** The texts that a command line asks for: files, folders, standard input; all of them or only what has changed. */

import { realpath, stat, writeFile } from 'node:fs/promises';
import { leadsOut, mayNotBeListed } from '../contracts/insideFolder.ts';
import { decodeNotebook, isNotebook } from '../server/notebookSource.ts';
import { findPythonFiles } from '../server/pythonFiles.ts';
import { readSource } from '../server/readSource.ts';
import { type DecodedSource, decodeSource, type SourceText } from '../server/sourceText.ts';
import { changedFiles } from './changedFiles.ts';
import type { CheckOptions } from './check.ts';
import { type ReportedProblem, unreadableProblem } from './report/report.ts';
import { UsageError } from './usageError.ts';

export interface CheckInput {
  readonly path: string;
  /** The command line names it; it was not merely found in a folder. */
  readonly named: boolean;
  read(): Promise<DecodedSource>;
  write?(source: SourceText, text: string): Promise<void>;
}

export interface CheckInputs {
  readonly inputs: readonly CheckInput[];
  /** Paths of files that were listed too but have not changed: what they call in the others still counts. */
  readonly unchanged: readonly string[];
  /** Folders that could not be listed. */
  readonly problems: readonly ReportedProblem[];
}

async function standardInput(name: string): Promise<DecodedSource> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  return isNotebook(name) ? decodeNotebook(bytes) : decodeSource(bytes);
}

const fileInput = (path: string, named: boolean): CheckInput => ({
  path,
  named,
  read: () => readSource(path),
  // A notebook holds more than its code: it is left as it is.
  ...(isNotebook(path)
    ? {}
    : {
        write: (source: SourceText, text: string) =>
          writeFile(path, source.byteOrderMark ? `\ufeff${text}` : text),
      }),
});

async function kindOf(path: string): Promise<'folder' | 'file'> {
  const status = await stat(path).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UsageError(
      missing
        ? `there is no “${path}”; check the path.`
        : `“${path}” cannot be opened; check that you may read it.`,
    );
  });
  return status.isDirectory() ? 'folder' : 'file';
}

/** @throws UsageError */
export async function checkInputs(
  paths: readonly string[],
  options: CheckOptions,
  mayRead: (path: string) => boolean,
): Promise<CheckInputs> {
  const inputs = new Map<string, CheckInput>();
  const problems: ReportedProblem[] = [];
  for (const path of paths) {
    if (path === '-') {
      if (options.fix) throw new UsageError('--fix cannot change standard input; name a file instead.');
      if (options.changed !== undefined)
        throw new UsageError('--changed cannot judge standard input; name files or folders instead.');
      const name = options.stdinFilename ?? '-';
      inputs.set(path, { path: name, named: true, read: () => standardInput(name) });
    } else if ((await kindOf(path)) === 'folder') {
      const found = await findPythonFiles(path);
      for (const file of found.files)
        if (!mayRead(file)) problems.push(unreadableProblem(file, leadsOut));
        else if (!inputs.has(file)) inputs.set(file, fileInput(file, false));
      for (const folder of found.unreadable) problems.push(unreadableProblem(folder, mayNotBeListed));
    } else inputs.set(path, fileInput(path, true));
  }
  if (options.changed === undefined) return { inputs: [...inputs.values()], unchanged: [], problems };
  const changed = await changedFiles(options.changed);
  const kept: CheckInput[] = [];
  const unchanged: string[] = [];
  for (const input of inputs.values()) {
    const real = await realpath(input.path).catch(() => input.path);
    if (changed.has(real)) kept.push(input);
    else unchanged.push(input.path);
  }
  return { inputs: kept, unchanged, problems };
}
