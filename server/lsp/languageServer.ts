/** Wires the features to a connection; the features themselves are pure functions in the files beside. */

import {
  type Connection,
  DidChangeWorkspaceFoldersNotification,
  DocumentDiagnosticReportKind,
  type InitializeResult,
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
import { assumptionsOf, type Effective, effective } from '../engine/configuration.ts';
import { ProjectFiles } from '../projectFiles.ts';
import { Analyses, type Analysis } from './analyses.ts';
import { codeActionsFor, fixAllKind } from './codeActions.ts';
import { diagnosticSource, diagnosticsOf } from './diagnostics.ts';
import { documentPath } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import { fileFindings } from './fileFindings.ts';
import { defaultHintSettings, editorLayer, readHintSettings } from './hintSettings.ts';
import { hoverAt } from './hover.ts';
import { type Mark, marksOf } from './marks.ts';
import { MeasuredHints } from './measured.ts';
import { isProjectFile, projectFileDiagnostics } from './projectFileDiagnostics.ts';
import { ProjectRoots } from './projectRoots.ts';
import { settingsPage } from './settingsPage.ts';

const initializeResult: InitializeResult = {
  serverInfo: { name: 'perjoule' },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    diagnosticProvider: {
      identifier: diagnosticSource,
      interFileDependencies: true,
      workspaceDiagnostics: false,
    },
    codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind] },
    hoverProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
};

const stringField = (value: unknown, name: string): string | undefined => {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const field = (value as Readonly<Record<string, unknown>>)[name];
  return typeof field === 'string' ? field : undefined;
};

/** The engine loads while the editor and the server greet each other; the first request that needs it waits. */
export function serve(connection: Connection, loading: Promise<Engine>): void {
  const documents = new TextDocuments(TextDocument);
  const hints = new MeasuredHints();
  const roots = new ProjectRoots();
  let settings = defaultHintSettings;
  let settingsGeneration = 0;
  let canRefresh = false;

  const ready = loading.then((engine) => ({
    engine,
    analyses: new Analyses(engine, documents, (path) => roots.of(path), reportAnalysis),
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
      version: analysis.version,
      durationMs: analysis.durationMs,
      findings: analysis.result.findings.length,
      notChecked: analysis.result.problems.find((problem) => problem.kind === 'unreadable')?.message ?? null,
    });
    for (const problem of analysis.result.problems)
      if (problem.kind === 'ruleFailed') connection.console.error(`${analysis.path}: ${problem.message}`);
  }

  function refresh(): void {
    if (!canRefresh) return;
    // A client that answers with an error shows the new marks at the next edit.
    connection.languages.diagnostics.refresh().catch(() => {});
  }

  interface Marked {
    readonly analysis: Analysis;
    readonly marks: readonly Mark[];
  }

  async function settingsFor(uri: string): Promise<Effective> {
    const { engine, projects } = await ready;
    const layers = [...(await projects.layersFor(documentPath(uri))), editorLayer(settings, engine.rules)];
    return effective(engine.rules, layers);
  }

  async function marked(uri: string): Promise<Marked | undefined> {
    const { analyses } = await ready;
    const effectiveSettings = await settingsFor(uri);
    const analysis = await analyses.of(uri, assumptionsOf(effectiveSettings));
    return analysis && { analysis, marks: marksOf(analysis, effectiveSettings, hints) };
  }

  const shown = async (uri: string): Promise<Marked | undefined> =>
    settings.enable ? marked(uri) : undefined;

  function projectFilesChanged(): void {
    void ready.then(({ projects }) => projects.forget()).catch(() => {});
    settingsGeneration += 1;
    refresh();
  }

  connection.onInitialize((params): InitializeResult => {
    settings = readHintSettings(params.initializationOptions, settings);
    roots.set((params.workspaceFolders ?? []).map((folder) => folder.uri));
    canRefresh = params.capabilities.workspace?.diagnostics?.refreshSupport === true;
    return initializeResult;
  });

  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    roots.change(
      event.added.map((folder) => folder.uri),
      event.removed.map((folder) => folder.uri),
    );
  });

  connection.onDidChangeConfiguration((params) => {
    settings = readHintSettings(params?.settings, settings);
    settingsGeneration += 1;
    refresh();
  });

  connection.onDidChangeWatchedFiles(projectFilesChanged);
  documents.onDidChangeContent(({ document }) => {
    if (isProjectFile(document.uri)) projectFilesChanged();
  });
  documents.onDidClose(({ document }) => {
    if (isProjectFile(document.uri)) projectFilesChanged();
  });

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }) => {
    if (isProjectFile(textDocument.uri)) {
      const document = documents.get(textDocument.uri);
      const { engine } = await ready;
      const items =
        document === undefined || !settings.enable ? [] : projectFileDiagnostics(document, engine.rules);
      return { kind: DocumentDiagnosticReportKind.Full, items };
    }
    const found = await shown(textDocument.uri);
    if (found === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    const resultId = [found.analysis.id, settingsGeneration, hints.generation].join('.');
    if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    const items = diagnosticsOf(found.analysis, settings, found.marks);
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items };
  });

  connection.onCodeAction(async (params) => {
    const found = await shown(params.textDocument.uri);
    // Without a version there is nothing that would refuse a stale edit.
    if (found === undefined || found.analysis.version === null) return [];
    return codeActionsFor(found.analysis, settings, found.marks, params);
  });

  connection.onHover(async ({ textDocument, position }) => {
    const { engine } = await ready;
    const found = await shown(textDocument.uri);
    return found === undefined ? null : hoverAt(found.analysis, found.marks, engine, position);
  });

  connection.onRequest(findingsRequest, async (params: unknown) => {
    const uri = stringField(params, 'uri');
    const found = uri === undefined ? undefined : await marked(uri);
    return fileFindings(found?.analysis, found?.marks ?? []);
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

  documents.listen(connection);
  connection.listen();
}
