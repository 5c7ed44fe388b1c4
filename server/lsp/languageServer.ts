/** Wires the features to a connection; the features themselves are pure functions in the files beside. */

import { pathToFileURL } from 'node:url';
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DocumentDiagnosticReportKind,
  FileChangeType,
  type InitializeResult,
  NotebookDocuments,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  analysedNotification,
  findingsRequest,
  measuredNotification,
  ruleNamedRequest,
  type SettingsResult,
  settingsRequest,
  tracedNotification,
} from '../../contracts/lspExtensions.ts';
import {
  dismissalsNotification,
  type FileOpportunities,
  marksChangedNotification,
  type OpportunitiesResult,
  opportunitiesRequest,
  type WorkspaceFilesResult,
  workspaceFilesRequest,
} from '../../contracts/opportunities.ts';
import { ruleNamed } from '../engine/ruleNamed.ts';
import { problemsOfNamed } from '../namedFile.ts';
import { isNotebook } from '../notebookSource.ts';
import { ProjectFiles } from '../projectFiles.ts';
import { slashed } from '../projectSources.ts';
import { Analyses, type Analysis } from './analyses.ts';
import { Answers } from './answers.ts';
import { initializeResult } from './capabilities.ts';
import { codeActionsFor } from './codeActions.ts';
import { Dismissals } from './dismissals.ts';
import { documentPath, isSettingsFile } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import { fileFindings, notLookedAt } from './fileFindings.ts';
import { defaultHintSettings, readHintSettings } from './hintSettings.ts';
import { hoverAt } from './hover.ts';
import { keepHeapSmall } from './leanHeap.ts';
import { MarkedFiles } from './markedFiles.ts';
import { MeasuredHints } from './measured.ts';
import { OpenModules } from './openModules.ts';
import type { Workspace } from './openProject.ts';
import { opportunitiesIn } from './opportunities.ts';
import { passProgress } from './passProgress.ts';
import { isProjectFile, projectFileDiagnostics } from './projectFileDiagnostics.ts';
import { ProjectRoots } from './projectRoots.ts';
import { stringField, textList } from './requestParams.ts';
import { settingsPage } from './settingsPage.ts';
import { wholeText } from './sheets.ts';
import { TracedHints } from './traced.ts';
import { adviceAmong, marksForRuns } from './weighing.ts';
import { WorkspaceDiagnostics } from './workspaceDiagnostics.ts';
import { mostFiles, WorkspaceFiles } from './workspaceFiles.ts';

/** The engine loads while the editor and the server greet each other; the first request that needs it waits. */
export function serve(connection: Connection, loading: Promise<Engine>): void {
  const documents = new TextDocuments(TextDocument);
  const notebooks = new NotebookDocuments(TextDocument);
  const modules = new OpenModules(documents, notebooks);
  const hints = new MeasuredHints();
  const traces = new TracedHints();
  const dismissals = new Dismissals();
  const roots = new ProjectRoots();
  const files = new WorkspaceFiles(() => roots.paths);
  let settings = defaultHintSettings;
  let canRefresh = false;
  let canWatch = false;
  let canShowProgress = false;

  const workspace: Workspace = {
    files: () => files.list(),
    root: (path) => roots.of(path),
    isWide: () => settings.scope === 'workspace',
    callersChanged() {
      answers.changed();
      everyFile.changed();
    },
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
    everyFile.changed();
    if (!canRefresh) return;
    // A client that answers with an error shows the new marks at the next edit.
    connection.languages.diagnostics.refresh().catch(() => {});
  }

  const markedFiles = new MarkedFiles({
    ready,
    modules,
    documents,
    hints,
    traces,
    dismissals,
    settings: () => settings,
  });

  const everyFile = new WorkspaceDiagnostics({
    async files() {
      const { analyses } = await ready;
      const [onGpu, listed] = [await analyses.onGpu(), await files.list()];
      const open = new Map(modules.all().map(({ path, uri }) => [slashed(path), uri]));
      const uris = listed
        .filter((path) => onGpu.has(path))
        .map((path) => open.get(path) ?? pathToFileURL(path).href);
      // Of an open one the cells are asked for by themselves.
      const closed = (await files.notebooks()).filter((path) => !open.has(path));
      return [...uris, ...closed.map((path) => pathToFileURL(path).href)];
    },
    async projectFiles() {
      const { projects } = await ready;
      return projects.files
        .filter(({ path }) => roots.of(path) !== undefined)
        .map(({ path }) => pathToFileURL(path).href);
    },
    answer: (uri) =>
      isProjectFile(uri) ? markedFiles.projectFileAnswer(uri) : markedFiles.answerFor(uri, true),
    progress: () => passProgress(connection, canShowProgress),
  });

  const answers = new Answers(async (uri) => (await markedFiles.answerFor(uri))?.resultId, refresh);
  const withAnalyses = (act: (analyses: Analyses) => void): void =>
    void ready.then(({ analyses }) => act(analyses)).catch(() => {});

  function textsChanged(): void {
    answers.changed();
    withAnalyses((analyses) => analyses.changed());
    everyFile.changed();
  }

  function closed(uri: string): void {
    // Nobody pulls a closed file again: its last answer would never be found true.
    answers.forget(uri);
    answers.changed();
    withAnalyses((analyses) => analyses.forget(uri));
    everyFile.closed(uri);
  }

  function diskChanged(): void {
    answers.changed();
    withAnalyses((analyses) => analyses.diskChanged());
    everyFile.changed();
  }

  function projectFilesChanged(): void {
    void ready.then(({ projects }) => projects.forget()).catch(() => {});
    refresh();
  }

  connection.onInitialize((params): InitializeResult => {
    settings = readHintSettings(params.initializationOptions, settings);
    dismissals.replace(params.initializationOptions);
    roots.set((params.workspaceFolders ?? []).map((folder) => folder.uri));
    canShowProgress = params.capabilities.window?.workDoneProgress === true;
    canWatch = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    canRefresh = params.capabilities.workspace?.diagnostics?.refreshSupport === true;
    if (settings.scope === 'workspace') {
      keepHeapSmall();
      withAnalyses((analyses) => analyses.changed());
    }
    return initializeResult(settings.scope === 'workspace');
  });

  connection.onInitialized(() => {
    if (!canWatch) return;
    const watchers = [
      { globPattern: '**/*.{py,pyw,ipynb}' },
      { globPattern: '**/*.{yaml,yml,json}' },
      { globPattern: '**/.gitignore' },
    ];
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
    // A run may write such files all the time: of settings those count that a script names.
    const settingsFiles = changes.filter(({ uri }) => isSettingsFile(uri));
    if (settingsFiles.length > 0)
      withAnalyses((analyses) => {
        if (settingsFiles.some(({ uri }) => analyses.hasRead(documentPath(uri)))) diskChanged();
      });
    const others = changes.filter(({ uri }) => !isProjectFile(uri) && !isSettingsFile(uri));
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
    const answer = await markedFiles.answerFor(uri);
    if (answer === undefined) {
      answers.forget(uri);
      return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    }
    answers.given(uri, answer.resultId);
    const { resultId, items } = answer;
    return resultId === previousResultId
      ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
      : { kind: DocumentDiagnosticReportKind.Full, resultId, items };
  });

  connection.languages.diagnostics.onWorkspace((params, token, _progress, parts) => {
    // A client that asks although it was told that there is nothing to ask for.
    if (settings.scope !== 'workspace') return { items: [] };
    return everyFile.answer(params, token, parts);
  });

  connection.onCodeAction(async (params) => {
    const found = await markedFiles.shown(params.textDocument.uri);
    // Without a version there is nothing that would refuse a stale edit.
    if (found === undefined || found.analysis.sheets.some(({ version }) => version === null)) return [];
    return codeActionsFor({ ...found, settings, dismissals, advice: adviceAmong(found.weighed) }, params);
  });

  connection.onHover(async ({ textDocument, position }) => {
    const { engine } = await ready;
    const found = await markedFiles.shown(textDocument.uri);
    return found?.sheet === undefined ? null : hoverAt(found.sheet, found.marks, engine, position);
  });

  connection.onRequest(findingsRequest, async (params: unknown) => {
    const uri = stringField(params, 'uri') ?? '';
    const { engine, projects } = await ready;
    const found = await markedFiles.marked(uri);
    const path = documentPath(uri);
    if (found === undefined) return notLookedAt(uri);
    const { analysis, weighed } = found;
    const named = Object(params).named === true;
    const problems = named
      ? problemsOfNamed(engine, path, analysis.result, wholeText(analysis.sheets))
      : analysis.result.problems;
    return fileFindings(analysis, marksForRuns(weighed), problems, await projects.nearestTo(path));
  });

  connection.onRequest(ruleNamedRequest, async (params: unknown): Promise<string | null> => {
    const { engine } = await ready;
    return ruleNamed(stringField(params, 'word') ?? '', engine.rules)?.name ?? null;
  });

  connection.onRequest(settingsRequest, async (params: unknown): Promise<SettingsResult | null> => {
    const uri = stringField(params, 'uri');
    if (uri === undefined) return null;
    const { engine, projects } = await ready;
    const path = documentPath(uri);
    const projectFile = (await projects.nearestTo(path))?.path;
    return settingsPage(path, projectFile, engine.rules, await markedFiles.settingsFor(uri));
  });

  connection.onNotification(measuredNotification, (params: unknown) => {
    if (hints.replace(params)) refresh();
  });

  connection.onNotification(tracedNotification, (params: unknown) => {
    if (traces.replace(params)) refresh();
  });

  connection.onNotification(dismissalsNotification, (params: unknown) => {
    if (dismissals.replace(params)) refresh();
  });

  async function opportunitiesOf(uri: string): Promise<FileOpportunities> {
    const { engine } = await ready;
    const found = settings.enable ? await markedFiles.marked(uri) : undefined;
    // A cell is listed with its notebook; a notebook that is not open has no cells to name places in.
    const closedNotebook = isNotebook(uri) && modules.of(uri) === undefined;
    if (found?.analysis.uri !== uri || closedNotebook) return { uri, opportunities: [], hidden: [] };
    return opportunitiesIn(uri, found.analysis, found.weighed, dismissals, engine.rules);
  }

  connection.onRequest(workspaceFilesRequest, async (): Promise<WorkspaceFilesResult> => {
    const paths = await files.list();
    return { paths, unlisted: await files.unlisted(), truncated: paths.length >= mostFiles };
  });

  connection.onRequest(opportunitiesRequest, async (params: unknown): Promise<OpportunitiesResult> => {
    const found: FileOpportunities[] = [];
    // One after the other, so that a request in between waits for one file at most.
    for (const uri of textList(params, 'uris')) found.push(await opportunitiesOf(uri));
    return { files: found };
  });

  documents.listen(connection);
  notebooks.listen(connection);
  connection.listen();
}
