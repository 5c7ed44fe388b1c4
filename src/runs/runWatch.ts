import * as vscode from 'vscode';
import type { RunDetail, RunSummary } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import type { RunModel } from './runModel.ts';

/** Runs fetched when the window connects; the list shows no more. */
const runsListed = 200;
/** Past runs whose details are read at start, for the marks in the editor. */
const detailsAtStart = 20;
/** Least time between two looks at a live run's notices, milliseconds. */
const liveDetailsEveryMs = 5_000;

export interface RunEvents {
  started(run: RunSummary): void;
  /** Details worth showing: after the end, and whenever the list of waste changed. */
  explained(run: RunDetail): void;
  removed(runId: string): void;
}

/** Keeps the model in step with the sampler, and tells when a run starts and when there is something new to say of it. */
export class RunWatch implements vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #model: RunModel;
  readonly #events: RunEvents;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: vscode.Disposable[];
  readonly #explainedAt = new Map<string, number>();

  constructor(link: SamplerLink, model: RunModel, events: RunEvents, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#model = model;
    this.#events = events;
    this.#log = log;
    this.#subscriptions = [
      link.on('runChanged', ({ run }) => this.#changed(run)),
      link.on('runRemoved', ({ runId }) => {
        model.remove(runId);
        events.removed(runId);
      }),
      link.on('live', (update) => {
        const run = model.find(update.runId);
        if (run === undefined) return;
        const { durationMs, totals, steps } = update;
        model.update({ ...run, durationMs, totals, steps });
        if (update.waste !== null || update.probed === true) this.#explainAtTimes(update.runId);
      }),
      link.onDidChangeState((state) => {
        if (state === 'connected') this.refresh().catch((error: unknown) => this.#warn(error));
        const context = state === 'failed' ? 'failed' : state === 'connected' ? 'none' : 'unknown';
        void vscode.commands.executeCommand('setContext', 'perjoule.runs', context);
      }),
    ];
  }

  /** Reads the list anew. */
  async refresh(): Promise<void> {
    const runs = await this.#link.request('listRuns', { limit: runsListed });
    this.#model.replaceAll(runs);
    for (const run of runs.slice(0, detailsAtStart)) {
      if (run.script !== null) this.#explain(run.runId);
    }
  }

  #changed(run: RunSummary): void {
    const known = this.#model.find(run.runId);
    this.#model.update(run);
    if (known === undefined && run.state === 'live') this.#events.started(run);
    // Notices and gaps come with the details only.
    if (run.state !== 'live') this.#explain(run.runId);
    else if (known !== undefined) this.#explainAtTimes(run.runId);
  }

  /** A live run's details cost the sampler time that its readings need. */
  #explainAtTimes(runId: string): void {
    const now = performance.now();
    if (now - (this.#explainedAt.get(runId) ?? Number.NEGATIVE_INFINITY) < liveDetailsEveryMs) return;
    this.#explainedAt.set(runId, now);
    this.#explain(runId);
  }

  #explain(runId: string): void {
    this.#link
      .request('getRun', { runId })
      .then((detail) => {
        if (detail !== null) this.#events.explained(detail);
      })
      .catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#log.warn(`Runs: ${error instanceof Error ? error.message : String(error)}`);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
