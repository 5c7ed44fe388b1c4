import * as vscode from 'vscode';

/** Between two looks at a shell that tells nothing: one small file is read on Linux, `pgrep` is started on macOS. */
const lookEveryMs = process.platform === 'linux' ? 1_000 : 10_000;
/** A shell that is still starting runs programs of its own. */
const startingMs = 3_000;

/**
 * Looks now and then at terminals whose shell reports no commands (a plain `sh`, a shell in a shell), as long as there is
 * one: nothing else says that a program has begun there.
 */
export class QuietTerminals implements vscode.Disposable {
  readonly #look: (terminal: vscode.Terminal) => Promise<void>;
  readonly #warn: (error: unknown) => void;
  readonly #openedAt = new WeakMap<vscode.Terminal, number>();
  readonly #subscriptions: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;

  constructor(look: (terminal: vscode.Terminal) => Promise<void>, warn: (error: unknown) => void) {
    this.#look = look;
    this.#warn = warn;
    this.#subscriptions = [
      vscode.window.onDidOpenTerminal(() => this.#wake()),
      vscode.window.onDidChangeTerminalShellIntegration(() => this.#wake()),
      vscode.window.onDidCloseTerminal(() => this.#wake()),
    ];
    this.#wake();
  }

  get #quiet(): readonly vscode.Terminal[] {
    return vscode.window.terminals.filter((terminal) => terminal.shellIntegration === undefined);
  }

  #wake(): void {
    const now = performance.now();
    for (const terminal of this.#quiet) if (!this.#openedAt.has(terminal)) this.#openedAt.set(terminal, now);
    if (this.#quiet.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setInterval(() => this.#lookAtAll(), lookEveryMs);
  }

  #lookAtAll(): void {
    const now = performance.now();
    for (const terminal of this.#quiet) {
      if (now - (this.#openedAt.get(terminal) ?? now) < startingMs) continue;
      this.#look(terminal).catch(this.#warn);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
