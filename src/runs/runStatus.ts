import * as vscode from 'vscode';
import { provenanceTag } from '../../contracts/provenance.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { LiveUpdate } from '../../contracts/samplerProtocol.ts';
import { formatEnergy, formatPerStep, formatPower } from '../../contracts/units.ts';
import { plainLabel } from '../plainLabel.ts';
import { setting } from '../settings.ts';
import { endedText } from './endedText.ts';
import type { RunModel } from './runModel.ts';
import { runFacts, runTitle } from './runText.ts';

/** Sum of the newest power reading of each GPU in a block; undefined when none has one. */
export function newestPowerW(update: LiveUpdate): number | undefined {
  let total: number | undefined;
  update.block.series.forEach((series, index) => {
    if (series.metric !== 'powerW') return;
    const values = update.block.values[index] ?? [];
    const newest = values.findLast((value) => value !== null);
    if (newest != null) total = (total ?? 0) + newest;
  });
  return total;
}

/** How long an ended run stays in the status bar. */
const summaryMs = 120_000;

/** The one status bar item: watts and joules while a run lives, its sum for a while after, hidden otherwise. */
export class RunStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('perjoule.live', vscode.StatusBarAlignment.Left, 0);
  readonly #subscription: vscode.Disposable;
  readonly #model: RunModel;
  readonly #powerW = new Map<string, number>();
  #live: readonly string[] = [];
  /** The run that ended last, while its sum is shown. */
  #over: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(model: RunModel) {
    this.#model = model;
    this.#item.name = 'Energy of the live run';
    this.#subscription = model.onDidChange(() => this.#draw());
  }

  live(update: LiveUpdate): void {
    const power = newestPowerW(update);
    if (power !== undefined) this.#powerW.set(update.runId, power);
    this.#draw();
  }

  #draw(): void {
    const live = this.#model.live;
    this.#noteEnds(live);
    const run = live[0];
    if (run !== undefined) {
      this.#over = undefined;
      this.#drawLive(run, live.length - 1);
      return;
    }
    this.#powerW.clear();
    const over = this.#over === undefined ? undefined : this.#model.find(this.#over);
    if (over === undefined || !setting('perjoule.runs.summaryAtEnd')) this.#item.hide();
    else this.#drawEnded(over);
  }

  /** Of several that end at once, the newest. */
  #noteEnds(live: readonly RunSummary[]): void {
    const ended = this.#live.find((runId) => live.every((run) => run.runId !== runId));
    this.#live = live.map(({ runId }) => runId);
    if (ended === undefined) return;
    this.#over = ended;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#over = undefined;
      this.#draw();
    }, summaryMs);
  }

  #drawLive(run: RunSummary, others: number): void {
    const figures = [formatPower(this.#powerW.get(run.runId)), formatEnergy(run.totals.energyJ)];
    if (run.steps?.perStepJ != null) figures.push(formatPerStep(run.steps.perStepJ, null, run.steps.unit));
    // The bar is short: the band is in the tooltip.
    const { provenance } = run.totals;
    if (provenance?.simulated) figures.push('simulated');
    else if (provenance != null) figures.push(provenanceTag({ ...provenance, band: null }));
    this.#item.command = 'perjoule.openProfile';
    this.#show(
      run,
      `$(zap) ${figures.join(' · ')}${others > 0 ? ` +${others}` : ''}`,
      `Energy of ${run.name}: ${figures.join(', ')}`,
    );
  }

  #drawEnded(run: RunSummary): void {
    const text = endedText(run);
    this.#item.command = { command: 'perjoule.showRun', title: 'Show Run', arguments: [run] };
    this.#show(run, `$(check) ${plainLabel(text)}`, text);
  }

  #show(run: RunSummary, text: string, label: string): void {
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(runTitle(run));
    tooltip.appendMarkdown('\n\n');
    for (const [fact, value] of runFacts(run)) {
      tooltip.appendMarkdown(`${fact}: `);
      tooltip.appendText(value);
      tooltip.appendMarkdown('  \n');
    }
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label };
    this.#item.show();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#item.dispose();
  }
}
