import * as vscode from 'vscode';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { Comparison, RunDetail, RunSummary } from '../../contracts/runs.ts';
import type { LiveUpdate, SourceStatus, StoreState } from '../../contracts/samplerProtocol.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import type { EmptyReason, HostMessage, PageMessage } from '../../contracts/viewProtocol.ts';
import { viewProtocolVersion } from '../../contracts/viewProtocol.ts';
import type { RunModel } from '../runs/runModel.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { ChartChoice } from './chartChoice.ts';
import { pageHtml } from './page.ts';
import { PipelineDesk } from './pipelineDesk.ts';
import { PlanDesk } from './planDesk.ts';
import { ShareDesk } from './shareDesk.ts';
import { TraceDesk } from './traceDesk.ts';

/** Points a series sent to the page: a few more than it draws, so that a zoom has something to show at once. */
const pointsSent = 600;

export interface PageActions {
  openPlace(path: string, line: number): Promise<void>;
  fixPlace(path: string, line: number, rule: string): Promise<void>;
  explainRule(rule: string): Promise<void>;
  explainWaste(kind: string): Promise<void>;
  readonly scriptFindings: (path: string) => Promise<readonly StaticFinding[]>;
  /** What a profiler trace beside this run decided. */
  traced(runId: string, hints: readonly TracedHint[]): void;
  traceClosed(runId: string): void;
  command(name: Extract<PageMessage, { type: 'command' }>['command']): Promise<void>;
}

/**
 * The host of the page. The page keeps nothing that matters: whenever it is shown again it says `ready` and gets
 * everything anew, so hiding, moving or reloading it loses nothing.
 */
export class ProfilePanel implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewId = 'perjoule.profile';
  readonly #extensionUri: vscode.Uri;
  readonly #link: SamplerLink;
  readonly #model: RunModel;
  readonly #actions: PageActions;
  readonly #log: vscode.LogOutputChannel;
  readonly #plans: PlanDesk;
  readonly #pipeline: PipelineDesk;
  readonly #traces: TraceDesk;
  readonly #charts: ChartChoice;
  readonly #shares: ShareDesk;
  readonly #subscriptions: vscode.Disposable[];
  #view: vscode.WebviewView | undefined;
  #ready = false;
  /** The run the page shows; null follows the newest. */
  #chosen: string | null = null;
  /** Only the newest of several hydrations under way may reach the page. */
  #hydration = 0;
  #sources: readonly SourceStatus[] = [];
  #store: StoreState | null = null;
  #comparison: Comparison | null = null;
  /** The joules by line were asked for, and the page has not been told. */
  #linesWanted = false;
  /** The pipeline plan is to be brought into view as soon as the page is there. */
  #pipelineWanted = false;

  constructor(
    context: vscode.ExtensionContext,
    link: SamplerLink,
    model: RunModel,
    actions: PageActions,
    log: vscode.LogOutputChannel,
  ) {
    this.#extensionUri = context.extensionUri;
    this.#link = link;
    this.#model = model;
    this.#actions = actions;
    this.#log = log;
    this.#plans = new PlanDesk(link, model);
    this.#pipeline = new PipelineDesk(context.extensionUri, (message) => this.#post(message));
    this.#traces = new TraceDesk(context.extensionUri, link, actions);
    this.#charts = new ChartChoice((charts) => this.#post({ type: 'charts', charts }));
    this.#shares = new ShareDesk(link, model);
    this.#subscriptions = [
      this.#pipeline,
      this.#charts,
      link.on('live', (update) => this.#live(update)),
      link.on('powerSweep', (sweep) => this.#post({ type: 'sweep', sweep })),
      link.on('sourcesChanged', (sources) => {
        this.#sources = sources;
        this.#hydrateSoon();
      }),
      link.on('storeChanged', (store) => {
        this.#store = store;
        this.#hydrateSoon();
      }),
      link.onDidChangeState((state) => {
        // What a new sampler says of its store holds until it says otherwise.
        if (state === 'connected') this.#store = link.store;
        else this.#post({ type: 'sweep', sweep: null });
        this.#hydrateSoon();
      }),
      model.onDidChange((run) => {
        if (run === null) this.#hydrateSoon();
        else this.#post({ type: 'runs', runs: this.#model.newestFirst });
      }),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    this.#ready = false;
    view.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(this.#extensionUri, 'dist')],
    };
    view.webview.onDidReceiveMessage((message: PageMessage) => {
      this.#handle(message).catch((error: unknown) => this.#failed(error));
    });
    view.onDidChangeVisibility(() => {
      // A hidden page is torn down; it says `ready` again when it is back.
      if (!view.visible) this.#ready = false;
      else this.#hydrateSoon();
    });
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#ready = false;
    });
    view.webview.html = pageHtml(view.webview, this.#extensionUri);
  }

  /** Brings the panel into view and shows this run, or the newest. */
  async show(runId: string | null, options: { readonly focus: boolean }): Promise<void> {
    this.#chosen = runId;
    await vscode.commands.executeCommand(`${ProfilePanel.viewId}.focus`, { preserveFocus: !options.focus });
    this.#hydrateSoon();
  }

  /** A new run began: it takes the page unless the user has chosen a run that still lives. */
  runStarted(runId: string): void {
    const chosen = this.#chosen === null ? undefined : this.#model.find(this.#chosen);
    if (chosen?.state === 'live') return;
    this.#chosen = runId;
    this.#hydrateSoon();
  }

  /** The run's details changed for good: it ended, or was explained anew. */
  runChanged(run: RunDetail): void {
    if (run.runId === this.#shown()) this.#post({ type: 'run', run });
  }

  async compare(baselineRunId: string, runId: string): Promise<void> {
    // Kept until the page is there to take it: it may be hidden, or not made yet.
    this.#comparison = await this.#link.request('compare', { baselineRunId, runId });
    await this.show(runId, { focus: true });
  }

  /** Brings the joules by line of this run, or the newest, into view. */
  async showLines(runId: string | null): Promise<void> {
    this.#linesWanted = true;
    await this.show(runId, { focus: true });
  }

  /** Lets the user pick a profiler trace and shows what it says beside the run. */
  async openTrace(run: RunSummary): Promise<void> {
    if (await this.#traces.open(run)) await this.show(run.runId, { focus: true });
  }

  /** Lets the user pick a profile and shows its page; a run need not be there. */
  async planPipeline(): Promise<void> {
    if (!(await this.#pipeline.open())) return;
    this.#pipelineWanted = true;
    await vscode.commands.executeCommand(`${ProfilePanel.viewId}.focus`);
    this.#hydrateSoon();
  }

  #shown(): string | undefined {
    return this.#chosen ?? this.#model.newestFirst[0]?.runId;
  }

  #live(update: LiveUpdate): void {
    if (update.runId === this.#shown()) this.#post({ type: 'live', update });
  }

  /** Never awaited: a message that a hidden page drops is made good by the next hydration. */
  #post(message: HostMessage): void {
    if (this.#ready) void this.#view?.webview.postMessage(message);
  }

  #hydrateSoon(): void {
    if (this.#ready) this.#hydrate().catch((error: unknown) => this.#failed(error));
  }

  async #hydrate(): Promise<void> {
    const turn = ++this.#hydration;
    const runId = this.#shown();
    let run: RunDetail | null = null;
    let block: Extract<HostMessage, { type: 'hydrate' }>['block'] = null;
    if (this.#link.state === 'connected') {
      this.#sources = await this.#link.request('sources', null);
      if (runId !== undefined) {
        run = await this.#link.request('getRun', { runId });
        block = await this.#link.request('series', { runId, fromMs: null, toMs: null, points: pointsSent });
      }
    }
    if (turn !== this.#hydration) return;
    this.#post({
      type: 'hydrate',
      protocol: viewProtocolVersion,
      runs: this.#model.newestFirst,
      run,
      block,
      sources: this.#sources,
      store: this.#store,
      empty: run === null ? this.#empty() : null,
    });
    if (run !== null) this.#post({ type: 'trace', reading: this.#traces.of(run.runId) ?? null });
    if (this.#ready && this.#linesWanted) {
      this.#post({ type: 'tab', tab: 'lines' });
      this.#linesWanted = false;
    }
    if (this.#ready && this.#comparison !== null) {
      this.#post({ type: 'comparison', comparison: this.#comparison });
      this.#comparison = null;
    }
    if (this.#ready && this.#pipelineWanted) {
      this.#pipelineWanted = false;
      this.#post({ type: 'showPipeline' });
    }
  }

  #empty(): { readonly reason: EmptyReason; readonly detail: string } {
    switch (this.#link.state) {
      case 'untrusted':
        return { reason: 'untrusted', detail: '' };
      case 'failed':
        return { reason: 'samplerFailed', detail: this.#link.failure };
      case 'connected': {
        const gpuSources = this.#sources.filter(({ host }) => host !== true);
        const found = gpuSources.some((source) => source.state === 'found');
        return found
          ? { reason: 'noRuns', detail: '' }
          : { reason: 'noGpu', detail: gpuSources.map((source) => source.detail).join(' ') };
      }
      default:
        return { reason: 'starting', detail: '' };
    }
  }

  async #handle(message: PageMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#post({ type: 'charts', charts: this.#charts.charts });
        // Showing the page is reason enough to look for GPUs.
        if (this.#link.state === 'idle') await this.#link.connect().catch(() => undefined);
        await this.#hydrate();
        return;
      case 'selectRun':
        this.#chosen = message.runId;
        await this.#hydrate();
        return;
      case 'compare': {
        const { baselineRunId, runId } = message;
        try {
          const comparison = await this.#link.request('compare', { baselineRunId, runId });
          this.#post({ type: 'comparison', comparison });
        } catch (error) {
          const failure = messageOf(error);
          this.#log.warn(`Energy Profile: ${failure}`);
          this.#post({ type: 'comparisonFailed', baselineRunId, runId, message: failure });
        }
        return;
      }
      case 'series': {
        const { runId, fromMs, toMs } = message;
        const block = await this.#link.request('series', { runId, fromMs, toMs, points: pointsSent });
        this.#post({ type: 'series', runId, block });
        return;
      }
      case 'totals': {
        const { runId, fromMs, toMs } = message;
        const stretch = { runId, fromMs, toMs };
        try {
          const totals = await this.#link.request('totals', stretch);
          this.#post({ type: 'totals', ...stretch, totals, failure: null });
        } catch (error) {
          this.#post({ type: 'totals', ...stretch, totals: null, failure: messageOf(error) });
        }
        return;
      }
      case 'charts':
        return this.#charts.choose(message.charts);
      case 'plan':
        this.#post(await this.#plans.plan(message.runId));
        return;
      case 'balancePlan':
        this.#post(await this.#plans.balance(message.runId));
        return;
      case 'pipeline':
        return this.#pipeline.ask(message.ask);
      case 'batchPlan':
        this.#post(await this.#plans.batch(message.runId, message.runs));
        return;
      case 'sweep':
        return this.#plans.sweep(message.runId);
      case 'stopSweep':
        return this.#plans.stop(message.runId);
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'exportRun':
      case 'copyReport':
      case 'savePicture':
        return this.#shares.take(message);
      case 'closeTrace':
        this.#traces.close(message.runId);
        this.#post({ type: 'trace', reading: null });
        return;
      case 'openPlace':
        return this.#actions.openPlace(message.path, message.line);
      case 'fixPlace':
        return this.#actions.fixPlace(message.path, message.line, message.rule);
      case 'explainRule':
        return this.#actions.explainRule(message.rule);
      case 'explainWaste':
        return this.#actions.explainWaste(message.kind);
      case 'command':
        return this.#actions.command(message.command);
    }
  }

  #failed(error: unknown): void {
    const message = messageOf(error);
    this.#log.warn(`Energy Profile: ${message}`);
    this.#post({ type: 'notice', message });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
