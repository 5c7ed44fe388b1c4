/** The pipeline plan's desk in the extension host: the profile, the thread that solves it, the file that is written. */

import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type {
  PipelineAsk,
  PipelineChoice,
  PipelineShape,
  PipelineState,
  PlannerAnswer,
  PlannerRequest,
} from '../../contracts/pipelinePlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';

/** Far more than any profile: a row is some forty bytes, and there is one for each stage and frequency. */
const largestProfile = 16 * 2 ** 20;

const atRest: PipelineState = { profile: null, solving: null, failure: null, frontier: null };

export class PipelineDesk implements vscode.Disposable {
  readonly #planner: vscode.Uri;
  readonly #post: (message: HostMessage) => void;
  #worker: Worker | undefined;
  #state: PipelineState = atRest;
  #file: vscode.Uri | undefined;
  #text = '';
  /** A slider asks faster than plans are made: only the newest waits. */
  #choosing = false;
  #nextChoice: PipelineChoice | null = null;
  #document: ((text: string) => void) | undefined;

  constructor(extensionUri: vscode.Uri, post: (message: HostMessage) => void) {
    this.#planner = vscode.Uri.joinPath(extensionUri, 'dist', 'planner.js');
    this.#post = post;
  }

  async ask(ask: PipelineAsk): Promise<void> {
    switch (ask.kind) {
      case 'state':
        return this.#tell({});
      case 'open':
        await this.open();
        return;
      case 'solve':
        return this.#solve(ask.shape);
      case 'cancel':
        this.#end();
        return this.#tell({ solving: null });
      case 'choose':
        return this.#choose(ask.choice);
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
    this.#end();
    this.#file = file;
    const name = file.path.split('/').at(-1) ?? file.path;
    this.#tell({ ...atRest, profile: { name, stages: 0 } });
    try {
      if ((await vscode.workspace.fs.stat(file)).size > largestProfile)
        throw new Error('it is larger than 16 MiB');
      this.#text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      this.#send({ type: 'read', text: this.#text });
    } catch (error) {
      this.#tell({ profile: null, failure: `“${name}” cannot be read: ${messageOf(error)}.` });
    }
    return true;
  }

  #solve(shape: PipelineShape): void {
    if (this.#file === undefined || this.#state.solving !== null) return;
    this.#tell({ solving: 0, failure: null, frontier: null });
    this.#send({ type: 'solve', text: this.#text, shape });
  }

  #choose(choice: PipelineChoice): void {
    if (this.#choosing) {
      this.#nextChoice = choice;
      return;
    }
    this.#choosing = true;
    this.#send({ type: 'choose', choice });
  }

  async #write(choice: PipelineChoice): Promise<void> {
    const file = await vscode.window.showSaveDialog({
      title: 'Frequency of every operation',
      filters: { CSV: ['csv'], JSON: ['json'] },
      ...(this.#file === undefined
        ? {}
        : { defaultUri: this.#file.with({ path: this.#file.path.replace(/(\.csv)?$/i, '.plan.csv') }) }),
    });
    if (file === undefined || this.#worker === undefined) return;
    const text = await new Promise<string>((resolve) => {
      this.#document = resolve;
      this.#send({ type: 'document', choice, format: /\.json$/i.test(file.path) ? 'json' : 'csv' });
    });
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    const open = 'Open';
    const name = file.path.split('/').at(-1) ?? '';
    if ((await vscode.window.showInformationMessage(`The plan was written to ${name}.`, open)) === open)
      await vscode.window.showTextDocument(file);
  }

  #send(request: PlannerRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(this.#planner.fsPath);
    worker.on('message', (answer: PlannerAnswer) => {
      if (worker === this.#worker) this.#take(answer);
    });
    worker.on('error', (error) => {
      if (worker !== this.#worker) return;
      this.#end();
      this.#tell({ solving: null, failure: `The solver ended: ${error.message}` });
    });
    worker.unref();
    return worker;
  }

  #take(answer: PlannerAnswer): void {
    switch (answer.type) {
      case 'read': {
        const { profile } = this.#state;
        this.#tell({ profile: profile && { ...profile, stages: answer.stages } });
        return;
      }
      case 'progress':
        this.#tell({ solving: answer.share });
        return;
      case 'solved':
        this.#tell({ solving: null, frontier: answer.frontier });
        return;
      case 'failed':
        this.#tell({ solving: null, failure: answer.message });
        return;
      case 'document':
        this.#document?.(answer.text);
        return;
      case 'chosen': {
        this.#post({ type: 'pipelineChosen', plan: answer.plan });
        this.#choosing = false;
        const next = this.#nextChoice;
        this.#nextChoice = null;
        if (next !== null) this.#choose(next);
      }
    }
  }

  #tell(change: Partial<PipelineState>): void {
    this.#state = { ...this.#state, ...change };
    this.#post({ type: 'pipeline', pipeline: this.#state });
  }

  #end(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#choosing = false;
    this.#nextChoice = null;
  }

  dispose(): void {
    this.#end();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
