/** The step marks of a run: those of the time before a sampler restart, whose output is gone, and those since. */

import type { StepFigures } from '../../contracts/runs.ts';
import { stepFigures } from '../../insight/steps.ts';
import type { StepMark } from '../../insight/ticks.ts';
import type { RunStore } from '../store/runStore.ts';

const shownStepMarks = 300;

export class StepRecord {
  readonly #earlier: readonly StepMark[];
  #savedMarks = 0;

  constructor(earlier: readonly StepMark[] = []) {
    this.#earlier = earlier;
  }

  /** @param since all marks that insight knows of */
  marks(since: readonly StepMark[]): readonly StepMark[] {
    const lastEarlier = this.#earlier.at(-1);
    if (lastEarlier === undefined) return since;
    // Probe files are read from their start again: what they tell of the time before is marked already.
    const marks = since.filter(({ timeMs }) => timeMs > lastEarlier.timeMs);
    const first = marks[0];
    if (first === undefined) return this.#earlier;
    // A new reader of the progress line may have started to count anew.
    const shift = Math.max(0, lastEarlier.count - first.count);
    return [...this.#earlier, ...marks.map((mark) => ({ ...mark, count: mark.count + shift }))];
  }

  /** @param figures of the time since the restart */
  figures(figures: StepFigures | null, since: readonly StepMark[]): StepFigures | null {
    if (this.#earlier.length === 0) return figures;
    return stepFigures(this.marks(since), figures?.total ?? null, figures?.unit);
  }

  /** Hands new marks to the store; all of them when the run ends or when what was saved no longer holds. */
  stage(store: RunStore, runId: string, marks: readonly StepMark[], final: boolean): void {
    const replace = final || marks.length < this.#savedMarks;
    if (replace || marks.length > this.#savedMarks)
      store.stageStepMarks(runId, replace ? marks : marks.slice(this.#savedMarks), replace);
    this.#savedMarks = marks.length;
  }
}

/** As many as a chart can show. */
export function shownMarks(marks: readonly StepMark[]): readonly { timeMs: number; count: number }[] {
  const every = Math.ceil(marks.length / shownStepMarks);
  return marks
    .filter((_, index) => index % every === 0 || index === marks.length - 1)
    .map(({ timeMs, count }) => ({ timeMs, count }));
}
