/**
 * A program that is only a schedule: what it submits to the simulated GPU and what its main thread does meanwhile,
 * written down in virtual time. Nothing runs and nothing waits, so a run of minutes is played in a fraction of a second.
 */

import type { HostDoing } from '../../sampler/sources/simulated/submissions.ts';

type ThreadState = 'runs' | 'sleeps';

export interface ThreadSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: ThreadState;
  /** Processor use of worker processes meanwhile, cores. */
  readonly workerCores: number;
}

export interface Launch {
  readonly ms: number;
  readonly intensity: number;
  /** Clock that heat leaves, as a share of the highest. */
  readonly clock?: number;
}

export class VirtualProgram {
  readonly pid = 4711;
  readonly gpu: string;
  readonly spans: ThreadSpan[] = [];
  /** Times of read calls of the main thread. */
  readonly reads: number[] = [];
  readonly printed: { readonly timeMs: number; readonly text: string }[] = [];
  readonly opened: number[] = [];
  readonly #startMs: number;
  readonly #lines: { readonly timeMs: number; readonly text: string }[] = [];
  readonly #freeMs = new Map<number, number>();
  nowMs: number;
  /** How the main thread waits for a GPU: CUDA's usual wait spins. */
  spins = true;
  /** Bytes that it holds on each GPU. */
  memoryBytes = 40e9;

  /** @param gpu a value of PERJOULE_SIM_GPU */
  constructor(gpu: string, startMs: number) {
    this.gpu = gpu;
    this.#startMs = startMs;
    this.nowMs = startMs;
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** The submission file by time. */
  get lines(): readonly { readonly timeMs: number; readonly text: string }[] {
    return this.#lines.toSorted((one, other) => one.timeMs - other.timeMs);
  }

  #submit(fields: Readonly<Record<string, unknown>>): void {
    const line = { pid: this.pid, time: this.nowMs / 1000, ...fields };
    this.#lines.push({ timeMs: this.nowMs, text: `${JSON.stringify(line)}\n` });
  }

  #spend(ms: number, state: ThreadState, workerCores = 0): void {
    if (ms <= 0) return;
    this.spans.push({ fromMs: this.nowMs, toMs: this.nowMs + ms, state, workerCores });
    this.nowMs += ms;
  }

  /** Tells the truth file what the host did since a time. */
  #say(doing: HostDoing, sinceMs: number, device?: number): void {
    this.#submit({ event: 'host', doing, from: sinceMs / 1000, to: this.nowMs / 1000, device });
  }

  open(device: number): void {
    this.opened.push(device);
    this.#submit({ event: 'open', device, gpu: this.gpu });
  }

  run(ms: number): void {
    this.#spend(ms, 'runs');
  }

  sleep(ms: number, workerCores = 0): void {
    this.#spend(ms, 'sleeps', workerCores);
  }

  /** Reads and decodes items of so many milliseconds each. */
  load(ms: number, itemMs: number): void {
    const sinceMs = this.nowMs;
    for (let at = 0; at + itemMs / 2 < ms; at += itemMs)
      this.reads.push(this.nowMs + at, this.nowMs + at + 0.05);
    this.#spend(ms, 'runs');
    this.#say('input', sinceMs);
  }

  /** Sleeps until worker processes have the next batch. */
  starve(ms: number, workerCores: number): void {
    if (ms <= 0) return;
    const sinceMs = this.nowMs;
    this.#spend(ms, 'sleeps', workerCores);
    this.#say('input', sinceMs);
  }

  /** Something on purpose between steps. */
  pause(ms: number, state: ThreadState): void {
    const sinceMs = this.nowMs;
    this.#spend(ms, state);
    this.#say('pause', sinceMs);
  }

  /** Nothing at all: nobody has asked for anything. */
  rest(ms: number): void {
    const sinceMs = this.nowMs;
    this.#spend(ms, 'sleeps');
    this.#say('rest', sinceMs);
  }

  launch(device: number, { ms, intensity, clock }: Launch): void {
    this.#submit({
      event: 'work',
      device,
      duration: ms / 1000,
      intensity,
      memory: this.memoryBytes,
      ...(clock === undefined ? {} : { clock }),
    });
    this.#freeMs.set(device, Math.max(this.nowMs, this.#freeMs.get(device) ?? 0) + ms);
  }

  /** When the GPU has nothing left to do. */
  freeMs(device: number): number {
    return Math.max(this.nowMs, this.#freeMs.get(device) ?? 0);
  }

  /** Waits until the GPU has at most so many milliseconds of work left. */
  wait(device: number, leftMs = 0, workerCores = 0): void {
    const sinceMs = this.nowMs;
    const untilMs = this.freeMs(device) - leftMs;
    if (untilMs <= sinceMs) return;
    this.#spend(untilMs - sinceMs, this.spins ? 'runs' : 'sleeps', workerCores);
    this.#say('sync', sinceMs, device);
  }

  print(text: string): void {
    this.printed.push({ timeMs: this.nowMs, text });
  }

  close(): void {
    this.#submit({ event: 'close' });
  }
}
