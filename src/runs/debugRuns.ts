import * as vscode from 'vscode';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { debuggedProgram, isOnAnotherMachine } from './debugSession.ts';
import { OutputForwarder } from './outputForwarder.ts';

/** The types under which Python's debugger is started. */
const debuggerTypes = ['debugpy', 'python'] as const;

/** Messages of the debug adapter protocol that are read here; anything else passes by. */
interface AdapterMessage {
  readonly type?: string;
  readonly event?: string;
  readonly body?: {
    readonly systemProcessId?: unknown;
    readonly category?: unknown;
    readonly output?: unknown;
    readonly exitCode?: unknown;
  };
}

/**
 * Tells the sampler of programs under Python's debugger: their process, what they print where no terminal shows it,
 * and their exit code. A session's own children are found by descent.
 */
export class DebugRuns implements vscode.Disposable {
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: vscode.Disposable[];

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#subscriptions = debuggerTypes.map((type) =>
      vscode.debug.registerDebugAdapterTrackerFactory(type, {
        createDebugAdapterTracker: (session) => this.#track(session),
      }),
    );
  }

  #track(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    if (session.parentSession !== undefined || isOnAnotherMachine(session.configuration)) return undefined;
    const followId = `debug-${session.id}`;
    const forwarder = new OutputForwarder((text) => this.#link.notify('output', { followId, text }));
    let followed = false;
    const end = (exitCode: number | null): void => {
      forwarder.flush();
      if (followed) this.#link.endFollow(followId, exitCode).catch(this.#warn);
    };
    return {
      onDidSendMessage: ({ type, event, body }: AdapterMessage) => {
        if (type !== 'event' || body === undefined) return;
        if (event === 'output' && typeof body.output === 'string') {
          if (followed && (body.category === 'stdout' || body.category === 'stderr'))
            forwarder.add(body.output);
        } else if (event === 'exited' && typeof body.exitCode === 'number') end(body.exitCode);
        else if (event === 'process' && typeof body.systemProcessId === 'number') {
          followed = this.#follow(session, followId, body.systemProcessId) || followed;
        }
      },
      // A program that was attached to goes on without the debugger, and nobody tells its code.
      onWillStopSession: () => end(null),
    };
  }

  #follow(session: vscode.DebugSession, followId: string, pid: number): boolean {
    if (!vscode.workspace.isTrusted || !setting('perjoule.runs.detectInTerminals')) return false;
    const { configuration, workspaceFolder } = session;
    const folder = workspaceFolder ?? vscode.workspace.workspaceFolders?.[0];
    const cwd = typeof configuration['cwd'] === 'string' ? configuration['cwd'] : (folder?.uri.fsPath ?? '');
    const labels = debuggedProgram(configuration, cwd);
    this.#link
      .follow({ ...labels, followId, cwd, origin: 'debug', anchor: 'program', pid })
      .catch(this.#warn);
    return true;
  }

  readonly #warn = (error: unknown): void =>
    this.#log.warn(`A debugged program is not followed: ${String(error)}`);

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
