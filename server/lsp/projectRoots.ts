import { sep } from 'node:path';
import { documentPath } from './documentPath.ts';

/** The folders of the workspace; a file belongs to the innermost one. */
export class ProjectRoots {
  #uris: readonly string[] = [];
  #paths: readonly string[] = [];

  set(uris: readonly string[]): void {
    this.#uris = uris;
    this.#paths = uris.map(documentPath).sort((a, b) => b.length - a.length);
  }

  change(added: readonly string[], removed: readonly string[]): void {
    this.set([...this.#uris.filter((uri) => !removed.includes(uri)), ...added]);
  }

  /** The innermost first. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  of(path: string): string | undefined {
    return this.#paths.find((root) => path.startsWith(root.endsWith(sep) ? root : root + sep));
  }
}
