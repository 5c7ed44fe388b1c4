/** The Python files and notebooks of the workspace's folders, listed again after one came or went. */

import { isNotebook } from '../notebookSource.ts';
import { slashed } from '../projectSources.ts';
import { findPythonFiles } from '../pythonFiles.ts';

/** Files and folders seen in one folder of the workspace before the rest of it is left out. */
const mostEntries = 50_000;
/** Python files and notebooks of the whole workspace; those of the first folders come first. */
export const mostFiles = 5_000;

export class WorkspaceFiles {
  readonly #roots: () => readonly string[];
  #listed: Promise<readonly string[]> | undefined;

  constructor(roots: () => readonly string[]) {
    this.#roots = roots;
  }

  /** Paths joined with `/`; notebooks are not among them. */
  async list(): Promise<readonly string[]> {
    return (await this.#all()).filter((path) => !isNotebook(path));
  }

  async notebooks(): Promise<readonly string[]> {
    return (await this.#all()).filter(isNotebook);
  }

  #all(): Promise<readonly string[]> {
    this.#listed ??= this.#find();
    return this.#listed;
  }

  /** After a file came or went, or the folders have changed. */
  forget(): void {
    this.#listed = undefined;
  }

  async #find(): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const root of this.#roots()) {
      const { files } = await findPythonFiles(root, mostEntries);
      for (const file of files) if (found.size < mostFiles) found.add(slashed(file));
    }
    return [...found];
  }
}
