/** Wires the features to a connection; the features themselves are pure functions in the files beside. */

import { createHash } from 'node:crypto';
import {
  type Connection,
  type Diagnostic,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DocumentDiagnosticReportKind,
  FileChangeType,
  type InitializeResult,
  NotebookDocuments,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  analysedNotification,
  findingsRequest,
  measuredNotification,
  type SettingsResult,
  settingsRequest,
} from '../../contracts/lspExtensions.ts';
import {
  dismissalsNotification,
  type FileOpportunities,
  marksChangedNotification,
  type OpportunitiesResult,
  opportunitiesRequest,
} from '../../contracts/opportunities.ts';
import { assumptionsOf, type Effective, effective } from '../engine/configuration.ts';
import { ProjectFiles } from '../projectFiles.ts';
import { Analyses, type Analysis } from './analyses.ts';
import { Answers } from './answers.ts';
import { codeActionsFor, fixAllKind, notebookFixAllKind } from './codeActions.ts';
import { diagnosticSource, diagnosticsOf } from './diagnostics.ts';
import { Dismissals } from './dismissals.ts';
import { documentPath } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import { fileFindings } from './fileFindings.ts';
import { defaultHintSettings, editorLayer, readHintSettings } from './hintSettings.ts';
import { hoverAt } from './hover.ts';
import type { Mark } from './marks.ts';
import { MeasuredHints } from './measured.ts';
import { OpenModules } from './openModules.ts';
import type { Workspace } from './openProject.ts';
import { opportunitiesIn } from './opportunities.ts';
import { isProjectFile, projectFileDiagnostics } from './projectFileDiagnostics.ts';
import { ProjectRoots } from './projectRoots.ts';
import { settingsPage } from './settingsPage.ts';
import type { Sheet } from './sheets.ts';
import { adviceAmong, marksAmong, marksForRuns, type Weighed, weigh } from './weighing.ts';
import { WorkspaceFiles } from './workspaceFiles.ts';

const initializeResult: InitializeResult = {
  serverInfo: { name: 'perjoule' },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    notebookDocumentSync: {
      // Cells of text too: actions for the whole notebook are asked for in its first cell.
      notebookSelector: [{ notebook: { notebookType: 'jupyter-notebook' } }],
    },
    diagnosticProvider: {
      identifier: diagnosticSource,
      interFileDependencies: true,
      workspaceDiagnostics: false,
    },
    codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind, notebookFixAllKind] },
    hoverProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
};

const stringField = (value: unknown, name: string): string | undefined => {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const field = (value as Readonly<Record<string, unknown>>)[name];
  return typeof field === 'string' ? field : undefined;
};

const textList = (value: unknown, name: string): readonly string[] => {
  if (typeof value !== 'object' || value === null || !(name in value)) return [];
  const field = (value as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(field) ? field.filter((item) => typeof item === 'string') : [];
};

/** The engine loads while the editor and the server greet each other; the first request that needs it waits. */
export function serve(connection: Connection, loading: Promise<Engine>): void {
  const documents = new TextDocuments(TextDocument);
  const notebooks = new NotebookDocuments(TextDocument);
  const modules = new OpenModules(documents, notebooks);
  const hints = new MeasuredHints();
  const dismissals = new Dismissals();
  const roots = new ProjectRoots();
  const files = new WorkspaceFiles(() => roots.paths);
  let settings = defaultHintSettings;
  let canRefresh = false;
  let canWatch = false;

  const workspace: Workspace = {
    files: () => files.list(),
    root: (path) => roots.of(path),
    callersChanged: () => answers.changed(),
  };

  const ready = loading.then((engine) => ({
    engine,
    analyses: new Analyses(engine, modules, workspace, reportAnalysis),
    projects: new ProjectFiles(engine.rules, openProjectFile),
  }));
  ready.catch((error: unknown) =>
    connection.console.error(`The checker could not be loaded: ${String(error)}`),
  );

  const openProjectFile = (path: string): string | undefined =>
    documents
      .all()
      .find(({ uri }) => isProjectFile(uri) && documentPath(uri) === path)
      ?.getText();

  function reportAnalysis(analysis: Analysis): void {
    void connection.sendNotification(analysedNotification, {
      uri: analysis.uri,
      version: analysis.sheets.find(({ uri }) => uri === analysis.uri)?.version ?? null,
      durationMs: analysis.durationMs,
      findings: analysis.result.findings.length,
      notChecked: analysis.result.problems.find((problem) => problem.kind === 'unreadable')?.message ?? null,
    });
    for (const problem of analysis.result.problems)
      if (problem.kind === 'ruleFailed') connection.console.error(`${analysis.path}: ${problem.message}`);
  }

  function refresh(): void {
    void connection.sendNotification(marksChangedNotification);
    if (!canRefresh) return;
    // A client that answers with an error shows the new marks at the next edit.
    connection.languages.diagnostics.refresh().catch(() => {});
  }

  interface Marked {
    readonly analysis: Analysis;
    readonly weighed: readonly Weighed[];
    /** Those that the text shows. */
    readonly marks: readonly Mark[];
  }

  interface Shown extends Marked {
    /** The text that was asked for: the file, or one cell of the notebook; undefined for a cell that holds no Python. */
    readonly sheet: Sheet | undefined;
  }

  async function settingsFor(uri: string): Promise<Effective> {
    const { engine, projects } = await ready;
    const layers = [...(await projects.layersFor(documentPath(uri))), editorLayer(settings, engine.rules)];
    return effective(engine.rules, layers);
  }

  async function marked(uri: string): Promise<Marked | undefined> {
    const { engine, analyses } = await ready;
    const effectiveSettings = await settingsFor(modules.of(uri)?.uri ?? uri);
    const analysis = await analyses.of(uri, assumptionsOf(effectiveSettings));
    if (analysis === undefined) return undefined;
    const scales = { settings: effectiveSettings, hints, dismissals, rules: engine.rules };
    const weighed = weigh(analysis, scales);
    return { analysis, weighed, marks: marksAmong(weighed) };
  }

  async function shown(uri: string): Promise<Shown | undefined> {
    const found = settings.enable ? await marked(uri) : undefined;
    const sheet = found?.analysis.sheets.find((one) => one.uri === uri);
    return found && { ...found, sheet };
  }

  interface Answer {
    /** The same whenever the answer is the same, also from another server. */
    readonly resultId: string;
    readonly items: Diagnostic[];
  }

  async function answerFor(uri: string): Promise<Answer | undefined> {
    const found = await shown(uri);
    if (found?.sheet === undefined) return undefined;
    const items = diagnosticsOf(found.analysis, found.sheet, settings, found.marks);
    return { resultId: createHash('sha1').update(JSON.stringify(items)).digest('base64url'), items };
  }

  const answers = new Answers(async (uri) => (await answerFor(uri))?.resultId, refresh);
  const withAnalyses = (act: (analyses: Analyses) => void): void =>
    void ready.then(({ analyses }) => act(analyses)).catch(() => {});

  function textsChanged(): void {
    answers.changed();
    withAnalyses((analyses) => analyses.changed());
  }

  function closed(uri: string): void {
    answers.changed();
    withAnalyses((analyses) => analyses.forget(uri));
  }

  function diskChanged(): void {
    answers.changed();
    withAnalyses((analyses) => analyses.diskChanged());
  }

  function projectFilesChanged(): void {
    void ready.then(({ projects }) => projects.forget()).catch(() => {});
    refresh();
  }

  connection.onInitialize((params): InitializeResult => {
    settings = readHintSettings(params.initializationOptions, settings);
    dismissals.replace(params.initializationOptions);
    roots.set((params.workspaceFolders ?? []).map((folder) => folder.uri));
    canWatch = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    canRefresh = params.capabilities.workspace?.diagnostics?.refreshSupport === true;
    return initializeResult;
  });

  connection.onInitialized(() => {
    if (!canWatch) return;
    const watchers = [{ globPattern: '**/*.{py,pyw}' }, { globPattern: '**/.gitignore' }];
    // Without it files on the disk are looked at when something open changes.
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(() => {});
  });

  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    roots.change(
      event.added.map((folder) => folder.uri),
      event.removed.map((folder) => folder.uri),
    );
    files.forget();
    diskChanged();
  });

  connection.onDidChangeConfiguration((params) => {
    settings = readHintSettings(params?.settings, settings);
    refresh();
  });

  connection.onDidChangeWatchedFiles(({ changes }) => {
    if (changes.some(({ uri }) => isProjectFile(uri))) projectFilesChanged();
    const others = changes.filter(({ uri }) => !isProjectFile(uri));
    if (others.length === 0) return;
    if (others.some(({ uri, type }) => type !== FileChangeType.Changed || uri.endsWith('/.gitignore')))
      files.forget();
    diskChanged();
  });
  documents.onDidChangeContent(({ document }) => {
    if (isProjectFile(document.uri)) projectFilesChanged();
    else textsChanged();
  });
  documents.onDidClose(({ document }) => {
    closed(document.uri);
    if (isProjectFile(document.uri)) projectFilesChanged();
  });

  notebooks.onDidOpen(textsChanged);
  notebooks.onDidChange(textsChanged);
  notebooks.onDidClose(({ uri }) => closed(uri));

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }) => {
    if (isProjectFile(textDocument.uri)) {
      const document = documents.get(textDocument.uri);
      const { engine } = await ready;
      const items =
        document === undefined || !settings.enable ? [] : projectFileDiagnostics(document, engine.rules);
      return { kind: DocumentDiagnosticReportKind.Full, items };
    }
    const { uri } = textDocument;
    const answer = await answerFor(uri);
    if (answer === undefined) {
      answers.forget(uri);
      return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    }
    answers.given(uri, answer.resultId);
    return answer.resultId === previousResultId
      ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId: previousResultId }
      : { kind: DocumentDiagnosticReportKind.Full, ...answer };
  });

  connection.onCodeAction(async (params) => {
    const found = await shown(params.textDocument.uri);
    // Without a version there is nothing that would refuse a stale edit.
    if (found === undefined || found.analysis.sheets.some(({ version }) => version === null)) return [];
    return codeActionsFor({ ...found, settings, dismissals, advice: adviceAmong(found.weighed) }, params);
  });

  connection.onHover(async ({ textDocument, position }) => {
    const { engine } = await ready;
    const found = await shown(textDocument.uri);
    return found?.sheet === undefined ? null : hoverAt(found.sheet, found.marks, engine, position);
  });

  connection.onRequest(findingsRequest, async (params: unknown) => {
    const uri = stringField(params, 'uri');
    const found = uri === undefined ? undefined : await marked(uri);
    return fileFindings(found?.analysis, marksForRuns(found?.weighed ?? []));
  });

  connection.onRequest(settingsRequest, async (params: unknown): Promise<SettingsResult | null> => {
    const uri = stringField(params, 'uri');
    if (uri === undefined) return null;
    const { engine, projects } = await ready;
    const path = documentPath(uri);
    const projectFile = (await projects.nearestTo(path))?.path;
    return settingsPage(path, projectFile, engine.rules, await settingsFor(uri));
  });

  connection.onNotification(measuredNotification, (params: unknown) => {
    if (hints.replace(params)) refresh();
  });

  connection.onNotification(dismissalsNotification, (params: unknown) => {
    if (dismissals.replace(params)) refresh();
  });

  async function opportunitiesOf(uri: string): Promise<FileOpportunities> {
    const { engine } = await ready;
    const found = settings.enable ? await marked(uri) : undefined;
    if (found === undefined) return { uri, opportunities: [], hidden: [] };
    return opportunitiesIn(uri, found.analysis, found.weighed, dismissals, engine.rules);
  }

  connection.onRequest(opportunitiesRequest, async (params: unknown): Promise<OpportunitiesResult> => {
    const files: FileOpportunities[] = [];
    // One after the other, so that a request in between waits for one file at most.
    for (const uri of textList(params, 'uris')) files.push(await opportunitiesOf(uri));
    return { files };
  });

  documents.listen(connection);
  notebooks.listen(connection);
  connection.listen();
}
