/** What of a trace's events counts, kept in columns: a trace of half a gigabyte has millions. Times in microseconds. */

import type { FrameBook } from './frameBook.ts';
import { innermostOwn, ownFrame } from './frames.ts';

/** An event of one thread of the host. */
export const hostEvent = { python: 0, operation: 1, synchronize: 2, copy: 3, loader: 4 } as const;

const synchronizes = /^(?:cuda|hip|cu)(?:Stream|Device|Event|Ctx)Synchronize$/;
const launches = /Launch/;
const copies = /^(?:cuda|hip|cu)Memcpy/;
const loaderCall = /^enumerate\(DataLoader\)#(\w+)\.__next__$/;
const stepMark = /^ProfilerStep#\d+$/;
const toHost = /DtoH|DeviceToHost/;
const toDevice = /HtoD|HostToDevice/;
const exchange = /nccl|rccl/i;
/** Names are C++ types of any length; only their beginning is looked at. */
const longestName = 400;

export interface HostThread {
  readonly begins: number[];
  readonly ends: number[];
  readonly types: number[];
  /** Into the log's `names`. */
  readonly names: number[];
  /** Into the frames; -1 where the event carries no stack of its own. */
  readonly frames: number[];
  /** That joins a copy with what the device did; -1 for others. */
  readonly correlations: number[];
}

export interface DeviceLog {
  /** Begin and end of each kernel. */
  readonly kernels: number[];
  /** Of each kernel, what joins it with its launch. */
  readonly correlations: number[];
  /** Of each kernel, its blocks for each processor; -1 where it does not tell, or exchanges data. */
  readonly blocks: number[];
  readonly exchanges: number[];
}

type Event = Readonly<Record<string, unknown>>;

export class TraceLog {
  readonly threads = new Map<string, HostThread>();
  readonly devices = new Map<number, DeviceLog>();
  readonly deviceNames = new Map<number, string>();
  readonly names: string[] = [];
  readonly steps = new Map<string, readonly [begin: number, end: number]>();
  /** Correlations of copies to the host, and to the device. */
  readonly toHost = new Set<number>();
  readonly toDevice = new Set<number>();
  /** When the host launched what has this correlation. */
  readonly launches = new Map<number, number>();
  /** Calls of the GPU's runtime: a profiler of the host alone records none. */
  runtimeCalls = 0;
  readonly frames: FrameBook;
  /** Whether frames came as events of functions, or as stacks beside operations. */
  pythonEvents = 0;
  stackTexts = 0;
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = Number.NEGATIVE_INFINITY;
  baseNanoseconds: number | null = null;
  readonly #nameIds = new Map<string, number>();

  constructor(frames: FrameBook) {
    this.frames = frames;
  }

  member(name: string, value: unknown): void {
    if (name === 'baseTimeNanoseconds' && typeof value === 'number') this.baseNanoseconds = value;
    if (name !== 'deviceProperties' || !Array.isArray(value)) return;
    for (const device of value) {
      if (typeof device !== 'object' || device === null) continue;
      const { id, name: label } = device as Event;
      if (typeof id === 'number' && typeof label === 'string')
        this.deviceNames.set(id, label.slice(0, longestName));
    }
  }

  event(event: Event): void {
    const { ph, name, cat, ts, dur } = event;
    if (ph !== 'X' || typeof name !== 'string' || typeof cat !== 'string') return;
    if (typeof ts !== 'number' || typeof dur !== 'number' || !(dur >= 0) || !Number.isFinite(ts + dur))
      return;
    const args = (typeof event['args'] === 'object' && event['args'] !== null ? event['args'] : {}) as Event;
    const label = name.slice(0, longestName);
    switch (cat.toLowerCase()) {
      case 'kernel':
        this.#kernel(label, ts, ts + dur, event, args);
        return;
      case 'gpu_memcpy':
      case 'memcpy':
        this.#deviceCopy(label, args);
        return;
      case 'cuda_runtime':
      case 'cuda_driver':
      case 'runtime':
      case 'hip_runtime':
        this.#runtime(label, ts, dur, event, args);
        return;
      case 'python_function':
        this.pythonEvents += 1;
        this.#host(hostEvent.python, label, ts, dur, event, this.frames.id(ownFrame(label)));
        return;
      case 'cpu_op':
      case 'operator':
      case 'user_annotation':
        this.#operation(label, ts, dur, event, args);
    }
  }

  #kernel(name: string, begin: number, end: number, event: Event, args: Event): void {
    this.#span(begin, end);
    const told = Number(args['device'] ?? event['pid'] ?? 0);
    const index = Number.isFinite(told) ? told : 0;
    let device = this.devices.get(index);
    if (device === undefined) {
      device = { kernels: [], correlations: [], blocks: [], exchanges: [] };
      this.devices.set(index, device);
    }
    device.kernels.push(begin, end);
    device.correlations.push(Number(args['correlation'] ?? -1));
    const exchanges = exchange.test(name);
    if (exchanges) device.exchanges.push(begin, end);
    const blocks = args['blocks per SM'];
    device.blocks.push(!exchanges && typeof blocks === 'number' ? blocks : -1);
  }

  #deviceCopy(name: string, args: Event): void {
    const correlation = Number(args['correlation'] ?? -1);
    if (toHost.test(name)) this.toHost.add(correlation);
    else if (toDevice.test(name)) this.toDevice.add(correlation);
  }

  #runtime(name: string, begin: number, dur: number, event: Event, args: Event): void {
    this.runtimeCalls += 1;
    const correlation = Number(args['correlation'] ?? -1);
    if (launches.test(name)) this.launches.set(correlation, begin);
    const type = synchronizes.test(name)
      ? hostEvent.synchronize
      : copies.test(name)
        ? hostEvent.copy
        : undefined;
    if (type === undefined) this.#span(begin, begin + dur);
    else this.#host(type, name, begin, dur, event, -1, correlation);
  }

  #operation(name: string, begin: number, dur: number, event: Event, args: Event): void {
    if (stepMark.test(name)) {
      this.steps.set(name, [begin, begin + dur]);
      return;
    }
    const stack = args['Call stack'];
    let frame = -1;
    if (typeof stack === 'string' && stack !== '') {
      this.stackTexts += 1;
      frame = this.frames.ofStack(stack, innermostOwn);
    }
    const loader = loaderCall.exec(name)?.[1];
    this.#host(
      loader === undefined ? hostEvent.operation : hostEvent.loader,
      loader ?? name,
      begin,
      dur,
      event,
      frame,
    );
  }

  #host(
    type: number,
    name: string,
    begin: number,
    dur: number,
    event: Event,
    frame: number,
    correlation = -1,
  ): void {
    this.#span(begin, begin + dur);
    const key = `${String(event['pid'])} ${String(event['tid'])}`;
    let thread = this.threads.get(key);
    if (thread === undefined) {
      thread = { begins: [], ends: [], types: [], names: [], frames: [], correlations: [] };
      this.threads.set(key, thread);
    }
    thread.begins.push(begin);
    thread.ends.push(begin + dur);
    thread.types.push(type);
    // A function is known by its frame: its name would be kept for nothing.
    thread.names.push(type === hostEvent.python ? -1 : this.#nameId(name));
    thread.frames.push(frame);
    thread.correlations.push(correlation);
  }

  #nameId(name: string): number {
    let id = this.#nameIds.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.names.push(name);
      this.#nameIds.set(name, id);
    }
    return id;
  }

  #span(begin: number, end: number): void {
    if (begin < this.firstUs) this.firstUs = begin;
    if (end > this.lastUs) this.lastUs = end;
  }
}
