/**
 * Every iteration time from the slowest to the fastest, one unit apart, with durations that reach it for the least energy:
 * the time–cost trade-off of a project (Phillips and Dessouky 1977), as Perseus uses it for pipelines (Chung et al., SOSP 2024).
 *
 * Each step takes the cheapest cut through what is tight: operations that cross it forwards end one unit earlier, those
 * that cross it backwards may last one unit longer. Costs being convex, no plan at that iteration time needs less.
 */

import { CutSearch } from './minimumCut.ts';
import type { OperationGraph } from './operationGraph.ts';
import { TimingNetwork } from './timingNetwork.ts';

export interface FrontierStep {
  readonly iterationUnits: number;
  /** Of each operation. Overwritten by the next step. */
  readonly durationUnits: Int32Array;
  /** Operations that changed in this step, each by one unit: shortened and lengthened. */
  readonly shortened: readonly number[];
  readonly lengthened: readonly number[];
}

/** @throws RangeError for dependencies in a circle, or a curve that rises or is not convex */
export function* frontierSteps(graph: OperationGraph): Generator<FrontierStep, void> {
  const network = new TimingNetwork(graph);
  const search = new CutSearch(network);
  const durationUnits = network.durationUnits.subarray(0, network.operationCount);
  yield { iterationUnits: network.iterationUnits, durationUnits, shortened: [], lengthened: [] };
  for (;;) {
    const { unlimited, sourceSide } = search.search();
    if (unlimited) return;
    const shortened: number[] = [];
    const lengthened: number[] = [];
    for (let operation = 0; operation < network.operationCount; operation += 1) {
      const beginsInSource = sourceSide[network.arcFrom[operation] ?? 0] === 1;
      const endsInSource = sourceSide[network.arcTo[operation] ?? 0] === 1;
      if (beginsInSource === endsInSource || !network.tight(operation)) continue;
      if (beginsInSource) shortened.push(operation);
      // At its slowest it only gets slack.
      else if (!network.atSlowest(operation)) lengthened.push(operation);
    }
    for (const operation of shortened) durationUnits[operation] = (durationUnits[operation] ?? 0) - 1;
    for (const operation of lengthened) durationUnits[operation] = (durationUnits[operation] ?? 0) + 1;
    for (let node = 0; node < network.nodeCount; node += 1)
      if (sourceSide[node] === 0) network.timeUnits[node] = (network.timeUnits[node] ?? 0) - 1;
    yield { iterationUnits: network.iterationUnits, durationUnits, shortened, lengthened };
  }
}
