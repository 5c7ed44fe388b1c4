import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { RunOrigin } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { commandAfterOutput, leavesBackground, mayStartProgram } from './commandLine.ts';
import { OutputForwarder } from './outputForwarder.ts';
import { QuietTerminals } from './quietTerminals.ts';
import { startedIn } from './startedIn.ts';

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
  /** The command typed for the user into a terminal that had not reported one yet. */
  readonly #typed = new WeakMap<vscode.Terminal, string>();
  /** Terminals that report their executions: what runs in them is known. */
  readonly #heardOf = new WeakSet<vscode.Terminal>();
  /** Terminals in which a command left a program in the background. */
  readonly #printsAtPrompt = new WeakSet<vscode.Terminal>();
  /** Shells that were found to run something which was not reported. */
  readonly #busy = new Set<number>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#subscriptions = [
      vscode.window.onDidStartTerminalShellExecution((event) => this.#started(event)),
      vscode.window.onDidEndTerminalShellExecution((event) => this.#ended(event)),
      new QuietTerminals(
        (terminal) => this.#lookAt(terminal),
        (error) => log.warn(`A terminal is not followed: ${String(error)}`),
      ),
    ];
  }

  /** Commands in this terminal were started by "Run with Energy Profile". */
  markOurs(terminal: vscode.Terminal): void {
    this.#ours.add(terminal);
  }

  /**
   * Terminals that were busy before this window could listen: after a reload, or when a command was typed at once.
   * Their command is not known; the processes are. A shell that is still starting must not be taken for a program, so
   * only those are asked that have shown a prompt; the others are looked at like shells that report nothing.
   */
  async followBusyTerminals(): Promise<void> {
    for (const terminal of vscode.window.terminals)
      if (terminal.shellIntegration !== undefined) await this.#lookAt(terminal);
  }

  /** Follows a terminal that runs something of which nothing was heard; the end of it is seen here too. */
  async #lookAt(terminal: vscode.Terminal): Promise<void> {
    if (!vscode.workspace.isTrusted || !setting('perjoule.runs.detectInTerminals')) return;
    const pid = await terminal.processId;
    if (pid === undefined) return;
    const busy = (await startedIn(pid)).some(mayStartProgram);
    const followed = this.#busy.has(pid);
    if (!busy && followed && terminal.shellIntegration === undefined) await this.#endBusy(pid, null);
    // Asked last: its command may have been reported meanwhile, and what we type into ours is known anyway.
    if (!busy || followed || this.#ours.has(terminal) || this.#heardOf.has(terminal)) return;
    this.#busy.add(pid);
    await this.#link.follow({
      followId: busyFollowId(pid),
      command: '',
      cwd: terminal.shellIntegration?.cwd?.fsPath ?? '',
      origin: 'terminal',
      anchor: 'shell',
      pid,
    });
  }

  async #endBusy(pid: number, exitCode: number | null): Promise<void> {
    this.#busy.delete(pid);
    await this.#link.endFollow(busyFollowId(pid), exitCode);
  }

  /**
   * For a shell that reports no executions, or not yet: its descendants are followed, and only they tell the end. Where
   * the shell reports the command after all, that is the same follow.
   */
  async followTyped(terminal: vscode.Terminal, command: string, cwd: string): Promise<void> {
    const pid = await terminal.processId;
    if (pid === undefined) return;
    const followId = randomUUID();
    this.#typed.set(terminal, followId);
    await this.#link.follow({
      followId,
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
    const shown = execution.commandLine.value;
    const command = this.#printsAtPrompt.has(terminal) ? commandAfterOutput(shown) : shown;
    if (leavesBackground(command)) this.#printsAtPrompt.add(terminal);
    if (!mayStartProgram(command)) return;
    // The stream holds only what comes after the call, so it is taken before anything is awaited.
    const output = execution.read();
    const followId = this.#typed.get(terminal) ?? randomUUID();
    this.#typed.delete(terminal);
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
    // First the new follow, then the end of the one for the busy terminal: in the other order the new program, already
    // there, would be taken for the old command's, and what it prints would belong to no run.
    await this.#link.follow({ ...labels, anchor: 'shell', pid });
    await this.#endBusy(pid, null);
    await reading;
  }

  #ended({ terminal, execution, exitCode }: vscode.TerminalShellExecutionEndEvent): void {
    const followId = this.#followIds.get(execution);
    this.#followIds.delete(execution);
    void this.#endFollow(terminal, followId, exitCode ?? null).catch((error: unknown) =>
      this.#log.warn(`The end of a run was not reported: ${String(error)}`),
    );
  }

  /** A command whose start was not heard is the one that kept the terminal busy. */
  async #endFollow(
    terminal: vscode.Terminal,
    followId: string | undefined,
    exitCode: number | null,
  ): Promise<void> {
    // The last lines may still be on their way through the forwarder.
    await setTimeout(250);
    const pid = await terminal.processId;
    if (followId !== undefined) await this.#link.endFollow(followId, exitCode);
    else if (pid !== undefined) await this.#endBusy(pid, exitCode);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
