import type * as vscode from 'vscode';
import type { MeasuredHint } from '../../contracts/findings.ts';
import type { RunDetail } from '../../contracts/runs.ts';

/** Runs whose measurements are still told to the editor; older ones are in the runs list. */
const rememberedRuns = 20;
const memoryKey = 'perjoule.measuredHints';

interface HintsOfRun {
  readonly startedAtMs: number;
  readonly hints: readonly MeasuredHint[];
}

/**
 * What the newest run said about each finding. A later run of the same code replaces an earlier one;
 * text that changed no longer matches, so an old measurement falls away by itself. Kept in the workspace's memory, so
 * that the marks carry their joules before any sampler is started.
 */
export class MeasuredHints implements vscode.Disposable {
  readonly #byRun = new Map<string, HintsOfRun>();
  readonly #memory: vscode.Memento;
  readonly #changed: (hints: readonly MeasuredHint[]) => void;

  constructor(memory: vscode.Memento, changed: (hints: readonly MeasuredHint[]) => void) {
    this.#memory = memory;
    this.#changed = changed;
    for (const [runId, run] of Object.entries(memory.get<Record<string, HintsOfRun>>(memoryKey, {}))) {
      this.#byRun.set(runId, run);
    }
  }

  learn(run: RunDetail): void {
    this.#byRun.set(run.runId, { startedAtMs: run.startedAtMs, hints: run.hints });
    const byAge = [...this.#byRun].sort(([, a], [, b]) => b.startedAtMs - a.startedAtMs);
    for (const [runId] of byAge.slice(rememberedRuns)) this.#byRun.delete(runId);
    this.#publish();
  }

  forget(runId: string): void {
    if (this.#byRun.delete(runId)) this.#publish();
  }

  /** The newest hint for each rule, file and text. */
  newest(): readonly MeasuredHint[] {
    const newest = new Map<string, MeasuredHint>();
    const oldestFirst = [...this.#byRun.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
    for (const { hints } of oldestFirst) {
      for (const hint of hints) newest.set(`${hint.rule}\n${hint.path}\n${hint.regionHash}`, hint);
    }
    return [...newest.values()];
  }

  #publish(): void {
    void this.#memory.update(memoryKey, Object.fromEntries(this.#byRun));
    this.#changed(this.newest());
  }

  dispose(): void {
    this.#byRun.clear();
  }
}
