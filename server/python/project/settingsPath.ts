/** Which file a script means by a path of its own: scripts are started from the project's folder, or from where they lie. */

export interface SettingsView {
  text(path: string): string | undefined;
  /** The project's folder around a file, when it is known. */
  root(path: string): string | undefined;
}

/** How far above the script is looked. */
const mostFolders = 6;

/** The only file that `named` can mean; undefined where there is none or more than one, or where it lies outside of the project. */
export function settingsPath(view: SettingsView, from: string, named: string): string | undefined {
  if (!/\.(ya?ml|json)$/i.test(named) || /^([/\\~]|\w:)|[{}$*\n]/.test(named)) return undefined;
  const root = view.root(from)?.replaceAll('\\', '/').replace(/\/$/, '');
  const found = new Set<string>();
  let folder = folderOf(from);
  for (let i = 0; i < mostFolders; i += 1) {
    const path = joined(folder, named);
    const inside = path?.startsWith(`${root ?? folder}/`) === true;
    if (path !== undefined && inside && view.text(path) !== undefined) found.add(path);
    if (root === undefined || folder === root || !folder.startsWith(`${root}/`)) break;
    folder = folderOf(folder);
  }
  const [path] = found;
  return found.size === 1 ? path : undefined;
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function joined(folder: string, named: string): string | undefined {
  const parts = folder.split('/');
  for (const part of named.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.length <= 1) return undefined;
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
