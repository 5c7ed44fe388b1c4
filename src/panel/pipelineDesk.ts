/** The pipeline plan's desk in the extension host: the profile that is picked, the file that is written. */

import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { PipelineAsk, PipelineChoice } from '../../contracts/pipelinePlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { PipelineSolver } from './pipelineSolver.ts';

/** Far more than any profile: a row is some forty bytes, and there is one for each stage and frequency. */
const largestProfile = 16 * 2 ** 20;

export class PipelineDesk implements vscode.Disposable {
  readonly #solver: PipelineSolver;
  #file: vscode.Uri | undefined;

  constructor(extensionUri: vscode.Uri, post: (message: HostMessage) => void) {
    const planner = vscode.Uri.joinPath(extensionUri, 'dist', 'planner.js').fsPath;
    const start = (): Worker => {
      const worker = new Worker(planner);
      worker.unref();
      return worker;
    };
    this.#solver = new PipelineSolver(start, post);
  }

  async ask(ask: PipelineAsk): Promise<void> {
    switch (ask.kind) {
      case 'state':
        return this.#solver.tell();
      case 'open':
        await this.open();
        return;
      case 'solve':
        return this.#solver.solve(ask.shape);
      case 'cancel':
        return this.#solver.cancel();
      case 'choose':
        return this.#solver.choose(ask.choice);
      case 'write':
        return this.#write(ask.choice);
    }
  }

  /** Lets the user pick a profile; false where none was picked. */
  async open(): Promise<boolean> {
    const [file] =
      (await vscode.window.showOpenDialog({
        title: 'Profile of the pipeline’s stages',
        openLabel: 'Open Profile',
        filters: { 'Stage profile': ['csv'], 'All files': ['*'] },
      })) ?? [];
    if (file === undefined) return false;
    this.#file = file;
    const name = nameOf(file);
    this.#solver.open(name);
    try {
      if ((await vscode.workspace.fs.stat(file)).size > largestProfile)
        throw new Error('it is larger than 16 MiB');
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      if (this.#file === file) this.#solver.read(text);
    } catch (error) {
      const failure = `“${name}” cannot be read: ${messageOf(error)}.`;
      if (this.#file === file) this.#solver.tell({ profile: null, failure });
    }
    return true;
  }

  async #write(choice: PipelineChoice): Promise<void> {
    const { frontier } = this.#solver.state;
    const file = await vscode.window.showSaveDialog({
      title: 'Frequency of every operation',
      filters: { CSV: ['csv'], JSON: ['json'] },
      ...(this.#file === undefined
        ? {}
        : { defaultUri: this.#file.with({ path: this.#file.path.replace(/(\.csv)?$/i, '.plan.csv') }) }),
    });
    if (file === undefined) return;
    const name = nameOf(file);
    const format = /\.json$/i.test(file.path) ? 'json' : 'csv';
    const same = frontier !== null && this.#solver.state.frontier === frontier;
    const text = same ? await this.#solver.document(choice, format) : null;
    if (text === null) {
      void vscode.window.showWarningMessage(`${name} was not written: the plan is another by now.`);
      return;
    }
    try {
      await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    } catch (error) {
      void vscode.window.showErrorMessage(`${name} was not written: ${messageOf(error)}`);
      return;
    }
    const open = 'Open';
    if ((await vscode.window.showInformationMessage(`The plan was written to ${name}.`, open)) === open)
      await vscode.window.showTextDocument(file);
  }

  dispose(): void {
    this.#solver.end();
  }
}

const nameOf = (file: vscode.Uri): string => file.path.split('/').at(-1) ?? file.path;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
