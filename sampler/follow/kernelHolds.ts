/** Kernels that live on after a cell: what they hold is written to the record of the cell's run, which has ended. */

import type { KernelHold, RunSummary } from '../../contracts/runs.ts';
import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import { runSummary } from '../runSummary.ts';
import type { DeviceProcess } from '../sources/source.ts';
import type { RunStore } from '../store/runStore.ts';
import { toRunDevice } from './attributedDevice.ts';
import type { IdleMeters } from './idleMeters.ts';
import { HoldMeter } from './kernelHold.ts';
import { isOverCell } from './kernels.ts';
import type { LiveRun } from './liveRun.ts';
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
  readonly meters: IdleMeters;
  /** Null where nothing tells who holds the GPU. */
  holdersOf(uuid: string): readonly DeviceProcess[] | null;
  changed(run: RunSummary, followId: string | null): void;
}

export class KernelHolds {
  readonly #parts: KernelHoldParts;
  #held: readonly Held[] = [];

  constructor(parts: KernelHoldParts) {
    this.#parts = parts;
  }

  /** Call while the follow of the run is known. */
  ended(run: LiveRun, nowMs: number): void {
    const { table, book, meters } = this.#parts;
    const { clockZeroMs, root } = run.identity;
    if (run.endedMs === null || !isOverCell(book.followOf(run)) || !table.isAlive(root)) return;
    const devices = [...run.devices.values()].map((device) => toRunDevice(device, null));
    // Who holds a GPU that came to the run in another way is not known once the run is over.
    const kernels = devices.filter(({ attribution }) => /^(processList|simulated)$/.test(attribution));
    if (devices.length === 0 || kernels.length < devices.length) return;
    const fromMs = clockZeroMs + run.endedMs;
    const meter = new HoldMeter(fromMs, nowMs, kernels, meters);
    this.#held = [...this.#held, { run, meter, writtenMs: fromMs }];
  }

  /** Call after the runs were brought up to date. */
  take(nowMs: number): void {
    if (this.#held.length === 0) return;
    const { table, book } = this.#parts;
    this.#held = this.#held.filter((held) => {
      const { root } = held.run.identity;
      const next = book.owner(root.pid);
      const alive = table.isAlive(root);
      if (alive && next === undefined) {
        held.meter.look(nowMs, (uuid) => this.#mayHold(root, uuid));
        const letGoMs = held.meter.letGoMs(nowMs);
        if (letGoMs !== null) {
          this.#write(held, letGoMs, 'letGo');
          return false;
        }
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

  /** Through a process below it too, as of a command that a cell has started. */
  #mayHold(kernel: ProcessIdentity, uuid: string): boolean {
    const holders = this.#parts.holdersOf(uuid);
    return (
      holders === null ||
      holders.some(({ pid }) => pid === kernel.pid) ||
      holders.some(({ pid }) => this.#isBelow(kernel, pid))
    );
  }

  #isBelow(kernel: ProcessIdentity, pid: number): boolean {
    const seen = new Set<number>();
    for (let at = pid; at > 1 && !seen.has(at); at = this.#parts.table.look(at)?.parentPid ?? 0) {
      if (at === kernel.pid) return true;
      seen.add(at);
    }
    return false;
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
