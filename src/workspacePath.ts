import { realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import * as vscode from 'vscode';
import { isInsideFolder } from '../contracts/insideFolder.ts';

export interface WorkspacePath {
  readonly uri: vscode.Uri;
  readonly isFolder: boolean;
}

/** Without links and `..`; undefined where there is nothing or it may not be reached. */
const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/**
 * A file or folder of the workspace, by an absolute path or one relative to a folder of it: also through its links.
 * @throws Error for one that is not there or lies outside
 */
export async function workspacePath(path: string): Promise<WorkspacePath> {
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const [folder, found] = await Promise.all([real(uri.fsPath), real(resolve(uri.fsPath, path))]);
    if (folder === undefined || found === undefined || !isInsideFolder(folder, found, sep)) continue;
    const below = relative(folder, found).split(sep);
    return { uri: vscode.Uri.joinPath(uri, ...below), isFolder: (await stat(found)).isDirectory() };
  }
  throw new Error(`There is no "${path}" in the workspace, and only that is read.`);
}
