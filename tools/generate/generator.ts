/** One generated thing: the files it owns, computed from the tree as it is. */
export interface Generator {
  readonly name: string;
  /** Path relative to the project → whole new content. */
  outputs(): Promise<ReadonlyMap<string, string>>;
  /** Folder whose files, of this ending, are all this generator's: what is not in `outputs` is stale. */
  readonly owns?: { readonly folder: string; readonly ending: string };
}
