/** What a run was told beside its readings, kept so that all of it can be read anew when a GPU joins. Times are the run's. */

import type { Gap } from '../../contracts/runs.ts';
import type { ProbeTold } from '../../insight/probeSteps.ts';
import type { RunInsight } from '../../insight/runInsight.ts';
import type { RunTick } from '../../insight/ticks.ts';
import { ProbedWindows } from './probedWindows.ts';

const mostOutputCharacters = 2 ** 20;

export class RunHistory {
  readonly #outputs: { readonly text: string; readonly timeMs: number }[] = [];
  #outputCharacters = 0;
  readonly #probed = new ProbedWindows();
  readonly #gaps: Gap[];

  constructor(gaps: readonly Gap[] = []) {
    this.#gaps = [...gaps];
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  addGap(gap: Gap): void {
    this.#gaps.push(gap);
  }

  addOutput(text: string, timeMs: number): void {
    if (this.#outputCharacters > mostOutputCharacters) return;
    this.#outputCharacters += text.length;
    this.#outputs.push({ text, timeMs });
  }

  addProbe(told: ProbeTold): void {
    this.#probed.add(told);
  }

  /** Gives a new insight the stored ticks and all that was told, each in its time. Returns the time of the last tick. */
  replay(insight: RunInsight, ticks: Iterable<RunTick>): number {
    const gaps = queue(this.#gaps, ({ toMs }) => toMs);
    const outputs = queue(this.#outputs, ({ timeMs }) => timeMs);
    const probed = queue(this.#probed.inOrder(), ({ window }) => window.toMs);
    let lastMs = 0;
    for (const tick of ticks) {
      for (const gap of gaps.upTo(tick.timeMs)) insight.addGap(gap);
      for (const { text, timeMs } of outputs.upTo(tick.timeMs)) insight.addOutput(text, timeMs);
      insight.addTick(tick);
      lastMs = tick.timeMs;
      for (const told of probed.upTo(lastMs)) insight.addProbe(told);
    }
    for (const gap of gaps.upTo()) insight.addGap(gap);
    for (const { text, timeMs } of outputs.upTo()) insight.addOutput(text, timeMs);
    for (const told of probed.upTo()) insight.addProbe(told);
    insight.missSamples(this.#probed.unkeptSamples);
    return lastMs;
  }
}

interface Queue<T> {
  /** What has not been taken yet and lies no later than this. */
  upTo(timeMs?: number): Iterable<T>;
}

function queue<T>(items: readonly T[], timeOf: (item: T) => number): Queue<T> {
  let at = 0;
  return {
    *upTo(timeMs = Number.POSITIVE_INFINITY) {
      for (let next = items[at]; next !== undefined && timeOf(next) <= timeMs; next = items[at]) {
        at += 1;
        yield next;
      }
    },
  };
}
