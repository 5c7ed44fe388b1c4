/** Kernels that live on after a cell: what they hold is written to the record of the cell's run, which has ended. */

import type { KernelHold, RunSummary } from '../../contracts/runs.ts';
import type { ProcessTable } from '../processes/processTable.ts';
import type { RecentReadings } from '../recentReadings.ts';
import { runSummary } from '../runSummary.ts';
import type { RunStore } from '../store/runStore.ts';
import { toRunDevice } from './attributedDevice.ts';
import { HoldMeter } from './kernelHold.ts';
import { isOverCell } from './kernels.ts';
import type { LiveRun, ReadingGroup } from './liveRun.ts';
import type { RunBook } from './runBook.ts';

interface Held {
  readonly run: LiveRun;
  readonly meter: HoldMeter;
  writtenMs: number;
}

/** A sampler that is killed forgets no more; a record is long, and a kernel may be held for days. */
const writeEveryMs = 60_000;
/** Between two cells that follow at once nothing was held. */
const shortestMs = 1_000;

export interface KernelHoldParts {
  readonly table: ProcessTable;
  readonly store: RunStore;
  readonly book: RunBook;
  readonly recent: RecentReadings;
  changed(run: RunSummary, followId: string | null): void;
}

export class KernelHolds {
  readonly #parts: KernelHoldParts;
  #held: readonly Held[] = [];

  constructor(parts: KernelHoldParts) {
    this.#parts = parts;
  }

  /** Call while the follow of the run is known. */
  ended(run: LiveRun): void {
    const { table, book, recent } = this.#parts;
    const { clockZeroMs, root } = run.identity;
    if (run.endedMs === null || !isOverCell(book.followOf(run)) || !table.isAlive(root)) return;
    const devices = [...run.devices.values()].map((device) => toRunDevice(device, null));
    // Who holds a GPU that came to the run in another way is not known once the run is over.
    const kernels = devices.filter(({ attribution }) => /^(processList|simulated)$/.test(attribution));
    if (devices.length === 0 || kernels.length < devices.length) return;
    const fromMs = clockZeroMs + run.endedMs;
    const meter = new HoldMeter(fromMs, kernels);
    meter.add(recent.since(fromMs));
    this.#held = [...this.#held, { run, meter, writtenMs: fromMs }];
  }

  /** Call after the runs were brought up to date. */
  take(groups: readonly ReadingGroup[], nowMs: number): void {
    if (this.#held.length === 0) return;
    const { table, book } = this.#parts;
    this.#held = this.#held.filter((held) => {
      const { root } = held.run.identity;
      held.meter.add(groups);
      const next = book.owner(root.pid);
      const alive = table.isAlive(root);
      if (alive && next === undefined) {
        if (nowMs - held.writtenMs >= writeEveryMs) this.#write(held, nowMs, null);
        return true;
      }
      if (alive && next !== undefined) this.#write(held, next.identity.clockZeroMs, 'nextRun');
      else this.#write(held, nowMs, 'kernelEnd');
      return false;
    });
  }

  /** For the end of the sampler: what becomes of the kernels then is not known. */
  close(nowMs: number): void {
    for (const held of this.#held) this.#write(held, nowMs, null);
    this.#held = [];
  }

  #write(held: Held, toMs: number, until: KernelHold['until']): void {
    const { store, changed } = this.#parts;
    const { run, meter } = held;
    held.writtenMs = toMs;
    const heldAfter = meter.hold(toMs, until);
    // A run that was deleted is not there; one that is read only cannot have been a moment ago.
    const stored = store.get(run.runId);
    if (heldAfter.durationMs < shortestMs || stored === null) return;
    // What is told late of the run that has just ended is written from this.
    run.heldAfter = heldAfter;
    const detail = { ...stored.detail, heldAfter };
    store.stageRun({ ...stored, detail });
    changed(runSummary(detail), run.followId);
  }
}
