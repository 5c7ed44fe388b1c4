import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../../../tools/projectFolder.ts';

/** Where a test leaves what a person may want to look at. The names are kept plain so that every system takes them. */
export function artefactPath(...names: string[]): string {
  const path = join(projectFolder, 'test-results', ...names.map((name) => name.replace(/[^\w.-]+/g, '-')));
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
