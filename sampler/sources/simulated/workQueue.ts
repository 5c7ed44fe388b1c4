/**
 * One device's queue and what it drew: first in, first out, one piece of work at a time.
 * True power is constant within a piece of work and between two of them, so energy over any window is exact.
 */

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface QueuedWork extends Span {
  readonly pid: number;
  readonly powerW: number;
  /** False for a copy: it holds the queue but no kernel runs, so it does not count as utilisation. */
  readonly kernel: boolean;
  /** Slowed down by the power limit. */
  readonly held: boolean;
  /** Clock that heat left it, as a share of the highest. */
  readonly clock: number;
}

interface Context {
  readonly pid: number;
  readonly fromMs: number;
  toMs: number;
}

const overlap = (a: Span, b: Span): number =>
  Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));

export class WorkQueue {
  readonly idleW: number;
  readonly contextIdleW: number;
  #work: QueuedWork[] = [];
  #contexts: Context[] = [];

  constructor(idleW: number, contextIdleW: number) {
    this.idleW = idleW;
    this.contextIdleW = contextIdleW;
  }

  openContext(pid: number, timeMs: number): void {
    if (!this.holds(pid)) this.#contexts.push({ pid, fromMs: timeMs, toMs: Number.POSITIVE_INFINITY });
  }

  /** Ends the context of a process and drops its work that has not run by then. */
  closeContext(pid: number, timeMs: number): void {
    for (const context of this.#contexts)
      if (context.pid === pid && context.toMs > timeMs) context.toMs = Math.max(context.fromMs, timeMs);
    this.#work = this.#work
      .filter((work) => work.pid !== pid || work.fromMs < timeMs)
      .map((work) => (work.pid === pid && work.toMs > timeMs ? { ...work, toMs: timeMs } : work));
  }

  holds(pid: number): boolean {
    return this.#contexts.some((context) => context.pid === pid && context.toMs === Number.POSITIVE_INFINITY);
  }

  /** Processes with an open context, oldest first. */
  holders(): number[] {
    return this.#contexts.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY).map(({ pid }) => pid);
  }

  submit(
    pid: number,
    timeMs: number,
    durationMs: number,
    powerW: number,
    kernel: boolean,
    held = false,
    clock = 1,
  ): QueuedWork {
    const fromMs = Math.max(timeMs, this.#work.at(-1)?.toMs ?? timeMs);
    const work = { pid, fromMs, toMs: fromMs + durationMs, powerW, kernel, held, clock };
    this.#work.push(work);
    return work;
  }

  /** Work that runs at some time within the window, in order. */
  workWithin(window: Span): readonly QueuedWork[] {
    let low = 0;
    let high = this.#work.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#work[middle]?.toMs ?? 0) > window.fromMs) high = middle;
      else low = middle + 1;
    }
    let end = low;
    while (end < this.#work.length && (this.#work[end]?.fromMs ?? 0) < window.toMs) end++;
    return this.#work.slice(low, end);
  }

  /** True energy of the device over a window, joules. */
  energyJ(window: Span): number {
    let wattMs = this.idleW * (window.toMs - window.fromMs);
    wattMs += (this.contextIdleW - this.idleW) * this.#contextMs(window);
    for (const work of this.workWithin(window))
      wattMs += (work.powerW - this.contextIdleW) * overlap(work, window);
    return wattMs / 1000;
  }

  /** Share of a window in which some kernel ran, 0–1. */
  utilization(window: Span): number {
    const length = window.toMs - window.fromMs;
    if (length <= 0) return 0;
    let busyMs = 0;
    for (const work of this.workWithin(window)) if (work.kernel) busyMs += overlap(work, window);
    return Math.min(1, busyMs / length);
  }

  /** Stretches of the window in which the queue was empty. */
  idleWithin(window: Span): Span[] {
    const idle: Span[] = [];
    let fromMs = window.fromMs;
    for (const work of this.workWithin(window)) {
      if (work.fromMs > fromMs) idle.push({ fromMs, toMs: work.fromMs });
      fromMs = Math.max(fromMs, work.toMs);
    }
    if (fromMs < window.toMs) idle.push({ fromMs, toMs: window.toMs });
    return idle;
  }

  /** Forgets what ended before a time. */
  forgetBefore(timeMs: number): void {
    if (this.#work.length > 0 && (this.#work[0]?.toMs ?? timeMs) < timeMs)
      this.#work = this.#work.filter((work, index) => work.toMs >= timeMs || index === this.#work.length - 1);
    this.#contexts = this.#contexts.filter((context) => context.toMs >= timeMs);
  }

  /** Time within the window with at least one context open. */
  #contextMs(window: Span): number {
    const [only, second] = this.#contexts;
    if (only === undefined) return 0;
    if (second === undefined) return overlap(only, window);
    let covered = 0;
    let reached = window.fromMs;
    for (const context of [...this.#contexts].sort((a, b) => a.fromMs - b.fromMs)) {
      const fromMs = Math.max(reached, context.fromMs);
      const toMs = Math.min(window.toMs, context.toMs);
      if (toMs <= fromMs) continue;
      covered += toMs - fromMs;
      reached = toMs;
    }
    return covered;
  }
}
