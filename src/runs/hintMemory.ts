import type * as vscode from 'vscode';

/** Runs of which it is still told to the editor what was found; older ones are in the runs list. */
const rememberedRuns = 20;

/** What was found about the text of a finding. */
interface Placed {
  readonly rule: string;
  readonly path: string;
  readonly regionHash: string;
}

interface HintsOfRun<Hint> {
  /** Of the run, or when its trace was opened: the later one stands. */
  readonly startedAtMs: number;
  readonly hints: readonly Hint[];
}

/**
 * What runs, or traces beside them, said about each finding. A later one of the same code replaces an earlier one;
 * text that changed no longer matches, so what is old falls away by itself. Kept in the workspace's memory, so that the
 * marks carry it before any sampler is started.
 */
export class HintMemory<Hint extends Placed> implements vscode.Disposable {
  readonly #byRun: Map<string, HintsOfRun<Hint>>;
  readonly #memory: vscode.Memento;
  readonly #key: string;
  readonly #changed: (hints: readonly Hint[]) => void;

  constructor(memory: vscode.Memento, key: string, changed: (hints: readonly Hint[]) => void) {
    this.#memory = memory;
    this.#key = key;
    this.#changed = changed;
    this.#byRun = new Map(Object.entries(memory.get<Record<string, HintsOfRun<Hint>>>(key, {})));
  }

  learn(runId: string, startedAtMs: number, hints: readonly Hint[]): void {
    this.#byRun.set(runId, { startedAtMs, hints });
    const byAge = [...this.#byRun].sort(([, a], [, b]) => b.startedAtMs - a.startedAtMs);
    for (const [old] of byAge.slice(rememberedRuns)) this.#byRun.delete(old);
    this.#publish();
  }

  forget(runId: string): void {
    if (this.#byRun.delete(runId)) this.#publish();
  }

  clear(): void {
    this.#byRun.clear();
    this.#publish();
  }

  /** The newest hint for each rule, file and text. */
  newest(): readonly Hint[] {
    const newest = new Map<string, Hint>();
    const oldestFirst = [...this.#byRun.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
    for (const { hints } of oldestFirst) {
      for (const hint of hints) newest.set(`${hint.rule}\n${hint.path}\n${hint.regionHash}`, hint);
    }
    return [...newest.values()];
  }

  #publish(): void {
    void this.#memory.update(this.#key, Object.fromEntries(this.#byRun));
    this.#changed(this.newest());
  }

  dispose(): void {
    this.#byRun.clear();
  }
}
