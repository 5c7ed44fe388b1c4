import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';

/** The runs this window knows, newest first. Fed by the sampler; read by the tree, the status bar and the panel. */
export class RunModel implements vscode.Disposable {
  readonly #runs = new Map<string, RunSummary>();
  readonly #changed = new vscode.EventEmitter<RunSummary | null>();
  /** The run that changed, or null when the whole list did. */
  readonly onDidChange = this.#changed.event;

  get newestFirst(): readonly RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => b.startedAtMs - a.startedAtMs || b.number - a.number);
  }

  get live(): readonly RunSummary[] {
    return this.newestFirst.filter((run) => run.state === 'live');
  }

  find(runId: string): RunSummary | undefined {
    return this.#runs.get(runId);
  }

  replaceAll(runs: readonly RunSummary[]): void {
    this.#runs.clear();
    for (const run of runs) this.#runs.set(run.runId, run);
    this.#changed.fire(null);
  }

  update(run: RunSummary): void {
    this.#runs.set(run.runId, run);
    this.#changed.fire(run);
  }

  remove(runId: string): void {
    if (this.#runs.delete(runId)) this.#changed.fire(null);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
