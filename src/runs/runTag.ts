import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { setting } from '../settings.ts';

const variable = 'PERJOULE_TAG';
const memoryKey = 'perjoule.runTag';
const detection = 'perjoule.runs.detectInTerminals';

/**
 * A variable that does nothing, in the environment of everything that is started from this window's terminals, tasks and
 * Python debugger: a process that has left all its ancestors is still known by it.
 */
export class RunTag implements vscode.Disposable {
  /** The same each time the folder is opened, so that no terminal is told to start anew. */
  readonly value: string;
  readonly #variables: vscode.EnvironmentVariableCollection;
  readonly #subscriptions: vscode.Disposable[];

  constructor({ workspaceState, environmentVariableCollection }: vscode.ExtensionContext) {
    this.value = workspaceState.get<string>(memoryKey) ?? randomUUID();
    void workspaceState.update(memoryKey, this.value);
    this.#variables = environmentVariableCollection;
    this.#subscriptions = [
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#apply()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(detection)) this.#apply();
      }),
      // The debugger's own console is no terminal and takes no variables of theirs.
      ...['debugpy', 'python'].map((type) =>
        vscode.debug.registerDebugConfigurationProvider(type, {
          resolveDebugConfigurationWithSubstitutedVariables: (_folder, configuration) =>
            this.#tagged(configuration),
        }),
      ),
    ];
    this.#apply();
  }

  get #wanted(): boolean {
    return vscode.workspace.isTrusted && setting(detection);
  }

  #apply(): void {
    if (!this.#wanted) {
      this.#variables.delete(variable);
      return;
    }
    this.#variables.description =
      'Lets Perjoule tell which programs were started here. The variable changes nothing in them.';
    if (this.#variables.get(variable)?.value !== this.value) this.#variables.replace(variable, this.value);
  }

  #tagged(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
    if (!this.#wanted || configuration.request === 'attach') return configuration;
    return { ...configuration, env: { ...configuration['env'], [variable]: this.value } };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
