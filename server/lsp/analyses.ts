import { stat } from 'node:fs/promises';
import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Assumptions } from '../engine/configuration.ts';
import type { CheckResult } from '../engine/finding.ts';
import { readSource } from '../readSource.ts';
import { editorSource } from '../sourceText.ts';
import { diskPath, documentPath, isCheckedUri } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import { OpenProject } from './openProject.ts';

/** What the checker found in one version of one document; every feature answers from it. */
export interface Analysis {
  /** Differs between any two analyses of this process. */
  readonly id: number;
  readonly uri: string;
  readonly path: string;
  /** Null for a file that is not open. */
  readonly version: number | null;
  /** The text as analysed: the open document may have moved on. */
  readonly document: TextDocument;
  readonly result: CheckResult;
  /** Documents of other files that findings name places in, by path. */
  readonly others: ReadonlyMap<string, TextDocument>;
  readonly durationMs: number;
  /** What was taken for granted about the machine, as one text. */
  readonly assumed: string;
}

/** The text of a file that is not looked at: one problem says why. */
const notChecked = (message: string): CheckResult => ({
  findings: [],
  problems: [{ kind: 'unreadable', message, start: 0, end: 0 }],
  analysed: false,
});

/** Closed files are asked for by tabs and by runs that start; a few are enough. */
const closedFilesKept = 32;

const textOf = (assume: Assumptions): string => JSON.stringify(assume);

/** One analysis a document version, shared by diagnostics, actions, hovers and runs. */
export class Analyses {
  readonly #engine: Engine;
  readonly #documents: TextDocuments<TextDocument>;
  readonly #onAnalysed: (analysis: Analysis) => void;
  readonly #rootOf: (path: string) => string | undefined;
  readonly #open = new Map<string, Analysis>();
  readonly #closed = new Map<string, { readonly stamp: string; readonly analysis: Analysis }>();
  readonly #project: OpenProject | undefined;
  #nextId = 1;

  constructor(
    engine: Engine,
    documents: TextDocuments<TextDocument>,
    rootOf: (path: string) => string | undefined,
    onAnalysed: (analysis: Analysis) => void,
  ) {
    this.#rootOf = rootOf;
    this.#engine = engine;
    this.#documents = documents;
    this.#onAnalysed = onAnalysed;
    this.#project =
      engine.project === undefined ? undefined : new OpenProject(engine.project, documents, rootOf);
    documents.onDidClose(({ document }) => this.#open.delete(document.uri));
  }

  /** The analysis of the current text of an open document. */
  ofOpen(uri: string, assume: Assumptions): Analysis | undefined {
    const document = this.#documents.get(uri);
    if (document === undefined || document.languageId !== 'python' || !isCheckedUri(uri)) return undefined;
    const known = this.#open.get(uri);
    const same = known?.version === document.version && known.assumed === textOf(assume) ? known : undefined;
    if (same !== undefined && this.#project === undefined) return same;
    const analysis = this.#analyse(uri, document.version, editorSource(document.getText()), assume, same);
    this.#open.set(uri, analysis);
    return analysis;
  }

  /** The analysis of the open document, else of the file on disk. */
  async of(uri: string, assume: Assumptions): Promise<Analysis | undefined> {
    if (this.#documents.get(uri) !== undefined) return this.ofOpen(uri, assume);
    const path = diskPath(uri);
    if (path === undefined) return undefined;
    const stamp = await stat(path).then(
      (status) => `${status.mtimeMs}:${status.size}:${status.ino}`,
      () => undefined,
    );
    if (stamp === undefined) return undefined;
    const known = this.#closed.get(uri);
    const same =
      known?.stamp === stamp && known.analysis.assumed === textOf(assume) ? known.analysis : undefined;
    if (same !== undefined && this.#project === undefined) return same;
    const source = await readSource(path);
    const analysis = this.#analyse(uri, null, source, assume, same);
    this.#closed.delete(uri);
    this.#closed.set(uri, { stamp, analysis });
    for (const oldest of this.#closed.keys()) {
      if (this.#closed.size <= closedFilesKept) break;
      this.#closed.delete(oldest);
    }
    return analysis;
  }

  /** `same`: the analysis of the same text, which stands unless another file has changed what it says. */
  #analyse(
    uri: string,
    version: number | null,
    source: ReturnType<typeof editorSource>,
    assume: Assumptions,
    same: Analysis | undefined,
  ): Analysis {
    const path = documentPath(uri);
    const start = performance.now();
    const text = 'text' in source ? source.text : '';
    const result = 'text' in source ? this.#check(path, text, assume) : notChecked(source.unreadable);
    if (same?.result === result) return same;
    const durationMs = performance.now() - start;
    const document = TextDocument.create(uri, 'python', version ?? 0, text);
    const assumed = textOf(assume);
    const others = this.#project?.documentsOf(result) ?? new Map();
    const analysis = {
      id: this.#nextId++,
      uri,
      path,
      version,
      document,
      result,
      others,
      durationMs,
      assumed,
    };
    this.#onAnalysed(analysis);
    return analysis;
  }

  #check(path: string, text: string, assume: Assumptions): CheckResult {
    const file = { path, root: this.#rootOf(path), assume };
    return this.#project?.check(file, text) ?? this.#engine.check({ ...file, text });
  }
}
