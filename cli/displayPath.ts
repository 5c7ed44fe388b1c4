import { relative, sep } from 'node:path';

/** Short where it lies below the current folder, as people name it; absolute elsewhere. */
export function displayPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === '' || below === '..' || below.startsWith(`..${sep}`) ? path : below;
}
