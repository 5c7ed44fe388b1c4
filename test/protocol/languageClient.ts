/** Speaks the Language Server Protocol to a server over its standard streams, as little of an editor as tests need. */

import { type ChildProcess, spawn } from 'node:child_process';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type {
  CodeAction,
  CodeActionContext,
  Diagnostic,
  DocumentDiagnosticReport,
  Hover,
  InitializeResult,
  Range,
  TextDocumentEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { MeasuredHint } from '../../contracts/findings.ts';
import {
  type AnalysedParams,
  analysedNotification,
  type FindingsResult,
  findingsRequest,
  measuredNotification,
  tracedNotification,
} from '../../contracts/lspExtensions.ts';
import type { TracedHint } from '../../contracts/trace.ts';

export class StaleEdit extends Error {}

const wholeDocument: Range = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };

export class LanguageClient {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly documents = new Map<string, TextDocument>();
  readonly analysed: AnalysedParams[] = [];
  readonly errors: string[] = [];
  /** Kinds of what the server said of its progress. */
  readonly progress: string[] = [];
  refreshes = 0;
  /** Whether the server says that it answers for files that are not open. */
  offersWorkspace = false;

  private constructor(process: ChildProcess, connection: MessageConnection) {
    this.process = process;
    this.connection = connection;
    connection.onNotification(analysedNotification, (params: AnalysedParams) => {
      this.analysed.push(params);
    });
    connection.onNotification('window/logMessage', (params: { message: string }) => {
      this.errors.push(params.message);
    });
    connection.onRequest('workspace/diagnostic/refresh', () => {
      this.refreshes += 1;
      return null;
    });
    connection.onRequest('window/workDoneProgress/create', () => null);
    connection.onUnhandledProgress(({ value }) => {
      this.progress.push((value as { readonly kind?: string }).kind ?? '');
    });
    connection.onError(() => {});
  }

  /** `folders`: addresses of the workspace's folders. */
  static async start(
    serverPath: string,
    initializationOptions: unknown = {},
    folders: readonly string[] = [],
  ): Promise<LanguageClient> {
    const child = spawn(process.execPath, [serverPath, '--stdio'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const client = new LanguageClient(child, connection);
    child.stdin.on('error', () => {});
    child.stderr.on('data', (data: Buffer) => client.errors.push(data.toString()));
    connection.listen();
    const { capabilities } = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folders.map((uri) => ({ uri, name: uri })),
      capabilities: {
        window: { workDoneProgress: true },
        workspace: { diagnostics: { refreshSupport: true } },
      },
      initializationOptions,
    });
    client.offersWorkspace = capabilities.diagnosticProvider?.workspaceDiagnostics === true;
    await connection.sendNotification('initialized', {});
    return client;
  }

  async open(uri: string, text: string, languageId = 'python'): Promise<void> {
    const document = TextDocument.create(uri, languageId, 1, text);
    this.documents.set(uri, document);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  async close(uri: string): Promise<void> {
    this.documents.delete(uri);
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  /** Until the server has asked to pull again, beyond the times seen before. */
  async refreshed(before: number): Promise<void> {
    for (let wait = 0; wait < 300 && this.refreshes === before; wait += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    if (this.refreshes === before) throw new Error('the client was not asked to pull again');
  }

  document(uri: string): TextDocument {
    const document = this.documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  }

  async edit(uri: string, changes: { range: Range; text: string }[]): Promise<void> {
    const document = this.document(uri);
    const version = document.version + 1;
    TextDocument.update(document, changes, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: changes,
    });
  }

  async pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
    return await this.connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri },
      identifier: 'perjoule',
      ...(previousResultId === undefined ? {} : { previousResultId }),
    });
  }

  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const report = await this.pull(uri);
    return report.kind === 'full' ? report.items : [];
  }

  async actions(uri: string, range = wholeDocument, only?: string[]): Promise<CodeAction[]> {
    const context: CodeActionContext = { diagnostics: [], ...(only === undefined ? {} : { only }) };
    return await this.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context,
    });
  }

  /** Applies an edit as an editor does: one that was made for another version of the document is refused. */
  async apply(action: CodeAction): Promise<void> {
    for (const change of (action.edit?.documentChanges ?? []) as TextDocumentEdit[]) {
      const { uri, version } = change.textDocument;
      if (this.document(uri).version !== version)
        throw new StaleEdit(`made for version ${version} of ${uri}`);
      const edits = change.edits.map((edit) => {
        if (!('newText' in edit)) throw new Error('a snippet edit, which no feature makes');
        return { range: edit.range, text: edit.newText };
      });
      // Ranges of an edit all mean the document before it: apply from the end.
      edits.sort(
        (a, b) => this.document(uri).offsetAt(b.range.start) - this.document(uri).offsetAt(a.range.start),
      );
      await this.edit(uri, edits);
    }
  }

  async hover(uri: string, line: number, character: number): Promise<string> {
    const hover: Hover | null = await this.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: { line, character },
    });
    if (hover === null) return '';
    if (typeof hover.contents === 'string' || !('value' in hover.contents)) throw new Error('not Markdown');
    return hover.contents.value;
  }

  async findings(uri: string, named = false): Promise<FindingsResult> {
    return await this.connection.sendRequest(findingsRequest, { uri, named });
  }

  async measured(hints: readonly MeasuredHint[]): Promise<void> {
    await this.connection.sendNotification(measuredNotification, { hints });
  }

  async traced(hints: readonly TracedHint[]): Promise<void> {
    await this.connection.sendNotification(tracedNotification, { hints });
  }

  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exited = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await exited;
    this.connection.dispose();
    return code;
  }
}
