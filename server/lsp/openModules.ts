/** What the editor has open and we check: Python files, and notebooks with their cells as one module. */

import type { NotebookCell, NotebookDocument, NotebookDocuments, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { blankMagics } from '../notebookMagics.ts';
import { editorSource } from '../sourceText.ts';
import { documentPath, isCheckedUri } from './documentPath.ts';
import type { Sheet } from './sheets.ts';

/** One state of an open file or notebook. */
export interface OpenModule {
  /** Of the file or the notebook, never of a cell. */
  readonly uri: string;
  readonly path: string;
  /** Another one whenever a text or the order of the cells has changed. */
  readonly stamp: string;
  readonly source: ReturnType<typeof editorSource>;
  readonly sheets: readonly Sheet[];
}

export class OpenModules {
  readonly #documents: TextDocuments<TextDocument>;
  readonly #notebooks: NotebookDocuments<TextDocument>;
  readonly #known = new Map<string, OpenModule>();

  constructor(documents: TextDocuments<TextDocument>, notebooks: NotebookDocuments<TextDocument>) {
    this.#documents = documents;
    this.#notebooks = notebooks;
    documents.onDidClose(({ document }) => this.#known.delete(document.uri));
    notebooks.onDidClose(({ uri }) => this.#known.delete(uri));
  }

  /** By the address of a file, a notebook or a cell. */
  of(uri: string): OpenModule | undefined {
    // The library remembers cells that were removed, also those of notebooks that are closed.
    const holder = this.#notebooks.findNotebookDocumentForCell(uri)?.uri ?? uri;
    const notebook = this.#notebooks.getNotebookDocument(holder);
    if (notebook !== undefined) return isCheckedUri(notebook.uri) ? this.#notebook(notebook) : undefined;
    const document = this.#documents.get(uri);
    return document?.languageId === 'python' && isCheckedUri(uri) ? this.#file(document) : undefined;
  }

  all(): OpenModule[] {
    const uris = [
      ...this.#documents.keys(),
      // The library keeps its notebooks to itself; the cells lead to them.
      ...new Set(
        this.#notebooks.cellTextDocuments
          .keys()
          .map((cell) => this.#notebooks.findNotebookDocumentForCell(cell)?.uri ?? cell),
      ),
    ];
    return uris.flatMap((uri) => this.of(uri) ?? []);
  }

  #file(document: TextDocument): OpenModule {
    const { uri, version } = document;
    return this.#as(uri, `${version}`, () => {
      const source = editorSource(document.getText());
      // The open document moves on; what was analysed does not.
      const copy = TextDocument.create(uri, 'python', version, 'text' in source ? source.text : '');
      return { source, sheets: [{ uri, version, document: copy, start: 0 }] };
    });
  }

  #notebook({ uri, cells }: NotebookDocument): OpenModule {
    // What a client sends is not always what it should be.
    const given: readonly NotebookCell[] = Array.isArray(cells) ? cells : [];
    const python = given
      .flatMap(({ document }) => this.#notebooks.cellTextDocuments.get(document) ?? [])
      .filter(({ languageId }) => languageId === 'python');
    const stamp = JSON.stringify(python.map((cell) => [cell.uri, cell.version]));
    return this.#as(uri, stamp, () => {
      let text = '';
      const sheets = python.map((cell): Sheet => {
        const { uri: address, version } = cell;
        const own = cell.getText();
        const document = TextDocument.create(address, 'python', version, own);
        const sheet = { uri: address, version, document, start: text.length };
        text += `${blankMagics(own)}\n`;
        return sheet;
      });
      return { source: editorSource(text), sheets };
    });
  }

  #as(uri: string, stamp: string, make: () => Pick<OpenModule, 'source' | 'sheets'>): OpenModule {
    const known = this.#known.get(uri);
    if (known?.stamp === stamp) return known;
    const fresh = { uri, path: documentPath(uri), stamp, ...make() };
    this.#known.set(uri, fresh);
    return fresh;
  }
}
