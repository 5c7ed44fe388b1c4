import * as vscode from 'vscode';
import type { FileOpportunities, HiddenFinding, Opportunity } from '../../contracts/opportunities.ts';
import type { Checker } from '../checker.ts';
import { setting } from '../settings.ts';

const sourceFiles = '**/*.py';
/** Code of others; what the workspace's own settings leave out is left out too. */
const foreign = '**/{node_modules,site-packages,.venv,venv,__pycache__}/**';
/** More files than this are not looked through; the list then says so. */
const mostFiles = 5_000;
/** Files asked for at once: a keystroke waits behind so many at most. */
const batch = 8;
/** Quiet time before a changed file is asked for again, milliseconds. */
const settleMs = 150;

/** What the list is about: shown as its empty state. */
export type ListState = 'reading' | 'off' | 'none' | 'some';

/**
 * The opportunities of the workspace, by file. Nothing is read until the list is seen; then every Python file once, and a
 * file again when it changes.
 */
export class OpportunityModel implements vscode.Disposable {
  readonly #needChecker: () => Promise<Checker>;
  readonly #warn: (error: unknown) => void;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;
  readonly #files = new Map<string, FileOpportunities>();
  /** Files to ask for, the open ones first. */
  readonly #asked = new Set<string>();
  readonly #subscriptions: vscode.Disposable[] = [];
  #begun = false;
  #visible = false;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #truncated = false;
  /** The server did not answer; its next start asks for everything. */
  #stalled = false;

  constructor(needChecker: () => Promise<Checker>, warn: (error: unknown) => void) {
    this.#needChecker = needChecker;
    this.#warn = warn;
  }

  get files(): readonly FileOpportunities[] {
    return [...this.#files.values()];
  }

  get all(): readonly Opportunity[] {
    return this.files.flatMap(({ opportunities }) => opportunities);
  }

  get hidden(): readonly HiddenFinding[] {
    return this.files.flatMap(({ hidden }) => hidden);
  }

  /** Whether every file has been asked for: before, nothing can be said to be absent. */
  get complete(): boolean {
    return this.#begun && this.#asked.size === 0 && this.#reading === undefined;
  }

  /** So many files that the rest was left out. */
  get truncatedAt(): number | undefined {
    return this.#truncated ? mostFiles : undefined;
  }

  get state(): ListState {
    if (!setting('perjoule.hints.enable')) return 'off';
    if (this.all.length > 0) return 'some';
    return this.complete ? 'none' : 'reading';
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (!visible) return;
    if (!this.#begun) this.#begin().catch(this.#warn);
    else this.#soon();
  }

  async #begin(): Promise<void> {
    this.#begun = true;
    const checker = await this.#needChecker();
    const watcher = vscode.workspace.createFileSystemWatcher(sourceFiles);
    const onDisk = (uri: vscode.Uri): void => this.#ask([uri.toString()]);
    this.#subscriptions.push(
      watcher,
      watcher.onDidChange(onDisk),
      watcher.onDidCreate(onDisk),
      watcher.onDidDelete(onDisk),
      checker.onAnalysed(({ uri, open }) => {
        // Files on disk are analysed because they were asked for: to ask again would never end.
        if (open) this.#ask([uri]);
      }),
      checker.onMarksChanged(() => this.#ask(this.#files.keys())),
      checker.onStarted(() => {
        this.#stalled = false;
        void this.#readAll().catch(this.#warn);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri, languageId }) => {
        if (languageId === 'python') this.#ask([uri.toString()]);
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.#readAll().catch(this.#warn)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('perjoule.hints')) void this.#readAll().catch(this.#warn);
      }),
    );
    await this.#readAll();
  }

  async #readAll(): Promise<void> {
    const found = await vscode.workspace.findFiles(sourceFiles, foreign, mostFiles + 1);
    this.#truncated = found.length > mostFiles;
    const uris = new Set(found.slice(0, mostFiles).map(String));
    for (const { uri, languageId } of vscode.workspace.textDocuments)
      if (languageId === 'python') uris.add(uri.toString());
    for (const known of this.#files.keys()) uris.add(known);
    this.#ask(uris);
    this.#changed.fire(undefined);
  }

  #ask(uris: Iterable<string>): void {
    for (const uri of uris) this.#asked.add(uri);
    this.#soon();
  }

  #soon(): void {
    if (!this.#visible || this.#stalled || this.#asked.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#reading !== undefined) return;
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
        this.#changed.fire(undefined);
        // What was asked for while the last answer came.
        this.#soon();
      });
      this.#reading.catch(this.#warn);
    }, settleMs);
  }

  /** Stops where the server is gone or the list out of sight; what is left is asked for later. */
  async #read(): Promise<void> {
    const checker = await this.#needChecker();
    for (let told = Date.now(); this.#visible && this.#asked.size > 0; ) {
      const uris = [...this.#asked].slice(0, batch);
      for (const uri of uris) this.#asked.delete(uri);
      try {
        for (const file of await checker.opportunities(uris)) this.#keep(file);
      } catch (error) {
        for (const uri of uris) this.#asked.add(uri);
        this.#warn(error);
        this.#stalled = true;
        return;
      }
      if (Date.now() - told < 500) continue;
      told = Date.now();
      this.#changed.fire(undefined);
    }
  }

  #keep(file: FileOpportunities): void {
    if (file.opportunities.length + file.hidden.length === 0) this.#files.delete(file.uri);
    else this.#files.set(file.uri, file);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}
