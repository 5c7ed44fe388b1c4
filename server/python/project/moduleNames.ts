/** Which file of the project an import means. Pure: the files are asked for by path, nothing is listed. */

import { frameworkName } from '../frameworks.ts';
import { hostLibraries } from '../knowledge/constructors.ts';
import type { Outline } from './outline.ts';

/** A name defined in a file of the project. */
export interface ModuleSymbol {
  readonly path: string;
  readonly name: string;
}

/** What the search needs to know of the files. */
export interface OutlineView {
  outline(path: string): Outline | undefined;
  /** The project's folder around a file, when it is known. */
  root(path: string): string | undefined;
}

/** How far above a file absolute imports are looked for. */
const maxFolders = 6;
const withoutRoot = 5;

/** The file that `import module` in `from` means; undefined for libraries and what is not there. */
export function moduleFile(view: OutlineView, from: string, module: string): string | undefined {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const parts = module.slice(dots).split('.').filter(Boolean);
  if (dots > 0) {
    let folder = folderOf(from);
    for (let i = 1; i < dots; i++) folder = folderOf(folder);
    return fileIn(view, folder, parts);
  }
  const top = parts[0];
  if (top === undefined || isLibrary(top)) return undefined;
  let folder = folderOf(from);
  const given = view.root(from)?.replaceAll('\\', '/').replace(/\/$/, '');
  const root = given !== undefined && `${folder}/`.startsWith(`${given}/`) ? given : undefined;
  for (let i = 0; i < (root === undefined ? withoutRoot : maxFolders); i++) {
    const found = fileIn(view, folder, parts);
    if (found !== undefined && found !== from) return found;
    if (folder === root || folder === '' || folder === '/') break;
    folder = folderOf(folder);
  }
  return root === undefined ? undefined : (fileIn(view, root, parts) ?? fileIn(view, `${root}/src`, parts));
}

/** Where a name of a module is defined, through the modules that only hand it on. */
export function symbolIn(view: OutlineView, path: string, name: string): ModuleSymbol | undefined {
  return search(view, path, name, new Set());
}

/** `asked`: packages that import from each other's stars would otherwise be asked the same again on every path. */
function search(view: OutlineView, path: string, name: string, asked: Set<string>): ModuleSymbol | undefined {
  const outline = view.outline(path);
  const question = `${path}\n${name}`;
  if (outline === undefined || asked.has(question)) return undefined;
  asked.add(question);
  if (outline.defines.has(name)) return { path, name };
  const stars: string[] = [];
  for (const { module, names } of outline.imports) {
    if (names === null) continue;
    for (const imported of names) {
      if (imported.name === '*') stars.push(module);
      if (imported.alias !== name) continue;
      const target = moduleFile(view, path, module);
      const found = target === undefined ? undefined : search(view, target, imported.name, asked);
      if (found !== undefined) return found;
    }
  }
  for (const module of stars) {
    const target = moduleFile(view, path, module);
    if (target === undefined || !isExported(view, target, name)) continue;
    const found = search(view, target, name, asked);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a star brings a name of a file, if the file has it: its `__all__` may leave it out. */
export function isExported(view: OutlineView, path: string, name: string): boolean {
  return view.outline(path)?.exported?.has(name) !== false;
}

/** The files whose definitions a file uses by its imports. */
export function importedFiles(view: OutlineView, path: string): Set<string> {
  const files = new Set<string>();
  for (const { module, names } of view.outline(path)?.imports ?? []) {
    const target = moduleFile(view, path, module);
    if (names === null || names.some((n) => n.name === '*')) {
      if (target !== undefined) files.add(target);
      if (names === null) continue;
    }
    for (const { name } of names) {
      const inside = target === undefined ? undefined : symbolIn(view, target, name)?.path;
      const found =
        inside ?? moduleFile(view, path, /^\.+$/.test(module) ? module + name : `${module}.${name}`);
      if (found !== undefined) files.add(found);
    }
  }
  files.delete(path);
  return files;
}

function fileIn(view: OutlineView, folder: string, parts: readonly string[]): string | undefined {
  const base = [folder, ...parts].join('/');
  if (parts.length > 0 && view.outline(`${base}.py`) !== undefined) return `${base}.py`;
  return view.outline(`${base}/__init__.py`) === undefined ? undefined : `${base}/__init__.py`;
}

/** Names that always mean the installed package, whatever lies beside the file. */
function isLibrary(top: string): boolean {
  return frameworkName.test(top) || (hostLibraries.test(top) && top !== 'evaluate' && top !== 'string');
}

function folderOf(path: string): string {
  const plain = path.replaceAll('\\', '/');
  const at = plain.lastIndexOf('/');
  return at < 0 ? '.' : plain.slice(0, at);
}
