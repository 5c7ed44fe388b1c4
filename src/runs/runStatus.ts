import * as vscode from 'vscode';
import { provenanceTag } from '../../contracts/provenance.ts';
import type { LiveUpdate } from '../../contracts/samplerProtocol.ts';
import { formatEnergy, formatPerStep, formatPower } from '../../contracts/units.ts';
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

/** The one status bar item: watts and joules while a run lives, hidden otherwise. */
export class RunStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('perjoule.live', vscode.StatusBarAlignment.Left, 0);
  readonly #subscription: vscode.Disposable;
  readonly #model: RunModel;
  readonly #powerW = new Map<string, number>();

  constructor(model: RunModel) {
    this.#model = model;
    this.#item.name = 'Energy of the live run';
    this.#item.command = 'perjoule.openProfile';
    this.#subscription = model.onDidChange(() => this.#draw());
  }

  live(update: LiveUpdate): void {
    const power = newestPowerW(update);
    if (power !== undefined) this.#powerW.set(update.runId, power);
    this.#draw();
  }

  #draw(): void {
    const run = this.#model.live[0];
    if (run === undefined) {
      this.#powerW.clear();
      this.#item.hide();
      return;
    }
    const figures = [formatPower(this.#powerW.get(run.runId)), formatEnergy(run.totals.energyJ)];
    if (run.steps?.perStepJ != null) figures.push(formatPerStep(run.steps.perStepJ, null, run.steps.unit));
    // The bar is short: the band is in the tooltip.
    const { provenance } = run.totals;
    if (provenance?.simulated) figures.push('simulated');
    else if (provenance != null) figures.push(provenanceTag({ ...provenance, band: null }));
    const others = this.#model.live.length - 1;
    this.#item.text = `$(zap) ${figures.join(' · ')}${others > 0 ? ` +${others}` : ''}`;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(runTitle(run));
    tooltip.appendMarkdown('\n\n');
    for (const [label, value] of runFacts(run)) {
      tooltip.appendMarkdown(`${label}: `);
      tooltip.appendText(value);
      tooltip.appendMarkdown('  \n');
    }
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: `Energy of ${run.name}: ${figures.join(', ')}`,
    };
    this.#item.show();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }
}
