import * as vscode from 'vscode';
import type { FileOpportunities, HiddenFinding, Opportunity } from '../../contracts/opportunities.ts';
import type { Checker } from '../checker.ts';
import { setting } from '../settings.ts';

/** Files asked for at once: a keystroke waits behind so many at most. */
const batch = 8;
/** Quiet time before a changed file is asked for again, milliseconds. */
const settleMs = 150;
/** Quiet time before the files are listed again, milliseconds: one checkout makes and removes many. */
const relistMs = 500;

/** What the list is about: shown as its empty state. */
export type ListState = 'reading' | 'off' | 'none' | 'some';

/** A Python text by itself: the cells of a notebook are asked for with it. */
const isPython = ({ uri, languageId }: vscode.TextDocument): boolean =>
  languageId === 'python' && uri.scheme !== 'vscode-notebook-cell';

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
  /** The files of the workspace that a look at all of them means. */
  #listed: ReadonlySet<string> = new Set();
  /** Files to ask for, what is typed in first. */
  #asked: ReadonlySet<string> = new Set();
  readonly #subscriptions: vscode.Disposable[] = [];
  #begun = false;
  #visible = false;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #relisting: NodeJS.Timeout | undefined;
  /** The next list is for asking for all of it, not only for what came and went. */
  #wantsAll = true;
  #complete = false;
  #truncatedAt: number | undefined;
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
    return this.#complete;
  }

  /** The number of files that are looked through, where there are more. */
  get truncatedAt(): number | undefined {
    return this.#truncatedAt;
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
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.{py,pyw}');
    const settings = vscode.workspace.createFileSystemWatcher('**/{pyproject.toml,.gitignore}');
    // Settings may concern files that have nothing listed yet.
    const everything = (): void => this.#listSoon(checker, true);
    const relist = (): void => this.#listSoon(checker, false);
    const closed = (at: { readonly uri: vscode.Uri }): void => {
      const uri = at.uri.toString();
      if (this.#listed.has(uri)) this.#ask([uri]);
      else if (this.#files.delete(uri)) this.#changed.fire(undefined);
    };
    this.#subscriptions.push(
      watcher,
      settings,
      settings.onDidChange(everything),
      settings.onDidCreate(everything),
      settings.onDidDelete(everything),
      watcher.onDidChange((uri) => this.#ask([uri.toString()].filter((known) => this.#listed.has(known)))),
      watcher.onDidCreate(relist),
      watcher.onDidDelete(relist),
      checker.onAnalysed(({ uri, open }) => {
        // Files on disk are analysed because they were asked for: to ask again would never end.
        if (open) this.#ask([uri]);
      }),
      checker.onMarksChanged(() => this.#ask(this.#files.keys())),
      checker.onStarted(() => {
        this.#stalled = false;
        everything();
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (isPython(document)) closed(document);
      }),
      vscode.workspace.onDidCloseNotebookDocument(closed),
      vscode.workspace.onDidChangeWorkspaceFolders(everything),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('perjoule.hints')) everything();
      }),
    );
    await this.#list(checker);
  }

  /** A little later, when the server has heard of the change too. */
  #listSoon(checker: Checker, all: boolean): void {
    this.#wantsAll ||= all;
    clearTimeout(this.#relisting);
    this.#relisting = setTimeout(() => void this.#list(checker).catch(this.#warn), relistMs);
  }

  /** Lists the files anew, lets those go that are no longer there, and asks for all or for those that came. */
  async #list(checker: Checker): Promise<void> {
    const { paths, truncated } = await checker.workspaceFiles();
    const listed = new Set(paths.map((path) => vscode.Uri.file(path).toString()));
    const { notebookDocuments, textDocuments } = vscode.workspace;
    const open = [...notebookDocuments, ...textDocuments.filter(isPython)].map(({ uri }) => uri.toString());
    const came = [...listed].filter((uri) => !this.#listed.has(uri));
    const shown = new Set([...listed, ...open]);
    this.#listed = listed;
    this.#truncatedAt = truncated ? listed.size : undefined;
    for (const uri of [...this.#files.keys()]) if (!shown.has(uri)) this.#files.delete(uri);
    const wanted = this.#wantsAll ? shown : came;
    if (this.#wantsAll) this.#complete = false;
    this.#wantsAll = false;
    this.#ask(wanted);
    this.#changed.fire(undefined);
  }

  /** Before what was asked for earlier: who types waits for no list. */
  #ask(uris: Iterable<string>): void {
    this.#asked = new Set([...uris, ...this.#asked]);
    this.#soon();
  }

  #soon(): void {
    if (!this.#visible || this.#stalled || (this.#asked.size === 0 && (this.#complete || this.#wantsAll)))
      return;
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
    for (let told = Date.now(); this.#visible && this.#asked.size > 0; ) {
      const uris = [...this.#asked].slice(0, batch);
      this.#asked = new Set([...this.#asked].slice(batch));
      try {
        const checker = await this.#needChecker();
        for (const file of await checker.opportunities(uris)) this.#keep(file);
      } catch (error) {
        this.#asked = new Set([...uris, ...this.#asked]);
        this.#stalled = true;
        this.#warn(error);
        return;
      }
      if (Date.now() - told < 500) continue;
      told = Date.now();
      this.#changed.fire(undefined);
    }
    this.#complete ||= !this.#wantsAll && this.#asked.size === 0;
  }

  #keep(file: FileOpportunities): void {
    if (file.opportunities.length + file.hidden.length === 0) this.#files.delete(file.uri);
    else this.#files.set(file.uri, file);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#relisting);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}
