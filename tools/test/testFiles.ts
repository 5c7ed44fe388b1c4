import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { projectFolder } from '../projectFolder.ts';

const OUTSIDE = new Set(['node_modules', 'dist', '.tools', '.git', 'test-results', 'demo']);

/** Paths with this ending, relative to the project, in a fixed order. */
export function filesEnding(ending: string, below = '.'): string[] {
  const root = join(projectFolder, below);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(root, entry.name);
      if (entry.isDirectory())
        return OUTSIDE.has(entry.name) ? [] : filesEnding(ending, relative(projectFolder, path));
      return entry.name.endsWith(ending) ? [relative(projectFolder, path).split(sep).join('/')] : [];
    })
    .sort();
}

/** Tests beside their file. */
export function unitTestFiles(): string[] {
  return filesEnding('.test.ts').filter((path) => !path.startsWith('test/'));
}

/** Folders of `test/` that hold tests: each is a stage of its own. */
export function crossingFolders(): string[] {
  return readdirSync(join(projectFolder, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && filesEnding('.test.ts', join('test', entry.name)).length > 0)
    .map((entry) => entry.name)
    .sort();
}
