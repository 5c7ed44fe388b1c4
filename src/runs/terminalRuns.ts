import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { RunOrigin } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { mayStartProgram } from './commandLine.ts';
import { hasChildren } from './hasChildren.ts';
import { OutputForwarder } from './outputForwarder.ts';

const busyFollowId = (pid: number): string => `terminal-${pid}`;

/**
 * Tells the sampler of commands typed into terminals. The sampler decides by process descent whether one is a run;
 * the shell's events only add the command, the folder, the output and the exit code.
 */
export class TerminalRuns implements vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #followIds = new Map<vscode.TerminalShellExecution, string>();
  readonly #ours = new WeakSet<vscode.Terminal>();
  /** Terminals that report their executions: what runs in them is known. */
  readonly #heardOf = new WeakSet<vscode.Terminal>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#subscriptions = [
      vscode.window.onDidStartTerminalShellExecution((event) => this.#started(event)),
      vscode.window.onDidEndTerminalShellExecution((event) => this.#ended(event)),
    ];
  }

  /** Commands in this terminal were started by "Run with Energy Profile". */
  markOurs(terminal: vscode.Terminal): void {
    this.#ours.add(terminal);
  }

  /**
   * Terminals that were busy before this window could listen: after a reload, or when a command was typed at once.
   * Their command and exit code are not known; the processes are. Asked some time after activation, so that a shell
   * that is still starting is not taken for a program.
   */
  async followBusyTerminals(): Promise<void> {
    if (!vscode.workspace.isTrusted || !setting('perjoule.runs.detectInTerminals')) return;
    for (const terminal of vscode.window.terminals) {
      const pid = await terminal.processId;
      if (pid === undefined || this.#heardOf.has(terminal) || !(await hasChildren(pid))) continue;
      const cwd = terminal.shellIntegration?.cwd?.fsPath ?? '';
      await this.#link.follow({
        followId: busyFollowId(pid),
        command: '',
        cwd,
        origin: 'terminal',
        anchor: 'shell',
        pid,
      });
    }
  }

  /** For a shell that reports no executions: its descendants are followed, and only they tell the end. */
  async followTyped(terminal: vscode.Terminal, command: string, cwd: string): Promise<void> {
    const pid = await terminal.processId;
    if (pid === undefined) return;
    await this.#link.follow({
      followId: randomUUID(),
      command,
      cwd,
      origin: 'command',
      anchor: 'shell',
      pid,
    });
  }

  #started({ terminal, execution }: vscode.TerminalShellExecutionStartEvent): void {
    this.#heardOf.add(terminal);
    const ours = this.#ours.has(terminal);
    if (!ours && !setting('perjoule.runs.detectInTerminals')) return;
    if (!vscode.workspace.isTrusted) return;
    const command = execution.commandLine.value;
    if (!mayStartProgram(command)) return;
    // The stream holds only what comes after the call, so it is taken before anything is awaited.
    const output = execution.read();
    const followId = randomUUID();
    this.#followIds.set(execution, followId);
    const cwd = execution.cwd?.fsPath ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    void this.#follow(
      terminal,
      { followId, command, cwd, origin: ours ? 'command' : 'terminal' },
      output,
    ).catch((error: unknown) => this.#log.warn(`A command is not followed: ${String(error)}`));
  }

  async #follow(
    terminal: vscode.Terminal,
    labels: { followId: string; command: string; cwd: string; origin: RunOrigin },
    output: AsyncIterable<string>,
  ): Promise<void> {
    const forwarder = new OutputForwarder((text) =>
      this.#link.notify('output', { followId: labels.followId, text }),
    );
    const reading = (async () => {
      for await (const text of output) forwarder.add(text);
      forwarder.flush();
    })();
    const pid = await terminal.processId;
    if (pid === undefined) return;
    await this.#link.endFollow(busyFollowId(pid), null);
    await this.#link.follow({ ...labels, anchor: 'shell', pid });
    await reading;
  }

  #ended({ execution, exitCode }: vscode.TerminalShellExecutionEndEvent): void {
    const followId = this.#followIds.get(execution);
    if (followId === undefined) return;
    this.#followIds.delete(execution);
    // The last lines may still be on their way through the forwarder.
    setTimeout(
      () =>
        void this.#link
          .endFollow(followId, exitCode ?? null)
          .catch((error: unknown) => this.#log.warn(`The end of a run was not reported: ${String(error)}`)),
      250,
    );
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
