import { fileURLToPath } from 'node:url';

/** Documents of these schemes are checked; diffs, notebook cells and output views are not. */
const checkedSchemes: ReadonlySet<string> = new Set(['file', 'untitled', 'vscode-remote']);

export function isCheckedUri(uri: string): boolean {
  return checkedSchemes.has(uri.slice(0, Math.max(0, uri.indexOf(':'))));
}

/** The path that a run would report for the document; the URI itself where there is none (an untitled document). */
export function documentPath(uri: string): string {
  try {
    const parsed = new URL(uri);
    if (parsed.protocol === 'file:') return fileURLToPath(parsed);
    // The server runs on the remote machine itself, where the path of the URI is the path of the file.
    if (parsed.protocol === 'vscode-remote:') return decodeURIComponent(parsed.pathname);
  } catch {
    // A URI that is none: it can still be told apart from the others.
  }
  return uri;
}

/** A file that a script may read its settings from. */
export const isSettingsFile = (uri: string): boolean => /\.(ya?ml|json)$/i.test(uri);

/** Only files can be read without the editor. */
export function diskPath(uri: string): string | undefined {
  const path = documentPath(uri);
  return path === uri || !/\.(?:pyw?|ipynb)$/i.test(path) ? undefined : path;
}
