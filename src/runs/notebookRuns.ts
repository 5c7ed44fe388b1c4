import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { cellCommand, cellExitCode, newOutput } from './cellText.ts';
import { OutputForwarder } from './outputForwarder.ts';

const printed = new Set(['application/vnd.code.notebook.stdout', 'application/vnd.code.notebook.stderr']);
const errorMime = 'application/vnd.code.notebook.error';

interface Execution {
  readonly followId: string;
  readonly forwarder: OutputForwarder;
  output: string;
}

/**
 * Tells the sampler of notebook cells that run. Only that a cell began and ended is known here; the kernel is found below
 * the extension host, where the extension that owns it has started it. One on another machine is not found.
 */
export class NotebookRuns implements vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #running = new Map<vscode.NotebookCell, Execution>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#subscriptions = [
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges, contentChanges }) => {
        for (const change of cellChanges) this.#changed(notebook, change);
        for (const { removedCells } of contentChanges)
          for (const cell of removedCells) if (isGone(cell)) this.#end(cell, null);
      }),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => {
        for (const cell of this.#running.keys()) if (cell.notebook === notebook) this.#end(cell, null);
      }),
    ];
  }

  #changed(notebook: vscode.NotebookDocument, change: vscode.NotebookDocumentCellChange): void {
    const { cell, executionSummary: summary } = change;
    // A queued cell has no number yet, and one whose output is cleared loses it.
    const began = summary?.executionOrder !== undefined && summary.success === undefined && !summary.timing;
    if (began && !this.#running.has(cell)) this.#begin(notebook, cell);
    if (change.outputs !== undefined) this.#print(cell);
    if (summary !== undefined && (summary.success !== undefined || summary.timing !== undefined))
      this.#end(cell, cellExitCode(summary.success, errorOf(cell)));
  }

  #begin(notebook: vscode.NotebookDocument, cell: vscode.NotebookCell): void {
    if (!vscode.workspace.isTrusted || !setting('perjoule.runs.detectInTerminals')) return;
    if (cell.document.languageId !== 'python') return;
    const followId = `cell-${randomUUID()}`;
    const forwarder = new OutputForwarder((text) => this.#link.notify('output', { followId, text }));
    this.#running.set(cell, { followId, forwarder, output: '' });
    const name = basename(notebook.uri.path);
    const number = cell.index + 1;
    this.#link
      .follow({
        followId,
        anchor: 'cell',
        pid: process.pid,
        command: cellCommand(name, number, cell.document.getText()),
        cwd: dirname(notebook.uri.fsPath),
        origin: 'notebook',
        name: `${name} [cell ${number}]`,
      })
      .catch(this.#warn);
  }

  #print(cell: vscode.NotebookCell): void {
    const execution = this.#running.get(cell);
    if (execution === undefined) return;
    const output = textOf(cell);
    const text = newOutput(execution.output, output);
    execution.output = output;
    if (text !== '') execution.forwarder.add(text);
  }

  #end(cell: vscode.NotebookCell, exitCode: number | null): void {
    const execution = this.#running.get(cell);
    if (execution === undefined) return;
    this.#running.delete(cell);
    execution.forwarder.flush();
    this.#link.endFollow(execution.followId, exitCode).catch(this.#warn);
  }

  readonly #warn = (error: unknown): void => this.#log.warn(`A cell is not followed: ${String(error)}`);

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const { forwarder } of this.#running.values()) forwarder.dispose();
    this.#running.clear();
  }
}

/** A cell that is moved is removed and added again at once. */
const isGone = (cell: vscode.NotebookCell): boolean => cell.index < 0;

const itemsOf = (cell: vscode.NotebookCell): readonly vscode.NotebookCellOutputItem[] =>
  cell.outputs.flatMap(({ items }) => items);

const textOf = (cell: vscode.NotebookCell): string =>
  itemsOf(cell)
    .filter(({ mime }) => printed.has(mime))
    .map(({ data }) => new TextDecoder().decode(data))
    .join('');

/** The name of the exception that ended the cell. */
function errorOf(cell: vscode.NotebookCell): string | null {
  const item = itemsOf(cell).find(({ mime }) => mime === errorMime);
  if (item === undefined) return null;
  try {
    const { name } = JSON.parse(new TextDecoder().decode(item.data)) as { name?: unknown };
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
