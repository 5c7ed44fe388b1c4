/** A notebook in the test's editor: its cells are synchronised through it, as the protocol wants it. */

import type { CodeAction, NotebookCell, Range, TextDocumentEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LanguageClient, StaleEdit } from './languageClient.ts';

export class NotebookClient {
  readonly uri: string;
  readonly cells: TextDocument[] = [];
  readonly #client: LanguageClient;
  #version = 1;
  #next = 0;

  private constructor(client: LanguageClient, uri: string) {
    this.#client = client;
    this.uri = uri;
  }

  static async open(
    client: LanguageClient,
    uri: string,
    texts: readonly string[],
    notebookType = 'jupyter-notebook',
  ): Promise<NotebookClient> {
    const notebook = new NotebookClient(client, uri);
    notebook.cells.push(...texts.map((text) => notebook.#cell(text)));
    await client.connection.sendNotification('notebookDocument/didOpen', {
      notebookDocument: { uri, notebookType, version: 1, cells: notebook.cells.map(listed) },
      cellTextDocuments: notebook.cells.map(item),
    });
    return notebook;
  }

  uriOf(cell: number): string {
    return this.#at(cell).uri;
  }

  text(cell: number): string {
    return this.#at(cell).getText();
  }

  async edit(cell: number, changes: readonly { range: Range; text: string }[]): Promise<void> {
    const document = this.#at(cell);
    const version = document.version + 1;
    TextDocument.update(document, [...changes], version);
    await this.#change({
      textContent: [{ document: { uri: document.uri, version }, changes }],
    });
  }

  async replace(cell: number, text: string): Promise<void> {
    await this.edit(cell, [
      { range: { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } }, text },
    ]);
  }

  async insert(at: number, text: string, languageId = 'python'): Promise<void> {
    const cell = this.#cell(text, languageId);
    this.cells.splice(at, 0, cell);
    await this.#change({
      structure: { array: { start: at, deleteCount: 0, cells: [listed(cell)] }, didOpen: [item(cell)] },
    });
  }

  async remove(at: number): Promise<void> {
    const [cell] = this.cells.splice(at, 1);
    if (cell === undefined) throw new Error(`no cell ${at}`);
    await this.#change({
      structure: { array: { start: at, deleteCount: 1 }, didClose: [{ uri: cell.uri }] },
    });
  }

  async close(): Promise<void> {
    await this.#client.connection.sendNotification('notebookDocument/didClose', {
      notebookDocument: { uri: this.uri },
      cellTextDocuments: this.cells.map(({ uri }) => ({ uri })),
    });
  }

  /** Rules and lines from 0, cell by cell. */
  async marks(): Promise<string[][]> {
    const all = await Promise.all(this.cells.map(({ uri }) => this.#client.diagnostics(uri)));
    return all.map((found) => found.map(({ code, range }) => `${code} ${range.start.line}`).sort());
  }

  /** As an editor does: an edit that was made for another version of a cell is refused. */
  async apply(action: CodeAction): Promise<void> {
    for (const { textDocument, edits } of (action.edit?.documentChanges ?? []) as TextDocumentEdit[]) {
      const cell = this.cells.findIndex(({ uri }) => uri === textDocument.uri);
      if (this.#at(cell).version !== textDocument.version) throw new StaleEdit(textDocument.uri);
      const changes = edits.map((edit) => {
        if (!('newText' in edit)) throw new Error('a snippet edit, which no feature makes');
        return { range: edit.range, text: edit.newText };
      });
      const offset = ({ range }: { range: Range }): number => this.#at(cell).offsetAt(range.start);
      await this.edit(
        cell,
        changes.sort((a, b) => offset(b) - offset(a)),
      );
    }
  }

  #at(cell: number): TextDocument {
    const document = this.cells[cell];
    if (document === undefined) throw new Error(`no cell ${cell}`);
    return document;
  }

  #cell(text: string, languageId = 'python'): TextDocument {
    this.#next += 1;
    const uri = this.uri.replace('file:', 'vscode-notebook-cell:');
    return TextDocument.create(`${uri}#W${this.#next}`, languageId, 1, text);
  }

  async #change(cells: object): Promise<void> {
    this.#version += 1;
    await this.#client.connection.sendNotification('notebookDocument/didChange', {
      notebookDocument: { uri: this.uri, version: this.#version },
      change: { cells },
    });
  }
}

const listed = ({ uri, languageId }: TextDocument): NotebookCell => ({
  kind: languageId === 'markdown' ? 1 : 2,
  document: uri,
});

const item = (cell: TextDocument): object => ({
  uri: cell.uri,
  languageId: cell.languageId,
  version: cell.version,
  text: cell.getText(),
});
