import * as vscode from 'vscode';
import { type ChartId, pickCharts } from '../../contracts/charts.ts';
import { setting } from '../settings.ts';

const id = 'perjoule.panel.charts';

/** The charts that the page shows, kept in the settings: in the workspace's where it has some, else in the user's own. */
export class ChartChoice implements vscode.Disposable {
  readonly #tell: (charts: readonly ChartId[]) => void;
  readonly #subscription: vscode.Disposable;
  #writing = 0;

  constructor(tell: (charts: readonly ChartId[]) => void) {
    this.#tell = tell;
    this.#subscription = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(id)) this.#told();
    });
  }

  get charts(): readonly ChartId[] {
    return pickCharts(setting(id));
  }

  async choose(charts: readonly ChartId[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration();
    const ofWorkspace = configuration.inspect(id)?.workspaceValue !== undefined;
    const target = ofWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    this.#writing += 1;
    try {
      await configuration.update(id, pickCharts(charts), target);
    } finally {
      this.#writing -= 1;
      this.#told();
    }
  }

  /** Of several presses the page shows the last already: what is written on the way would undo it. */
  #told(): void {
    if (this.#writing === 0) this.#tell(this.charts);
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
