import * as vscode from 'vscode';
import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { setting } from '../settings.ts';
import { idleHoldFacts, idleHoldText, worstHold } from './holderText.ts';

const settingId = 'perjoule.runs.idleNoticeMinutes';
const minuteMs = 60_000;
/** Between two looks, at most. */
const lookEveryMs = 30_000;

/** Says in the status bar that a process of the user's own has held a GPU for long on which nothing runs. */
export class IdleNotice implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('perjoule.idleHold', vscode.StatusBarAlignment.Left, -1);
  readonly #link: SamplerLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;

  constructor(link: SamplerLink, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#log = log;
    this.#item.name = 'GPU held idle';
    this.#item.command = 'perjoule.followGpuHolder';
    this.#subscriptions = [
      link.onDidChangeState(() => this.#start()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(settingId)) this.#start();
      }),
    ];
  }

  /** No sampler is started for this: while none is connected, nothing is watched. */
  #start(): void {
    clearInterval(this.#timer);
    const leastMs = setting(settingId) * minuteMs;
    if (leastMs <= 0 || this.#link.state !== 'connected') {
      this.#item.hide();
      return;
    }
    const look = (): void => {
      this.#look(leastMs).catch((error: unknown) => this.#log.warn(`Idle GPUs: ${String(error)}`));
    };
    this.#timer = setInterval(look, Math.min(lookEveryMs, leastMs / 2));
    look();
  }

  async #look(leastMs: number): Promise<void> {
    const holders = await this.#link.request('gpuHolders', null);
    const hold = worstHold(holders, leastMs);
    if (hold?.idle == null) {
      this.#item.hide();
      return;
    }
    const text = idleHoldText(hold, holders, hold.idle.energyJ);
    this.#item.text = `$(watch) ${text}`;
    this.#item.tooltip = tooltip(hold, holders);
    this.#item.accessibilityInformation = { label: text };
    this.#item.show();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#item.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

function tooltip(hold: GpuHolder, holders: readonly GpuHolder[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  // appendText escapes: names and commands come from outside.
  for (const [label, value] of idleHoldFacts(hold, holders)) {
    text.appendMarkdown(`**${label}:** `);
    text.appendText(value);
    text.appendMarkdown('  \n');
  }
  text.appendMarkdown(
    '\nIts GPU draws this as long as the process lives. ' +
      `[Set or turn off this notice](command:workbench.action.openSettings?${encodeURIComponent(JSON.stringify([settingId]))})`,
  );
  text.isTrusted = { enabledCommands: ['workbench.action.openSettings'] };
  return text;
}
