import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import type { Sides } from './compareRuns.ts';
import { reportText } from './reportText.ts';

const scheme = 'perjoule-report';
const savingsPath = '/Savings.md';
const sidesPath = '/Comparison.md';

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
    if (path === sidesPath) {
      const [baselineRunIds = [], runIds = []] = JSON.parse(query) as string[][];
      return (await this.#link.request('sidesReport', { baselineRunIds, runIds })).markdown;
    }
    return (await reportText(this.#link, query)) ?? 'This run is not there any more.\n';
  }

  async showReport(run: RunSummary | undefined): Promise<void> {
    if (run === undefined) {
      void vscode.window.showInformationMessage('No run is recorded yet. Run a script first.');
      return;
    }
    // A name from outside is no part of an address.
    await this.#show(vscode.Uri.from({ scheme, path: `/Run ${run.number}.md`, query: run.runId }));
  }

  /** Several runs against several, by their ids. */
  showSides({ baseline, runs }: Sides): Promise<void> {
    const query = JSON.stringify([baseline, runs].map((side) => side.map(({ runId }) => runId)));
    return this.#show(vscode.Uri.from({ scheme, path: sidesPath, query }));
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
