import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';
import { matchesFilter } from './runFilter.ts';
import type { RunModel } from './runModel.ts';
import { runDescription, runFacts, runTitle } from './runText.ts';

const iconByState: Readonly<Record<RunSummary['state'], string>> = {
  live: 'record',
  ended: 'pass',
  interrupted: 'circle-slash',
};

/** A narrow list cuts off the word: simulated joules have an icon of their own, and only its colour tells the state. */
function icon(run: RunSummary): vscode.ThemeIcon {
  const failed = run.state === 'ended' && run.exitCode !== null && run.exitCode !== 0;
  const name = run.simulated ? 'beaker' : failed ? 'error' : iconByState[run.state];
  const color = run.state === 'live' ? 'charts.green' : failed ? 'list.errorForeground' : 'icon.foreground';
  return new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
}

function tooltip(run: RunSummary): vscode.MarkdownString {
  // appendText escapes: commands and folders come from outside.
  const text = new vscode.MarkdownString();
  for (const [label, value] of runFacts(run)) {
    text.appendMarkdown(`**${label}:** `);
    text.appendText(value);
    text.appendMarkdown('  \n');
  }
  return text;
}

/** The native "Runs" list: keyboard, screen reader and multi-select come with it. */
export class RunsTree implements vscode.TreeDataProvider<RunSummary>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscription: vscode.Disposable;
  readonly #model: RunModel;
  #refresh: NodeJS.Timeout | undefined;
  #filter = '';

  get filter(): string {
    return this.#filter;
  }

  /** Shows only runs that match; empty shows all. */
  setFilter(filter: string): void {
    this.#filter = filter.trim();
    this.#changed.fire(undefined);
  }

  constructor(model: RunModel) {
    this.#model = model;
    this.#subscription = model.onDidChange(() => this.#soon());
  }

  /** A live run changes four times a second; a list need not. */
  #soon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      this.#changed.fire(undefined);
    }, 500);
  }

  getChildren(element?: RunSummary): RunSummary[] {
    if (element !== undefined) return [];
    return this.#model.newestFirst.filter((run) => matchesFilter(run, this.#filter));
  }

  getTreeItem(run: RunSummary): vscode.TreeItem {
    const item = new vscode.TreeItem(runTitle(run));
    item.id = run.runId;
    item.description = runDescription(run);
    item.iconPath = icon(run);
    item.tooltip = tooltip(run);
    item.contextValue =
      run.state === 'live' ? 'run.live' : run.baseline === true ? 'run.ended.baseline' : 'run.ended';
    item.accessibilityInformation = { label: `${runTitle(run)}, ${runDescription(run)}` };
    item.command = { command: 'perjoule.showRun', title: 'Show Run', arguments: [run] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.#refresh);
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
