/** Joules of lines by file, of the newest run that has something to say of it; kept in the workspace's memory. */

import { describeMissing, provenanceTag } from '../../contracts/provenance.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import { type LineMark, lineMarks } from './lineMarks.ts';

const memoryKey = 'perjoule.lineMarks';
const clearedKey = 'perjoule.lineMarksCleared';
const mostFiles = 40;
/** The start of a process is known to a hundredth of a second. */
const startSlackMs = 50;

export interface FileMarks {
  readonly runId: string;
  readonly number: number;
  readonly startedAtMs: number;
  /** How good the figures are: see `provenanceTag`; why there are none, where no energy is known. */
  readonly quality: string;
  readonly marks: readonly LineMark[];
}

/** The part of the editor's memory that is used. */
export interface MarksMemory {
  get<Value>(key: string, otherwise: Value): Value;
  update(key: string, value: unknown): PromiseLike<void>;
}

export class MarkedFiles {
  readonly #memory: MarksMemory;
  readonly #textSince: (path: string, timeMs: number) => Promise<string | null>;
  readonly #byPath: Map<string, FileMarks>;

  /** @param textSince the file's text where nobody wrote it after the time, else null */
  constructor(memory: MarksMemory, textSince: (path: string, timeMs: number) => Promise<string | null>) {
    this.#memory = memory;
    this.#textSince = textSince;
    this.#byPath = new Map(Object.entries(memory.get<Record<string, FileMarks>>(memoryKey, {})));
  }

  of(path: string): FileMarks | undefined {
    return this.#byPath.get(path);
  }

  /** Takes the run's lines, of those files that are as they were when it began; whether there were any. */
  async learn(run: RunDetail): Promise<boolean> {
    const { lines, runId, number, startedAtMs, totals } = run;
    if (lines === undefined || run.state === 'live' || run.imported !== undefined) return false;
    const why = totals.missing === null ? 'no reading' : describeMissing(totals.missing);
    const quality = totals.energyJ === null ? why : provenanceTag(totals.provenance);
    let learned = false;
    for (const path of new Set(lines.lines.map((line) => line.path))) {
      if (path === '' || this.#isPast(run, path)) continue;
      const text = await this.#textSince(path, startedAtMs + startSlackMs);
      const marks = text === null ? [] : lineMarks(lines, path, text);
      // While the file was read a newer run may have told of it, or the user may have cleared all.
      if (marks.length === 0 || this.#isPast(run, path)) continue;
      this.#byPath.set(path, { runId, number, startedAtMs, quality, marks });
      learned = true;
    }
    if (learned) this.#keep();
    return learned;
  }

  /** Whether the run had any marks. */
  forget(runId: string): boolean {
    const of = [...this.#byPath].filter(([, file]) => file.runId === runId);
    for (const [path] of of) this.#byPath.delete(path);
    if (of.length > 0) this.#keep();
    return of.length > 0;
  }

  /** Until the next run. */
  clear(nowMs: number): void {
    this.#byPath.clear();
    void this.#memory.update(clearedKey, nowMs);
    this.#keep();
  }

  #isPast({ startedAtMs, durationMs }: RunDetail, path: string): boolean {
    const known = this.#byPath.get(path);
    if (known !== undefined && known.startedAtMs >= startedAtMs) return true;
    return startedAtMs + durationMs <= this.#memory.get<number>(clearedKey, 0);
  }

  #keep(): void {
    const newest = [...this.#byPath].sort(([, one], [, other]) => other.startedAtMs - one.startedAtMs);
    for (const [path] of newest.slice(mostFiles)) this.#byPath.delete(path);
    void this.#memory.update(memoryKey, Object.fromEntries(this.#byPath));
  }
}
