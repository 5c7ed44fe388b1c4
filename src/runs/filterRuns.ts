import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';
import type { RunsTree } from './runsTree.ts';

/** Asks what to look for in the list of runs. */
export async function filterRuns(view: vscode.TreeView<RunSummary>, tree: RunsTree): Promise<void> {
  const filter = await vscode.window.showInputBox({
    title: 'Filter Runs',
    prompt: 'Words of the name, command, folder or note; #tag for a tag',
    value: tree.filter,
  });
  if (filter !== undefined) await applyFilter(view, tree, filter);
}

/** The list says that it is filtered, and what by: a run that is not shown must not look lost. */
export async function applyFilter(
  view: vscode.TreeView<RunSummary>,
  tree: RunsTree,
  filter: string,
): Promise<void> {
  tree.setFilter(filter);
  view.description = tree.filter;
  await vscode.commands.executeCommand('setContext', 'perjoule.runs.filtered', tree.filter !== '');
}
