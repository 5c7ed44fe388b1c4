import * as vscode from 'vscode';
import type { LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';
import {
  CodeAction,
  CodeActionRequest,
  CodeActionTriggerKind,
  LanguageClient,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { MeasuredHint } from '../contracts/findings.ts';
import type {
  AnalysedParams,
  FindingsParams,
  FindingsResult,
  MeasuredParams,
  RuleNamedParams,
  ServerInitialization,
  SettingsParams,
  SettingsResult,
  TracedParams,
} from '../contracts/lspExtensions.ts';
import {
  analysedNotification,
  findingsRequest,
  measuredNotification,
  ruleNamedRequest,
  settingsRequest,
  tracedNotification,
} from '../contracts/lspExtensions.ts';
import type {
  Dismissal,
  DismissalsParams,
  FileOpportunities,
  OpportunitiesParams,
  OpportunitiesResult,
  WorkspaceFilesResult,
} from '../contracts/opportunities.ts';
import {
  dismissalsNotification,
  marksChangedNotification,
  opportunitiesRequest,
  workspaceFilesRequest,
} from '../contracts/opportunities.ts';
import type { TracedHint } from '../contracts/trace.ts';
import { setting } from './settings.ts';

const initialization = (extensionUri: vscode.Uri): ServerInitialization => ({
  enable: setting('perjoule.hints.enable'),
  scope: setting('perjoule.hints.scope'),
  severity: setting('perjoule.hints.severity'),
  rulePages: vscode.Uri.joinPath(extensionUri, 'docs', 'rules').toString(),
});

export interface Analysed {
  /** Of the file or the notebook. */
  readonly uri: string;
  /** Whether the editor holds it: else it was read from disk because somebody asked. */
  readonly open: boolean;
}

const isOpen = (uri: string): boolean =>
  vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri) ||
  vscode.workspace.notebookDocuments.some((notebook) => notebook.uri.toString() === uri);

/** The language server's client: starts it, tells it what was measured, asks it for the findings of a file. */
export class Checker implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #status: vscode.LanguageStatusItem;
  readonly #analysed = new vscode.EventEmitter<Analysed>();
  readonly onAnalysed = this.#analysed.event;
  readonly #marksChanged = new vscode.EventEmitter<undefined>();
  readonly onMarksChanged = this.#marksChanged.event;
  readonly #started = new vscode.EventEmitter<undefined>();
  /** Also after a restart. */
  readonly onStarted = this.#started.event;
  #hints: readonly MeasuredHint[] = [];
  #traced: readonly TracedHint[] = [];
  #restart: Promise<void> = Promise.resolve();

  constructor(
    context: vscode.ExtensionContext,
    log: vscode.LogOutputChannel,
    dismissals: () => readonly Dismissal[],
  ) {
    const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
    const serverOptions: ServerOptions = { module, transport: TransportKind.ipc };
    const projectFiles = vscode.workspace.createFileSystemWatcher('**/pyproject.toml');
    const clientOptions: LanguageClientOptions = {
      documentSelector: [
        { language: 'python', scheme: 'file' },
        { language: 'python', scheme: 'untitled' },
        { language: 'python', scheme: 'vscode-remote' },
        { language: 'python', notebook: { notebookType: 'jupyter-notebook' } },
        // Actions for a whole notebook are asked for in its first cell, which is often text.
        { language: 'markdown', notebook: { notebookType: 'jupyter-notebook' } },
        // Settings of a project count as they are typed, and what is wrong with them is shown there.
        { pattern: '**/pyproject.toml', scheme: 'file' },
        { pattern: '**/pyproject.toml', scheme: 'vscode-remote' },
      ],
      synchronize: { fileEvents: projectFiles },
      outputChannel: log,
      initializationOptions: () => ({
        ...initialization(context.extensionUri),
        dismissals: dismissals(),
      }),
      diagnosticPullOptions: { onChange: true, onSave: true, onTabs: false },
      // Hovers may only run our own commands.
      markdown: {
        isTrusted: { enabledCommands: ['perjoule.explainRule', 'perjoule.explainWaste', 'perjoule.showRun'] },
      },
    };
    this.#client = new LanguageClient('perjoule', 'Perjoule', serverOptions, clientOptions);
    this.#status = vscode.languages.createLanguageStatusItem('perjoule.checker', { language: 'python' });
    this.#status.name = 'Perjoule';
    this.#status.command = { command: 'perjoule.showLog', title: 'Show Log' };
    this.#client.onDidChangeState(({ newState }) => {
      this.#showState(newState);
      if (newState !== State.Running) return;
      this.#sendHints();
      this.#sendTraced();
      this.#started.fire(undefined);
    });
    this.#showState(State.Starting);
    this.#client.onNotification(marksChangedNotification, () => this.#marksChanged.fire(undefined));
    this.#client.onNotification(analysedNotification, ({ uri, durationMs, notChecked }: AnalysedParams) => {
      const open = isOpen(uri);
      this.#analysed.fire({ uri, open });
      if (!open) return;
      const name = vscode.Uri.parse(uri).path.split('/').at(-1) ?? '';
      this.#status.detail =
        notChecked === null
          ? `${name} in ${Math.max(1, Math.round(durationMs))} ms`
          : `${name}: ${notChecked}`;
    });
    context.subscriptions.push(
      projectFiles,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('perjoule.hints') || !this.#client.isRunning()) return;
        // What a server offers is said once, at its start.
        if (event.affectsConfiguration('perjoule.hints.scope')) {
          this.restart().catch((error: unknown) =>
            log.warn(`The checker did not start again: ${String(error)}`),
          );
          return;
        }
        void this.#client.sendNotification('workspace/didChangeConfiguration', {
          settings: initialization(context.extensionUri),
        });
      }),
    );
  }

  start(): Promise<void> {
    return this.#client.start();
  }

  /** Requests to restart queue behind each other, so that two clicks do not race. */
  restart(): Promise<void> {
    this.#restart = this.#restart.then(
      () => this.#client.restart(),
      () => this.#client.restart(),
    );
    return this.#restart;
  }

  /** Replaces what runs have measured; the server shows it on the lines that are still the same. */
  setHints(hints: readonly MeasuredHint[]): void {
    this.#hints = hints;
    if (this.#client.isRunning()) this.#sendHints();
  }

  /** Replaces what profiler traces have shown. */
  setTraced(traced: readonly TracedHint[]): void {
    this.#traced = traced;
    if (this.#client.isRunning()) this.#sendTraced();
  }

  /** Replaces what was dismissed. */
  setDismissals(dismissals: readonly Dismissal[]): void {
    const params: DismissalsParams = { dismissals };
    if (this.#client.isRunning()) void this.#client.sendNotification(dismissalsNotification, params);
  }

  workspaceFiles(): Promise<WorkspaceFilesResult> {
    return this.#client.sendRequest<WorkspaceFilesResult>(workspaceFilesRequest);
  }

  async opportunities(uris: readonly string[]): Promise<readonly FileOpportunities[]> {
    const params: OpportunitiesParams = { uris };
    return (await this.#client.sendRequest<OpportunitiesResult>(opportunitiesRequest, params)).files;
  }

  /** @param named somebody names this very file */
  async findings(uri: vscode.Uri, named = false): Promise<FindingsResult> {
    const params: FindingsParams = { uri: uri.toString(), named };
    return await this.#client.sendRequest<FindingsResult>(findingsRequest, params);
  }

  /** By an earlier name too; null where there is no such rule. */
  async ruleNamed(word: string): Promise<string | null> {
    const params: RuleNamedParams = { word };
    return await this.#client.sendRequest<string | null>(ruleNamedRequest, params);
  }

  /** As the server made them, with the findings they belong to, which the editor's own command leaves out. Line from 0. */
  async quickFixes(document: vscode.TextDocument, line: number): Promise<readonly CodeAction[]> {
    const { end } = document.lineAt(line).range;
    const actions = await this.#client.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: document.uri.toString() },
      range: { start: { line, character: 0 }, end: { line, character: end.character } },
      context: { diagnostics: [], only: ['quickfix'], triggerKind: CodeActionTriggerKind.Invoked },
    });
    return (actions ?? []).filter((action) => CodeAction.is(action));
  }

  /** Markdown. */
  async settingsPage(uri: vscode.Uri): Promise<string> {
    const params: SettingsParams = { uri: uri.toString() };
    const page = await this.#client.sendRequest<SettingsResult | null>(settingsRequest, params);
    return page?.markdown ?? '';
  }

  #sendHints(): void {
    const params: MeasuredParams = { hints: this.#hints };
    void this.#client.sendNotification(measuredNotification, params);
  }

  #sendTraced(): void {
    const params: TracedParams = { hints: this.#traced };
    void this.#client.sendNotification(tracedNotification, params);
  }

  #showState(state: State): void {
    const text: Readonly<Record<State, string>> = {
      [State.Stopped]: 'Perjoule: hints stopped',
      [State.Starting]: 'Perjoule: starting',
      [State.Running]: 'Perjoule: hints on',
      [State.StartFailed]: 'Perjoule: hints failed to start',
    };
    this.#status.text = text[state];
    this.#status.busy = state === State.Starting;
    this.#status.severity =
      state === State.Stopped || state === State.StartFailed
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  dispose(): void {
    this.#status.dispose();
    this.#analysed.dispose();
    this.#marksChanged.dispose();
    this.#started.dispose();
  }
}
