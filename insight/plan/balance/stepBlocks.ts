/** What each GPU of a run did over blocks of steps. */

import type { RunTick, StepMark } from '../../ticks.ts';

/** Drivers average utilisation over up to a second: shorter blocks would share their readings. */
const shortestBlockMs = 2_000;
const mostBlocks = 20;

/** One GPU in one block; undefined where it was not read. */
export interface BlockLoad {
  readonly utilization: number | undefined;
  readonly powerW: number | undefined;
}

export interface StepBlock {
  readonly durationMs: number;
  readonly steps: number;
  /** In the order of the asked GPUs. */
  readonly loads: readonly BlockLoad[];
}

interface Sum {
  total: number;
  count: number;
}

interface Open {
  readonly fromMs: number;
  readonly toMs: number;
  readonly steps: number;
  readonly utilization: readonly Sum[];
  readonly power: readonly Sum[];
}

export class StepBlocks {
  readonly #uuids: readonly string[];
  readonly #blocks: readonly Open[];

  /** @param marks from which so many steps of warm-up are left out */
  constructor(uuids: readonly string[], marks: readonly StepMark[], warmUpSteps: number) {
    this.#uuids = uuids;
    const started = marks[0]?.count ?? 0;
    const warm = marks.filter(({ count }) => count >= started + warmUpSteps);
    this.#blocks = blockEdges(warm).map(([from, to]) => ({
      fromMs: from.timeMs,
      toMs: to.timeMs,
      steps: to.count - from.count,
      utilization: uuids.map(() => ({ total: 0, count: 0 })),
      power: uuids.map(() => ({ total: 0, count: 0 })),
    }));
  }

  /** The stretch of the run that is looked at, on its clock; null where it has too few steps. */
  get span(): { readonly fromMs: number; readonly toMs: number } | null {
    const [first] = this.#blocks;
    const last = this.#blocks.at(-1);
    return first === undefined || last === undefined ? null : { fromMs: first.fromMs, toMs: last.toMs };
  }

  add({ timeMs, gpus }: RunTick): void {
    const block = this.#blocks.find(({ fromMs, toMs }) => timeMs > fromMs && timeMs <= toMs);
    if (block === undefined) return;
    for (const { uuid, utilization, powerW } of gpus) {
      const at = this.#uuids.indexOf(uuid);
      put(block.utilization[at], utilization);
      put(block.power[at], powerW);
    }
  }

  list(): readonly StepBlock[] {
    return this.#blocks.map(({ fromMs, toMs, steps, utilization, power }) => ({
      durationMs: toMs - fromMs,
      steps,
      loads: this.#uuids.map((_, at) => ({
        utilization: mean(utilization[at]),
        powerW: mean(power[at]),
      })),
    }));
  }
}

function put(sum: Sum | undefined, value: number | null | undefined): void {
  if (sum === undefined || typeof value !== 'number') return;
  sum.total += value;
  sum.count += 1;
}

const mean = (sum: Sum | undefined): number | undefined =>
  sum === undefined || sum.count === 0 ? undefined : sum.total / sum.count;

/** From mark to mark, each block as long as the others or a little longer. */
function blockEdges(warm: readonly StepMark[]): readonly (readonly [from: StepMark, to: StepMark])[] {
  const [first] = warm;
  const last = warm.at(-1);
  if (first === undefined || last === undefined) return [];
  const lengthMs = Math.max(shortestBlockMs, (last.timeMs - first.timeMs) / mostBlocks);
  const edges: (readonly [StepMark, StepMark])[] = [];
  let from = first;
  for (const mark of warm)
    if (mark.timeMs - from.timeMs >= lengthMs && mark.count > from.count) {
      edges.push([from, mark]);
      from = mark;
    }
  return edges;
}
