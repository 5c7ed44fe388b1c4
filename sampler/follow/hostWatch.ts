/** The host side of a run: processor and memory of its tree, and what its main thread spends its time on. */

import { createHostActivity, type HostActivity } from '../../insight/hostActivity.ts';
import type { HostTick } from '../../insight/ticks.ts';
import type { MainThreadWatch } from '../processes/mainThread.ts';
import type { ProcessTable } from '../processes/processTable.ts';
import { CloseLooks } from './closeLooks.ts';

const usageEveryMs = 500;

export class HostWatch {
  readonly #table: ProcessTable;
  readonly #activity: HostActivity = createHostActivity();
  #looks = new CloseLooks();
  #thread: MainThreadWatch | null = null;
  #usageAtMs = Number.NEGATIVE_INFINITY;
  #cpuMs = new Map<number, number>();
  #usage: HostTick = {};

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** The process whose main thread is watched; null before one is chosen. */
  get mainPid(): number | null {
    return this.#thread?.pid ?? null;
  }

  watch(pid: number): void {
    if (this.#thread?.pid === pid) return;
    this.#thread?.close();
    this.#thread = this.#table.watchMainThread(pid);
    this.#looks = new CloseLooks();
  }

  /**
   * Looks at the main thread: at each round, and 60 times a second while `wantsCloseLooks`. Times are on the run's
   * clock. False when the thread has ended since the last look.
   */
  sample(timeMs: number): boolean {
    if (this.#thread === null) return true;
    const sample = this.#thread.sample(timeMs);
    if (sample === null) {
      this.#thread.close();
      this.#thread = null;
      return false;
    }
    this.#activity.add(sample, this.#looks.wanted);
    this.#looks.note(sample);
    return true;
  }

  get wantsCloseLooks(): boolean {
    return this.#thread !== null && this.#looks.wanted;
  }

  /** Adds up the tree; does nothing until half a second has passed. */
  measure(pids: readonly number[], timeMs: number): void {
    const elapsedMs = timeMs - this.#usageAtMs;
    if (elapsedMs < usageEveryMs) return;
    const cpuMs = new Map<number, number>();
    let usedMs = 0;
    let workersMs = 0;
    let hostMemoryBytes = 0;
    for (const pid of pids) {
      const usage = this.#table.usageOf(pid);
      if (usage === null) continue;
      cpuMs.set(pid, usage.cpuMs);
      hostMemoryBytes += usage.residentBytes;
      const spentMs = Math.max(0, usage.cpuMs - (this.#cpuMs.get(pid) ?? usage.cpuMs));
      usedMs += spentMs;
      if (pid !== this.#thread?.pid) workersMs += spentMs;
    }
    const known = cpuMs.size > 0;
    this.#usage =
      known && Number.isFinite(elapsedMs)
        ? { cpuCores: usedMs / elapsedMs, workerCores: workersMs / elapsedMs, hostMemoryBytes }
        : known
          ? { hostMemoryBytes }
          : {};
    this.#cpuMs = cpuMs;
    this.#usageAtMs = timeMs;
  }

  /** Until when the main thread's shares can be told; infinite when there is nothing to wait for. */
  get settledMs(): number {
    return this.#thread === null ? Number.POSITIVE_INFINITY : this.#activity.settledMs;
  }

  usage(): HostTick {
    return this.#usage;
  }

  shares(fromMs: number, toMs: number): HostTick {
    const shares = this.#activity.shares(fromMs, toMs);
    if (shares === null) return {};
    return { hostInputShare: shares.input, hostWaitShare: shares.wait };
  }

  close(): void {
    this.#thread?.close();
    this.#thread = null;
  }
}
