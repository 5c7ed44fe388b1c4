import { pathToFileURL } from 'node:url';
import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CheckResult } from '../engine/finding.ts';
import { ProjectSources, slashed } from '../projectSources.ts';
import { editorSource } from '../sourceText.ts';
import { documentPath, isCheckedUri } from './documentPath.ts';
import type { CheckedFile, Engine, ProjectEngine } from './engineDoor.ts';

/** The open documents and the files they import, checked together. Calls of open documents count; closed files call nobody. */
export class OpenProject {
  readonly #documents: TextDocuments<TextDocument>;
  readonly #sources: ProjectSources;
  readonly #engine: ProjectEngine;
  /** Open documents by path, and the text that is checked just now. */
  readonly #open = new Map<string, TextDocument>();
  #asked: { readonly path: string; readonly text: string } | undefined;

  constructor(
    project: NonNullable<Engine['project']>,
    documents: TextDocuments<TextDocument>,
    rootOf: (path: string) => string | undefined,
  ) {
    this.#documents = documents;
    this.#sources = new ProjectSources({
      text: (path) => (path === this.#asked?.path ? this.#asked.text : this.#openText(path)),
      root: rootOf,
      callers: () => this.#open.keys(),
      frozen: false,
    });
    this.#engine = project(this.#sources);
  }

  check(file: Omit<CheckedFile, 'text'>, text: string): CheckResult {
    this.#open.clear();
    for (const document of this.#documents.all())
      if (document.languageId === 'python' && isCheckedUri(document.uri))
        this.#open.set(slashed(documentPath(document.uri)), document);
    this.#sources.look(performance.now());
    this.#asked = { path: slashed(file.path), text };
    try {
      return this.#engine.check(file);
    } finally {
      this.#asked = undefined;
    }
  }

  /** The other files that a result names places in. */
  documentsOf(result: CheckResult): Map<string, TextDocument> {
    const out = new Map<string, TextDocument>();
    for (const { path } of result.findings.flatMap((finding) => finding.related)) {
      if (path === undefined || out.has(path)) continue;
      const text = this.#sources.text(path);
      if (text === undefined) continue;
      const uri = this.#open.get(path)?.uri ?? pathToFileURL(path).href;
      out.set(path, TextDocument.create(uri, 'python', 0, text));
    }
    return out;
  }

  #openText(path: string): string | undefined {
    const document = this.#open.get(path);
    const source = document === undefined ? undefined : editorSource(document.getText());
    return source !== undefined && 'text' in source ? source.text : undefined;
  }
}
