/** Where an opportunity lies, in words. */

import * as vscode from 'vscode';
import type { TextRange } from '../../contracts/opportunities.ts';

export const rangeOf = ({ startLine, startColumn, endLine, endColumn }: TextRange): vscode.Range =>
  new vscode.Range(startLine, startColumn, endLine, endColumn);

export function fileName(uri: string): string {
  return vscode.Uri.parse(uri).path.split('/').at(-1) ?? uri;
}

/** Within the workspace as short as it is clear, else the whole path. */
export const pathText = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

/** The folder within the workspace, with the name of the workspace's folder where there are several; empty at its top. */
export function folderText(uri: string): string {
  const parsed = vscode.Uri.parse(uri);
  if (vscode.workspace.getWorkspaceFolder(parsed) === undefined) return '';
  return vscode.workspace.asRelativePath(parsed).split('/').slice(0, -1).join('/');
}

/** As it is spoken, `line 57`, and as short as a narrow list wants it, `L57`; in a notebook behind the cell's number. */
export function lineText(
  uri: string,
  { startLine }: TextRange,
): { readonly words: string; readonly brief: string } {
  const cell = cellText(uri);
  return { words: `${cell}line ${startLine + 1}`, brief: `${cell}L${startLine + 1}` };
}

/** `cell 3, `, from 1; empty for a file. */
function cellText(uri: string): string {
  for (const notebook of vscode.workspace.notebookDocuments) {
    const at = notebook.getCells().findIndex(({ document }) => document.uri.toString() === uri);
    if (at >= 0) return `cell ${at + 1}, `;
  }
  return '';
}
