/** Reads what the probes in programs write: one file a process, a line a second. The text is from outside. */

import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ProbeTold } from '../../insight/probeSteps.ts';
import type { SamplerClock } from '../clock.ts';

interface Place {
  readonly path: string;
  readonly line: number;
  readonly name: string;
}

interface Followed {
  readonly pid: number;
  readonly runId: string;
  offset: number;
  rest: string;
  places: Map<number, Place>;
}

/** Read of one file at a time; a line is rarely a hundredth of it. */
const mostBytes = 256 * 1024;
const mostPlaces = 20_000;
const mostSamples = 100_000;
/** The probe gives up before; what is longer is not its. Bytes. */
const mostFileBytes = 64 * 1024 * 1024;
/** Further ahead of the clock no true window ends: the program reads the same clock. */
const aheadMs = 5_000;
/** C code holds the interpreter for minutes at most. */
const longestWindowMs = 3_600_000;
/** A file that belongs to no run is of a program that uses no GPU, or of one that is gone. */
const strayMs = 10 * 60_000;
const tidyEveryMs = 60_000;

export class ProbeFiles {
  readonly #folder: string | null;
  readonly #files = new Map<string, Followed>();
  #tidiedAtMs = 0;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /**
   * @param runOf the run that a process belongs to now
   * @param nowMs of the monotonic clock; windows that end later are nonsense
   */
  read(
    runOf: (pid: number) => string | undefined,
    nowMs: number,
  ): readonly (readonly [runId: string, told: ProbeTold])[] {
    if (this.#folder === null) return [];
    const found: (readonly [string, ProbeTold])[] = [];
    for (const name of this.#names()) {
      const pid = Number(/^(\d{1,10})\.jsonl$/.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(pid)) continue;
      const runId = runOf(pid);
      let file = this.#files.get(name);
      // A process number that is used again belongs to another run: what is there is read from its start.
      if (runId !== undefined && file?.runId !== runId) {
        file = { pid, runId, offset: 0, rest: '', places: new Map() };
        this.#files.set(name, file);
      }
      if (file === undefined) continue;
      for (const line of this.#newLines(name, file)) {
        const told = toldBy(line, file, nowMs);
        if (told !== null) found.push([file.runId, told]);
      }
    }
    this.#tidy();
    // Of several processes the one must not be told of to its end before the other begins.
    return found.sort(([, one], [, other]) => one.window.toMs - other.window.toMs);
  }

  /** The run is over: its files are read to their ends, and go. */
  forget(runId: string, nowMs: number): readonly ProbeTold[] {
    const found: ProbeTold[] = [];
    for (const [name, file] of this.#files) {
      if (file.runId !== runId) continue;
      for (let before = -1; before < file.offset; ) {
        before = file.offset;
        for (const line of this.#newLines(name, file)) {
          const told = toldBy(line, file, nowMs);
          if (told !== null) found.push(told);
        }
      }
      this.#files.delete(name);
      this.#remove(name);
    }
    return found;
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder ?? '');
    } catch {
      return [];
    }
  }

  #newLines(name: string, file: Followed): readonly string[] {
    let descriptor: number | null = null;
    try {
      descriptor = openSync(join(this.#folder ?? '', name), 'r');
      const { size } = fstatSync(descriptor);
      if (size < file.offset) file.offset = 0;
      const untilByte = Math.max(file.offset, Math.min(size, mostFileBytes));
      const buffer = Buffer.alloc(Math.min(mostBytes, untilByte - file.offset));
      const length = readSync(descriptor, buffer, 0, buffer.length, file.offset);
      file.offset += length;
      const lines = (file.rest + buffer.toString('latin1', 0, length)).split('\n');
      file.rest = (lines.pop() ?? '').slice(-mostBytes);
      return lines;
    } catch {
      return [];
    } finally {
      if (descriptor !== null) closeSync(descriptor);
    }
  }

  #tidy(): void {
    const nowMs = Date.now();
    if (nowMs - this.#tidiedAtMs < tidyEveryMs) return;
    this.#tidiedAtMs = nowMs;
    for (const name of this.#names()) {
      if (this.#files.has(name)) continue;
      try {
        if (nowMs - statSync(join(this.#folder ?? '', name)).mtimeMs > strayMs) this.#remove(name);
      } catch {
        // Another has removed it.
      }
    }
  }

  #remove(name: string): void {
    try {
      unlinkSync(join(this.#folder ?? '', name));
    } catch {
      // It never was, or is gone already.
    }
  }
}

const isNumber = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= most;

/** Times are of the monotonic clock where the file is read. null where the line tells of no window, or is not what a probe writes. */
function toldBy(line: string, file: Followed, nowMs: number): ProbeTold | null {
  let told: Record<string, unknown>;
  try {
    told = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof told !== 'object' || told === null) return null;
  // A program that replaced itself by another (exec) begins anew in the same file.
  if (told['probe'] !== undefined) file.places = new Map();
  const { from, to, steps, stepAt } = told;
  if (!isNumber(to, (nowMs + aheadMs) / 1000) || !isNumber(from, to)) return null;
  if ((to - from) * 1000 > longestWindowMs) return null;
  for (const place of listOf(told['new'])) {
    const [number, path, at, name] = listOf(place);
    if (!isNumber(number, mostPlaces) || typeof path !== 'string' || typeof name !== 'string') continue;
    file.places.set(number, {
      path: path.slice(0, 1000),
      line: isNumber(at, 1e7) ? at : 0,
      name: name.slice(0, 200),
    });
  }
  const lines = listOf(told['lines']).flatMap((entry) => {
    const [number, samples] = listOf(entry);
    const place = isNumber(number, mostPlaces) ? file.places.get(number) : undefined;
    return place === undefined || !isNumber(samples, mostSamples) ? [] : [{ ...place, samples }];
  });
  const phases = Object.entries(told['phases'] ?? {})
    .slice(0, 20)
    .flatMap(([phase, samples]): (readonly [string, number])[] =>
      isNumber(samples, mostSamples) ? [[phase.slice(0, 40), samples]] : [],
    );
  return {
    pid: file.pid,
    window: { fromMs: from * 1000, toMs: to * 1000, lines, phases },
    steps: isNumber(steps, Number.MAX_SAFE_INTEGER) ? steps : 0,
    stepAtMs: isNumber(stepAt, to + 1) && stepAt > 0 ? stepAt * 1000 : null,
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const onSamplerClock = (told: ProbeTold, clock: SamplerClock): ProbeTold => ({
  ...told,
  window: {
    ...told.window,
    fromMs: clock.fromMonotonic(told.window.fromMs),
    toMs: clock.fromMonotonic(told.window.toMs),
  },
  stepAtMs: told.stepAtMs === null ? null : clock.fromMonotonic(told.stepAtMs),
});
