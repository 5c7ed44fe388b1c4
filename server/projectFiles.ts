/** The project file that speaks for a Python file: the nearest `pyproject.toml` with `[tool.perjoule]`. */

import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { ConfigurableRule, Layer } from './engine/configuration.ts';
import type { Problem } from './engine/finding.ts';
import { layersFor, type ProjectConfiguration, readProjectFile } from './engine/projectFile.ts';
import { readSource } from './readSource.ts';

export const projectFileName = 'pyproject.toml';

export interface ProjectFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly configuration: ProjectConfiguration | undefined;
  readonly problems: readonly Problem[];
}

/** Text of an open document, which counts more than what is on disk. */
export type OpenText = (path: string) => string | undefined;

export class ProjectFiles {
  readonly #rules: readonly ConfigurableRule[];
  readonly #openText: OpenText;
  readonly #mayRead: (path: string) => boolean;
  readonly #nearest = new Map<string, Promise<ProjectFile | undefined>>();
  readonly #read = new Map<string, ProjectFile>();

  constructor(
    rules: readonly ConfigurableRule[],
    openText: OpenText = () => undefined,
    mayRead: (path: string) => boolean = () => true,
  ) {
    this.#rules = rules;
    this.#openText = openText;
    this.#mayRead = mayRead;
  }

  /** Every project file that has been read so far. */
  get files(): readonly ProjectFile[] {
    return [...this.#read.values()];
  }

  /** Searched in the file's folder and those above it, as far up as the repository goes. */
  async nearestTo(path: string): Promise<ProjectFile | undefined> {
    // A text without a file, such as an untitled one, belongs to no project.
    return isAbsolute(path) ? this.#inOrAbove(dirname(path)) : undefined;
  }

  /** The project's layers for a file, the weakest first. */
  async layersFor(path: string): Promise<readonly Layer[]> {
    const file = await this.nearestTo(path);
    return file === undefined ? [] : layersFor(file.configuration, path, file.folder);
  }

  /** After a project file has changed. */
  forget(): void {
    this.#nearest.clear();
    this.#read.clear();
  }

  #inOrAbove(folder: string): Promise<ProjectFile | undefined> {
    let found = this.#nearest.get(folder);
    if (found === undefined) {
      found = this.#search(folder);
      this.#nearest.set(folder, found);
    }
    return found;
  }

  async #search(folder: string): Promise<ProjectFile | undefined> {
    const own = await this.#readIn(folder);
    if (own !== undefined) return own;
    const above = dirname(folder);
    if (above === folder || (await isRepository(folder))) return undefined;
    return this.#inOrAbove(above);
  }

  async #readIn(folder: string): Promise<ProjectFile | undefined> {
    const path = join(folder, projectFileName);
    let text = this.#openText(path);
    if (text === undefined) {
      if (!this.#mayRead(path)) return undefined;
      const source = await readSource(path);
      if ('unreadable' in source) return undefined;
      text = source.text;
    }
    const content = readProjectFile(text, path, this.#rules);
    if (content.configuration === undefined && content.problems.length === 0) return undefined;
    const file = { path, folder, text, ...content };
    this.#read.set(path, file);
    return file;
  }
}

const isRepository = (folder: string): Promise<boolean> =>
  stat(join(folder, '.git')).then(
    () => true,
    () => false,
  );
