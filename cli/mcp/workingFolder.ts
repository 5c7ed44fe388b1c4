/** The folder that `perjoule mcp` was started in: the only one whose files are read. */

import { realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { isInsideFolder } from '../../contracts/insideFolder.ts';
import { UsageError } from '../usageError.ts';

const root = (): string => realpathSync(process.cwd());

/** Whether a path that exists leads into the folder, through all its links. */
export function mayRead(path: string): boolean {
  try {
    return isInsideFolder(root(), realpathSync(path), sep);
  } catch {
    return false;
  }
}

/** The path below the folder, without links. @throws UsageError for one that is not there or lies outside */
export function pathInside(path: string): string {
  let real: string;
  try {
    real = realpathSync(resolve(path));
  } catch {
    throw new UsageError(`there is no "${path}".`);
  }
  if (!isInsideFolder(root(), real, sep))
    throw new UsageError(`"${path}" lies outside the working folder, and only that is read.`);
  return relative(root(), real) || '.';
}
