/** The Python files under a folder: what git ignores and what others wrote is left out. */

import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

interface IgnoreFile {
  readonly folder: string;
  readonly rules: Ignore;
}

export interface PythonFiles {
  /** The folder as it was given, joined with what lies below it. */
  readonly files: readonly string[];
  /** Folders that could not be listed. */
  readonly unreadable: readonly string[];
}

const foreignFolders: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'site-packages']);

async function ignoreFile(folder: string): Promise<IgnoreFile[]> {
  try {
    const text = await readFile(join(folder, '.gitignore'), 'utf8');
    return [{ folder, rules: ignore({ allowRelativePaths: true }).add(text) }];
  } catch {
    return [];
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The ignore files above a folder, as far up as its repository goes; none outside a repository. */
async function ignoreFilesAbove(folder: string): Promise<IgnoreFile[]> {
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.git'))) {
      if (at !== folder) folders.unshift(at);
      break;
    }
    if (at === dirname(at)) return [];
    if (at !== folder) folders.unshift(at);
  }
  return (await Promise.all(folders.map(ignoreFile))).flat();
}

/** The nearest file that says anything about the path decides, as in git. */
function isIgnored(path: string, isFolder: boolean, ignoreFiles: readonly IgnoreFile[]): boolean {
  for (const { folder, rules } of ignoreFiles.toReversed()) {
    const below = relative(folder, path).split(sep).join('/');
    const verdict = rules.test(isFolder ? `${below}/` : below);
    if (verdict.unignored) return false;
    if (!verdict.ignored) continue;
    // We only come here by folders that are not ignored: a nearer file took this one's word on the folder back.
    const parent = dirname(below);
    if (parent === '.' || !rules.test(`${parent}/`).ignored) return true;
  }
  return false;
}

async function isPythonFile(entry: Dirent, path: string): Promise<boolean> {
  if (!/\.(?:pyw?|ipynb)$/i.test(entry.name)) return false;
  if (entry.isFile()) return true;
  // A linked file is read, a linked folder is not followed: it may lead back here.
  return (
    entry.isSymbolicLink() &&
    (await stat(path)
      .then((status) => status.isFile())
      .catch(() => true))
  );
}

/** `most`: when this many Python files and folders were seen, further folders are left out. */
export async function findPythonFiles(folder: string, most = Number.POSITIVE_INFINITY): Promise<PythonFiles> {
  const files: string[] = [];
  const unreadable: string[] = [];
  let seen = 0;

  async function visit(shown: string, path: string, inherited: readonly IgnoreFile[]): Promise<void> {
    if (seen > most) return;
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch {
      unreadable.push(shown);
      return;
    }
    // A virtual environment says so itself, whatever its folder is called.
    if (shown !== folder && entries.some((entry) => entry.name === 'pyvenv.cfg')) return;
    const ignoreFiles = entries.some((entry) => entry.name === '.gitignore')
      ? [...inherited, ...(await ignoreFile(path))]
      : inherited;
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    seen += 1;
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const below = join(path, entry.name);
      if (entry.isDirectory()) {
        if (foreignFolders.has(entry.name) || isIgnored(below, true, ignoreFiles)) continue;
        await visit(join(shown, entry.name), below, ignoreFiles);
      } else if ((await isPythonFile(entry, below)) && !isIgnored(below, false, ignoreFiles)) {
        seen += 1;
        files.push(join(shown, entry.name));
      }
    }
  }

  const root = resolve(folder);
  await visit(folder, root, await ignoreFilesAbove(root));
  return { files, unreadable };
}
