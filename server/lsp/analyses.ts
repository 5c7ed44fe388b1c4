import { stat } from 'node:fs/promises';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Assumptions } from '../engine/configuration.ts';
import type { CheckResult } from '../engine/finding.ts';
import { readSource } from '../readSource.ts';
import type { DecodedSource, editorSource } from '../sourceText.ts';
import { diskPath, documentPath } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import type { OpenModules } from './openModules.ts';
import { OpenProject, type Workspace } from './openProject.ts';
import type { Sheet } from './sheets.ts';

/** What the checker found in one state of one file or notebook; every feature answers from it. */
export interface Analysis {
  /** Of the file or the notebook, never of a cell. */
  readonly uri: string;
  readonly path: string;
  /** The texts as analysed, in order: the open documents may have moved on. */
  readonly sheets: readonly Sheet[];
  readonly result: CheckResult;
  /** The sheets of other files that findings name places in, by path. */
  readonly others: ReadonlyMap<string, readonly Sheet[]>;
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

/** The file, or the cells of a notebook. */
function sheetsOnDisk(uri: string, source: DecodedSource): Sheet[] {
  const [text, cells] = 'text' in source ? [source.text, source.cells] : [''];
  const sheet = (own: string, start: number): Sheet => {
    return { uri, version: null, document: TextDocument.create(uri, 'python', 0, own), start };
  };
  return (
    cells?.map(({ number, start, end }) => ({ ...sheet(text.slice(start, end), start), cell: number })) ?? [
      sheet(text, 0),
    ]
  );
}

/** What is analysed: an open module or a file on disk. */
interface Subject {
  readonly uri: string;
  readonly path: string;
  readonly stamp: string;
  readonly source: ReturnType<typeof editorSource>;
  readonly sheets: readonly Sheet[];
}

interface Kept {
  readonly stamp: string;
  readonly analysis: Analysis;
}

/** One analysis a state of a module, shared by diagnostics, actions, hovers and runs. */
export class Analyses {
  readonly #engine: Engine;
  readonly #modules: OpenModules;
  readonly #onAnalysed: (analysis: Analysis) => void;
  readonly #rootOf: (path: string) => string | undefined;
  readonly #open = new Map<string, Kept>();
  readonly #closed = new Map<string, Kept>();
  readonly #project: OpenProject | undefined;

  constructor(
    engine: Engine,
    modules: OpenModules,
    workspace: Workspace,
    onAnalysed: (analysis: Analysis) => void,
  ) {
    this.#rootOf = workspace.root;
    this.#engine = engine;
    this.#modules = modules;
    this.#onAnalysed = onAnalysed;
    this.#project =
      engine.project === undefined ? undefined : new OpenProject(engine.project, modules, workspace);
  }

  /** After a file or notebook was opened or edited. */
  changed(): void {
    this.#project?.changed();
  }

  /** After a file or notebook was closed. */
  forget(uri: string): void {
    this.#open.delete(uri);
    this.#project?.changed();
  }

  /** The files that can have findings, once their callers are known; paths joined with `/`. */
  async onGpu(): Promise<ReadonlySet<string>> {
    return (await this.#project?.onGpu()) ?? new Set();
  }

  /** After Python files on the disk have changed. */
  /** Whether a finding may depend on this file as it lies on the disk. */
  hasRead(path: string): boolean {
    return this.#project?.hasRead(path) === true;
  }

  diskChanged(): void {
    this.#project?.diskChanged();
  }

  /**
   * The analysis of the open file or notebook (also by the address of a cell), else of the file on disk.
   * Quiet: for all files of the workspace, of which nobody wants to be told one by one.
   */
  async of(uri: string, assume: Assumptions, quiet = false): Promise<Analysis | undefined> {
    const module = this.#modules.of(uri);
    if (module !== undefined) {
      const { stamp, analysis } = this.#analysis(module, assume, this.#open.get(module.uri), quiet);
      this.#open.set(module.uri, { stamp, analysis });
      return analysis;
    }
    const path = diskPath(uri);
    if (path === undefined) return undefined;
    const stamp = await stat(path).then(
      (status) => `${status.mtimeMs}:${status.size}:${status.ino}`,
      () => undefined,
    );
    if (stamp === undefined) return undefined;
    const known = this.#closed.get(uri);
    const source = await readSource(path);
    const sheets = sheetsOnDisk(uri, source);
    const kept = this.#analysis(
      { uri, path: documentPath(uri), stamp, source, sheets },
      assume,
      known,
      quiet,
    );
    this.#closed.delete(uri);
    this.#closed.set(uri, kept);
    for (const oldest of this.#closed.keys()) {
      if (this.#closed.size <= closedFilesKept) break;
      this.#closed.delete(oldest);
    }
    return kept.analysis;
  }

  #analysis(subject: Subject, assume: Assumptions, known: Kept | undefined, quiet: boolean): Kept {
    const { uri, path, source, sheets } = subject;
    const assumed = textOf(assume);
    const same = known?.stamp === subject.stamp && known.analysis.assumed === assumed ? known : undefined;
    if (same !== undefined && this.#project === undefined) return same;
    const start = performance.now();
    const result = 'text' in source ? this.#check(path, source.text, assume) : notChecked(source.unreadable);
    // The analysis of the same text stands unless another file has changed what it says.
    if (same?.analysis.result === result) return same;
    const durationMs = performance.now() - start;
    const others = this.#project?.sheetsOf(result) ?? new Map();
    const analysis = { uri, path, sheets, result, others, durationMs, assumed };
    if (!quiet) this.#onAnalysed(analysis);
    return { stamp: subject.stamp, analysis };
  }

  #check(path: string, text: string, assume: Assumptions): CheckResult {
    // Those that are only possible are not marked, but listed beside the text.
    const file = { path, root: this.#rootOf(path), assume, minConfidence: 'possible' as const };
    return this.#project?.check(file, text) ?? this.#engine.check({ ...file, text });
  }
}
