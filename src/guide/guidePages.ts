import * as vscode from 'vscode';
import { generalPage, kindOfPage, teachPage } from '../../contracts/teach.ts';
import { type WasteKind, wasteKinds } from '../../contracts/waste.ts';
import type { OwnRun } from './ownFigures.ts';
import { ownFigures } from './ownFigures.ts';

const scheme = 'perjoule-guide';
/** Only pages of ours, by plain names. */
const pagePath = /^\/(rules|teach)\/([a-z0-9-]+)\.md$/;

/**
 * The pages that ship with the extension, of rules and of kinds of waste, as files of a scheme of their own: links
 * between them work as between files, and those about waste begin with what the user's own last run shows.
 */
export class GuidePages implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #docs: vscode.Uri;
  readonly #ownRun: () => Promise<OwnRun | null>;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #registration: vscode.Disposable;

  constructor(extensionUri: vscode.Uri, ownRun: () => Promise<OwnRun | null>) {
    this.#docs = vscode.Uri.joinPath(extensionUri, 'docs');
    this.#ownRun = ownRun;
    this.#registration = vscode.workspace.registerFileSystemProvider(scheme, this, {
      isReadonly: true,
      isCaseSensitive: true,
    });
  }

  /** Opens a rule's page; without a name the user picks one. */
  async explainRule(rule: unknown): Promise<void> {
    const pages = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(this.#docs, 'rules'));
    const rules = pages.flatMap(([name]) => /^(.*)\.md$/.exec(name)?.[1] ?? []).sort();
    const name =
      typeof rule === 'string' && rules.includes(rule)
        ? rule
        : await vscode.window.showQuickPick(rules, { placeHolder: 'Which rule?', title: 'Explain Rule' });
    if (name !== undefined) await this.#show(`/rules/${name}.md`);
  }

  /** Opens the page of a kind of waste, or the one behind all. */
  async explainWaste(kind: unknown): Promise<void> {
    const known = Object.keys(wasteKinds).find((each): each is WasteKind => each === kind) ?? null;
    await this.#show(`/teach/${teachPage(known)}.md`);
  }

  async #show(path: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path });
    // The run may be another since the page was last open.
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const there = await vscode.workspace.fs.stat(this.#source(uri));
    const size = (await this.readFile(uri)).length;
    return { type: vscode.FileType.File, ctime: there.ctime, mtime: Date.now(), size };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const page = await vscode.workspace.fs.readFile(this.#source(uri));
    const [, folder, name = ''] = pagePath.exec(uri.path) ?? [];
    if (folder !== 'teach') return page;
    const kind = kindOfPage(name);
    if (kind === undefined && name !== generalPage) return page;
    const [title = '', ...rest] = new TextDecoder().decode(page).split('\n');
    const own = ownFigures(await this.#ownRun().catch(() => null), kind ?? null);
    return new TextEncoder().encode([title, '', ...own, ...rest].join('\n'));
  }

  #source(uri: vscode.Uri): vscode.Uri {
    if (!pagePath.test(uri.path)) throw vscode.FileSystemError.FileNotFound(uri);
    return vscode.Uri.joinPath(this.#docs, uri.path);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotFound(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
