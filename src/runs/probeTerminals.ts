import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';

/**
 * Puts the probe into the Python programs of new terminals and tasks, where the user has turned it on. A terminal's
 * variables can only be set as they are, so PYTHONPATH may end in a separator, which the probe puts right.
 */
export class ProbeTerminals implements vscode.Disposable {
  readonly #extension: vscode.ExtensionContext;
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #watch: vscode.Disposable;

  constructor(extension: vscode.ExtensionContext, link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#extension = extension;
    this.#link = link;
    this.#log = log;
    this.#watch = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('perjoule.runs.probe')) void this.apply();
    });
  }

  /** Terminals that are open keep what they have until they are started again. */
  async apply(): Promise<void> {
    const variables = this.#extension.environmentVariableCollection;
    variables.persistent = false;
    variables.delete('PYTHONPATH');
    variables.delete('PERJOULE_PROBE');
    if (!setting('perjoule.runs.probe') || !vscode.workspace.isTrusted) return;
    try {
      const folder = (await this.#link.connect()).hello.probeFolder ?? null;
      if (folder === null) {
        this.#log.warn('The probe is not available: the sampler has no folder for it.');
        return;
      }
      variables.description = 'Samples the lines of Python programs for their energy (`perjoule.runs.probe`)';
      variables.replace('PERJOULE_PROBE', folder);
      const place = vscode.Uri.joinPath(this.#extension.extensionUri, 'probe').fsPath;
      variables.prepend('PYTHONPATH', `${place}${delimiter}`);
    } catch (error) {
      this.#log.warn(`The probe is not available: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  dispose(): void {
    this.#watch.dispose();
  }
}
