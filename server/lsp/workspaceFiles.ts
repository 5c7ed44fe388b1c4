/** The Python files and notebooks of the workspace's folders, listed again after one came or went. */

import { isNotebook } from '../notebookSource.ts';
import { slashed } from '../projectSources.ts';
import { findPythonFiles } from '../pythonFiles.ts';

/** Files and folders seen in one folder of the workspace before the rest of it is left out. */
const mostEntries = 50_000;
/** Python files and notebooks of the whole workspace; those of the first folders come first. */
export const mostFiles = 5_000;

interface Listed {
  readonly files: readonly string[];
  readonly unlisted: readonly string[];
}

export class WorkspaceFiles {
  readonly #roots: () => readonly string[];
  #listed: Promise<Listed> | undefined;

  constructor(roots: () => readonly string[]) {
    this.#roots = roots;
  }

  /** Paths joined with `/`; notebooks are not among them. */
  async list(): Promise<readonly string[]> {
    return (await this.#all()).files.filter((path) => !isNotebook(path));
  }

  async notebooks(): Promise<readonly string[]> {
    return (await this.#all()).files.filter(isNotebook);
  }

  /** Folders whose files are not known. */
  async unlisted(): Promise<readonly string[]> {
    return (await this.#all()).unlisted;
  }

  #all(): Promise<Listed> {
    this.#listed ??= this.#find();
    return this.#listed;
  }

  /** After a file came or went, or the folders have changed. */
  forget(): void {
    this.#listed = undefined;
  }

  async #find(): Promise<Listed> {
    const found = new Set<string>();
    const unlisted: string[] = [];
    for (const root of this.#roots()) {
      const { files, unreadable } = await findPythonFiles(root, mostEntries);
      unlisted.push(...unreadable.map(slashed));
      for (const file of files) if (found.size < mostFiles) found.add(slashed(file));
    }
    return { files: [...found], unlisted };
  }
}
