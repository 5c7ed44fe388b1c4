/** Walks through each thread with the stack of what runs, and finds where the host waited, and on whose behalf. */

import { type HostThread, hostEvent, type TraceLog } from './traceLog.ts';

/** What a wait is for: a value for the host, a copy to the device, a word that says so, the loader, or none of them. */
export type WaitWay = 'read' | 'upload' | 'explicit' | 'loader' | 'other';

export interface WaitSite {
  readonly way: WaitWay;
  readonly what: string;
  /** Into the frames; -1 without a stack. */
  readonly frame: number;
  /** Calls, also those that did not wait. */
  times: number;
  waitUs: number;
  /** Begin and end of each wait. */
  readonly waits: number[];
}

const readsValue = /^aten::(?:item|_local_scalar_dense|is_nonzero|nonzero|equal|_unique2?|masked_select)$/;

interface Open {
  readonly at: number;
  readonly end: number;
}

export class WaitSites {
  readonly sites: WaitSite[] = [];
  readonly #log: TraceLog;
  readonly #window: readonly [from: number, to: number];
  readonly #byKey = new Map<string, WaitSite>();

  constructor(log: TraceLog, window: readonly [from: number, to: number]) {
    this.#log = log;
    this.#window = window;
    for (const thread of log.threads.values()) this.#walk(thread);
  }

  #walk(thread: HostThread): void {
    const { begins, ends, types, frames } = thread;
    const order = Uint32Array.from(begins, (_, at) => at);
    order.sort(
      (one, other) => (begins[one] ?? 0) - (begins[other] ?? 0) || (ends[other] ?? 0) - (ends[one] ?? 0),
    );
    const [from, to] = this.#window;
    const open: Open[] = [];
    /** Which way the outermost operation copied that copied last. */
    let copied: readonly [operation: number, way: WaitWay] = [-1, 'other'];
    /** What the newest operation is counted as: it may read, copy and wait, and is one call. */
    let counted: readonly [operation: number, site: WaitSite | null] = [-1, null];
    const count = (operation: number, way: WaitWay, what: string, frame: number): WaitSite => {
      if (operation >= 0 && counted[0] === operation && counted[1] !== null) return counted[1];
      const site = this.#site(way, what, frame);
      site.times += 1;
      counted = [operation, site];
      return site;
    };
    for (const at of order) {
      const begin = begins[at] ?? 0;
      const end = ends[at] ?? 0;
      while ((open.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= begin) open.pop();
      const type = types[at] ?? 0;
      const frame = frames[at] ?? -1;
      if (type === hostEvent.python || type === hostEvent.operation) open.push({ at, end });
      if (begin < from || begin > to || type === hostEvent.python) continue;
      const { operation, frame: own } = this.#around(thread, open);
      const outer = operation < 0 ? this.#name(thread, at) : this.#name(thread, operation);
      if (type === hostEvent.operation) {
        // A value read of a tensor of the host waits for nothing, and shows that the line ran.
        if (readsValue.test(this.#name(thread, at))) count(operation, 'read', outer, own);
      } else if (type === hostEvent.loader) {
        this.#waited(count(-1, 'loader', this.#name(thread, at), frame < 0 ? own : frame), begin, end);
      } else if (type === hostEvent.copy) {
        copied = [operation, this.#copyWay(thread.correlations[at] ?? -1)];
        // The call itself holds the host until a copy to it is done; others return once they are queued.
        if (copied[1] === 'read') this.#waited(count(operation, 'read', outer, own), begin, end);
      } else {
        const known = copied[0] === operation ? copied[1] : readsValue.test(outer) ? 'read' : 'other';
        this.#waited(count(operation, operation < 0 ? 'explicit' : known, outer, own), begin, end);
      }
    }
  }

  #copyWay(correlation: number): WaitWay {
    if (this.#log.toHost.has(correlation)) return 'read';
    return this.#log.toDevice.has(correlation) ? 'upload' : 'other';
  }

  /** The innermost own frame, and the outermost operation that it called; -1 for none. */
  #around(thread: HostThread, open: readonly Open[]): { frame: number; operation: number } {
    const { types, frames } = thread;
    let operation = -1;
    let stacked = -1;
    for (let depth = open.length - 1; depth >= 0; depth -= 1) {
      const at = open[depth]?.at ?? 0;
      const frame = frames[at] ?? -1;
      if (types[at] === hostEvent.operation) {
        // Others are marks that a person or a library put around its work.
        if (this.#name(thread, at).includes('::')) operation = at;
        if (stacked < 0) stacked = frame;
      } else if (frame >= 0) return { frame, operation };
    }
    return { frame: stacked, operation };
  }

  #name(thread: HostThread, at: number): string {
    return this.#log.names[thread.names[at] ?? -1] ?? '';
  }

  #site(way: WaitWay, what: string, frame: number): WaitSite {
    const key = `${way} ${frame} ${what}`;
    let site = this.#byKey.get(key);
    if (site === undefined) {
      site = { way, what, frame, times: 0, waitUs: 0, waits: [] };
      this.#byKey.set(key, site);
      this.sites.push(site);
    }
    return site;
  }

  #waited(site: WaitSite, begin: number, end: number): void {
    const last = Math.min(end, this.#window[1]);
    site.waitUs += last - begin;
    site.waits.push(begin, last);
  }
}
