/** What the listeners of a live run have not been told yet. */

import type { CourseMarks } from '../../contracts/runs.ts';
import type { WasteItem } from '../../contracts/waste.ts';
import type { RunTick, StepMark } from '../../insight/ticks.ts';

export interface News {
  readonly ticks: readonly RunTick[];
  readonly wasteChanged: boolean;
  /** Later than those of the call before. */
  readonly stepMarks: readonly StepMark[];
  /** null where they are as they were. */
  readonly course: CourseMarks | null;
}

export class Untold {
  #ticks: RunTick[] = [];
  #waste: { readonly items: readonly WasteItem[]; readonly text: string } = { items: [], text: '[]' };
  #lastStepMs = Number.NEGATIVE_INFINITY;
  #course = 'null';

  add(tick: RunTick): void {
    this.#ticks.push(tick);
  }

  /** Nobody is to be told of the ticks since the last call. */
  drop(): void {
    this.#ticks = [];
  }

  take(items: readonly WasteItem[], marks: readonly StepMark[], course: CourseMarks | null): News {
    const ticks = this.#ticks;
    this.#ticks = [];
    return {
      ticks,
      wasteChanged: this.#wasteChanged(items),
      stepMarks: this.#newSteps(marks),
      course: this.#newCourse(course),
    };
  }

  #wasteChanged(items: readonly WasteItem[]): boolean {
    if (items === this.#waste.items) return false;
    const text = JSON.stringify(items);
    const changed = text !== this.#waste.text;
    this.#waste = { items, text };
    return changed;
  }

  #newSteps(marks: readonly StepMark[]): readonly StepMark[] {
    const before = marks.findLastIndex(({ timeMs }) => timeMs <= this.#lastStepMs);
    this.#lastStepMs = marks.at(-1)?.timeMs ?? this.#lastStepMs;
    return marks.slice(before + 1);
  }

  #newCourse(course: CourseMarks | null): CourseMarks | null {
    const text = JSON.stringify(course);
    if (text === this.#course) return null;
    this.#course = text;
    return course;
  }
}
