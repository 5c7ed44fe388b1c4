import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { mayStartProgram, shownWords } from './commandLine.ts';

/** The last lines of a task come through its terminal, which may be behind. */
const lastOutputMs = 250;

/**
 * Tells the sampler of tasks that start a process. What a task prints is heard through its terminal, where the shell
 * reports it; the sampler makes one run of both.
 */
export class TaskRuns implements vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #followIds = new Map<vscode.TaskExecution, string>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#subscriptions = [
      vscode.tasks.onDidStartTaskProcess((event) => this.#started(event)),
      vscode.tasks.onDidEndTaskProcess((event) => void this.#ended(event).catch(this.#warn)),
    ];
  }

  #started({ execution, processId }: vscode.TaskProcessStartEvent): void {
    if (!vscode.workspace.isTrusted || !setting('perjoule.runs.detectInTerminals')) return;
    const command = commandOf(execution.task);
    // A task that an extension carries out itself has no process of its own.
    if (command === undefined || processId <= 0 || !mayStartProgram(command)) return;
    const followId = `task-${processId}`;
    this.#followIds.set(execution, followId);
    const cwd = folderOf(execution.task);
    this.#link
      .follow({ followId, command, cwd, origin: 'task', anchor: 'program', pid: processId })
      .catch(this.#warn);
  }

  async #ended({ execution, exitCode }: vscode.TaskProcessEndEvent): Promise<void> {
    const followId = this.#followIds.get(execution);
    this.#followIds.delete(execution);
    if (followId === undefined) return;
    await setTimeout(lastOutputMs);
    await this.#link.endFollow(followId, exitCode ?? null);
  }

  readonly #warn = (error: unknown): void => this.#log.warn(`A task is not followed: ${String(error)}`);

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** What the task runs, as one would type it; undefined for a task without a process. */
function commandOf({ execution }: vscode.Task): string | undefined {
  if (execution instanceof vscode.ProcessExecution) return shownWords([execution.process, ...execution.args]);
  if (!(execution instanceof vscode.ShellExecution)) return undefined;
  if (execution.commandLine !== undefined) return execution.commandLine;
  if (execution.command === undefined) return undefined;
  const words = [execution.command, ...(execution.args ?? [])];
  return shownWords(words.map((word) => (typeof word === 'string' ? word : word.value)));
}

function folderOf({ execution, scope }: vscode.Task): string {
  const options = execution instanceof vscode.CustomExecution ? undefined : execution?.options;
  if (options?.cwd !== undefined) return options.cwd;
  const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
  return folder?.uri.fsPath ?? '';
}
