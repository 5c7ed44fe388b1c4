import * as vscode from 'vscode';
import type { RunDetail } from '../../contracts/runs.ts';
import { setting } from '../settings.ts';
import { lensText, lensTooltip } from './lensText.ts';
import { placeMarks } from './lineMarks.ts';
import { MarkedFiles } from './markedFiles.ts';

/** After a run with the probe: its joules above the lines they went to. */
export class LineLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #files: MarkedFiles;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(memory: vscode.Memento) {
    this.#files = new MarkedFiles(memory, textSince);
    this.#subscriptions = [
      this.#changed,
      vscode.languages.registerCodeLensProvider({ language: 'python', scheme: 'file' }, this),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('perjoule.runs.lens')) this.#changed.fire();
      }),
    ];
  }

  async learn(run: RunDetail): Promise<void> {
    if (await this.#files.learn(run)) this.#changed.fire();
  }

  forget(runId: string): void {
    if (this.#files.forget(runId)) this.#changed.fire();
  }

  /** Until the next run. */
  clear(): void {
    this.#files.clear(Date.now());
    this.#changed.fire();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const file = this.#files.of(document.uri.fsPath);
    if (file === undefined || !setting('perjoule.runs.lens', document.uri)) return [];
    const { runId, number, quality } = file;
    const placed = placeMarks(file.marks, document.getText());
    return placed.flatMap(({ row, mark }, at) => {
      const range = new vscode.Range(row, 0, row, 0);
      const lens = new vscode.CodeLens(range, {
        title: lensText(mark, number, quality),
        tooltip: lensTooltip(mark, number),
        command: 'perjoule.showLines',
        arguments: [runId],
      });
      if (at > 0) return [lens];
      const clear = new vscode.CodeLens(range, {
        title: 'Clear',
        tooltip:
          'Clear these joules until the next run, and what traces said of hints. The setting perjoule.runs.lens turns them off.',
        command: 'perjoule.clearLens',
      });
      return [lens, clear];
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** The file's text where nobody wrote it after the time; null for what is changed, gone or no file. */
async function textSince(path: string, timeMs: number): Promise<string | null> {
  try {
    const uri = vscode.Uri.file(path);
    if ((await vscode.workspace.fs.stat(uri)).mtime > timeMs) return null;
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return null;
  }
}
