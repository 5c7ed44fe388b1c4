/** What waits in memory for the next commit: readings by second and track, runs, step marks. */

import type { StepMark } from '../../insight/ticks.ts';
import type { StoredRun } from './runTable.ts';
import type { Sample } from './samples.ts';
import type { TrackKind } from './sampleTable.ts';

/** `gpu/<uuid>` or `host/<run id>`. */
export type TrackKey = `${TrackKind}/${string}`;

export function splitKey(key: TrackKey): readonly [kind: TrackKind, name: string] {
  const at = key.indexOf('/');
  return [key.slice(0, at) as TrackKind, key.slice(at + 1)];
}

export interface StagedMarks {
  readonly marks: readonly StepMark[];
  readonly replace: boolean;
}

export class WaitingWrites {
  readonly #seconds = new Map<number, Map<TrackKey, Sample[]>>();
  readonly #runs = new Map<string, StoredRun>();
  readonly #marks = new Map<string, StagedMarks>();

  get empty(): boolean {
    return this.#seconds.size === 0 && this.#runs.size === 0 && this.#marks.size === 0;
  }

  get runs(): ReadonlyMap<string, StoredRun> {
    return this.#runs;
  }

  get marks(): ReadonlyMap<string, StagedMarks> {
    return this.#marks;
  }

  /** Readings by track, oldest second first. */
  seconds(): readonly (readonly [second: number, ReadonlyMap<TrackKey, readonly Sample[]>])[] {
    return [...this.#seconds].sort(([one], [other]) => one - other);
  }

  /** End of the newest second that waits, sampler time; 0 for none. */
  newestMs(): number {
    let newest = -1;
    for (const second of this.#seconds.keys()) newest = Math.max(newest, second);
    return (newest + 1) * 1000;
  }

  addSample(key: TrackKey, sample: Sample): void {
    const second = Math.floor(sample.timeMs / 1000);
    let tracks = this.#seconds.get(second);
    if (tracks === undefined) {
      tracks = new Map();
      this.#seconds.set(second, tracks);
    }
    const list = tracks.get(key);
    if (list === undefined) tracks.set(key, [sample]);
    // Nearly always the newest: only what came out of order is looked up a place for.
    else if (sample.timeMs >= (list.at(-1)?.timeMs ?? 0)) list.push(sample);
    else list.splice(list.findLastIndex(({ timeMs }) => timeMs <= sample.timeMs) + 1, 0, sample);
  }

  stageRun(run: StoredRun): void {
    this.#runs.set(run.detail.runId, run);
  }

  forgetRun(runId: string): void {
    this.#runs.delete(runId);
  }

  /** With `replace`, all marks of the run; else only those that came since. */
  stageMarks(runId: string, marks: readonly StepMark[], replace: boolean): void {
    const earlier = this.#marks.get(runId);
    if (replace || earlier === undefined) this.#marks.set(runId, { marks, replace });
    else this.#marks.set(runId, { marks: [...earlier.marks, ...marks], replace: earlier.replace });
  }

  forgetMarks(runId: string): void {
    this.#marks.delete(runId);
  }

  /** Gives up the readings of all but the newest seconds. */
  keepNewest(seconds: number): void {
    const drop = [...this.#seconds.keys()].sort((one, other) => one - other).slice(0, -seconds);
    for (const second of drop) this.#seconds.delete(second);
  }

  /** All of it has been written. */
  clear(): void {
    this.#seconds.clear();
    this.#runs.clear();
    this.#marks.clear();
  }
}
