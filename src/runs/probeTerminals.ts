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
    this.#watch = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('perjoule.runs.probe')) void this.apply();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.apply()),
    );
  }

  /** Terminals that are open keep what they have until they are started again. */
  async apply(): Promise<void> {
    const variables = this.#extension.environmentVariableCollection;
    if (!setting('perjoule.runs.probe') || !vscode.workspace.isTrusted) {
      for (const name of ['PYTHONPATH', 'PERJOULE_PROBE']) if (variables.get(name)) variables.delete(name);
      return;
    }
    try {
      const folder = (await this.#link.connect()).hello.probeFolder ?? null;
      if (folder === null) {
        this.#log.warn('The probe is not available: the sampler has no folder for it.');
        return;
      }
      const place = vscode.Uri.joinPath(this.#extension.extensionUri, 'probe').fsPath;
      const paths = `${place}${delimiter}`;
      // Said again, the same value would mark the open terminals as out of date.
      if (variables.get('PERJOULE_PROBE')?.value === folder && variables.get('PYTHONPATH')?.value === paths)
        return;
      variables.description = 'Samples the lines of Python programs for their energy (`perjoule.runs.probe`)';
      variables.replace('PERJOULE_PROBE', folder);
      variables.prepend('PYTHONPATH', paths);
    } catch (error) {
      this.#log.warn(`The probe is not available: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  dispose(): void {
    this.#watch.dispose();
  }
}
