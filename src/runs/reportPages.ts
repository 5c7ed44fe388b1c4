import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';

const scheme = 'perjoule-report';
const savingsPath = '/Savings.md';

/** The report of a run and the ledger of savings as Markdown pages, written anew whenever they are opened. */
export class ReportPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registration: vscode.Disposable;

  constructor(link: SamplerLink) {
    this.#link = link;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent({ path, query }: vscode.Uri): Promise<string> {
    if (path === savingsPath) return (await this.#link.request('savings', null)).markdown;
    const grams = setting('perjoule.runs.carbonIntensity');
    const intensity = grams > 0 ? grams : null;
    const written = await this.#link.request('report', { runId: query, intensity });
    return written?.markdown ?? 'This run is not there any more.\n';
  }

  async showReport(run: RunSummary | undefined): Promise<void> {
    if (run === undefined) {
      void vscode.window.showInformationMessage('No run is recorded yet. Run a script first.');
      return;
    }
    // A name from outside is no part of an address.
    await this.#show(vscode.Uri.from({ scheme, path: `/Run ${run.number}.md`, query: run.runId }));
  }

  showSavings(): Promise<void> {
    return this.#show(vscode.Uri.from({ scheme, path: savingsPath }));
  }

  async #show(uri: vscode.Uri): Promise<void> {
    this.#changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
