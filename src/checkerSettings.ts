import * as vscode from 'vscode';
import type { Checker } from './checker.ts';

const scheme = 'perjoule-settings';
const page = vscode.Uri.from({ scheme, path: '/Checker settings.md' });

/** Shows which settings hold for the file in front, and who said each, as a page that needs no saving. */
export class CheckerSettings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #provider: vscode.Disposable;
  #text = '';

  constructor() {
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: () => this.#text,
    });
  }

  async show(checker: Checker): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== 'python') {
      void vscode.window.showInformationMessage('Open the Python file whose settings you want to see.');
      return;
    }
    this.#text = await checker.settingsPage(document.uri);
    this.#changed.fire(page);
    await vscode.commands.executeCommand('markdown.showPreview', page);
  }

  dispose(): void {
    this.#provider.dispose();
    this.#changed.dispose();
  }
}
