/**
 * The operations of one iteration of synchronous 1F1B pipeline training (Narayanan et al., PipeDream-Flush) and their
 * dependencies. Stages and micro-batches count from 0.
 */

import type { Dependency } from './operationGraph.ts';

export const instructions = ['forward', 'backward'] as const;
export type Instruction = (typeof instructions)[number];

export interface PipelineOperation {
  readonly stage: number;
  readonly instruction: Instruction;
  readonly microbatch: number;
}

export interface PipelineSchedule {
  /** Stage by stage, each in the order in which it works. */
  readonly operations: readonly PipelineOperation[];
  readonly dependencies: readonly Dependency[];
}

/** What one stage does, in order: forwards that fill the pipeline, forward and backward in turn, the backwards left. */
function stageOrder(stage: number, stages: number, microbatches: number): PipelineOperation[] {
  const warmUp = Math.min(microbatches, stages - 1 - stage);
  const order: PipelineOperation[] = [];
  for (let microbatch = 0; microbatch < warmUp; microbatch += 1)
    order.push({ stage, instruction: 'forward', microbatch });
  for (let microbatch = 0; microbatch < microbatches; microbatch += 1) {
    if (warmUp + microbatch < microbatches)
      order.push({ stage, instruction: 'forward', microbatch: warmUp + microbatch });
    order.push({ stage, instruction: 'backward', microbatch });
  }
  return order;
}

export function pipelineSchedule(stages: number, microbatches: number): PipelineSchedule {
  const operations = Array.from({ length: stages }, (_, stage) =>
    stageOrder(stage, stages, microbatches),
  ).flat();
  const key = ({ stage, instruction, microbatch }: PipelineOperation): string =>
    `${stage} ${instruction} ${microbatch}`;
  const places = new Map(operations.map((operation, place) => [key(operation), place]));
  const dependencies: Dependency[] = [];
  for (const [place, operation] of operations.entries()) {
    if (operations[place + 1]?.stage === operation.stage) dependencies.push([place, place + 1]);
    // Activations go to the next stage, gradients to the one before.
    const receiver = operation.stage + (operation.instruction === 'forward' ? 1 : -1);
    const received = places.get(key({ ...operation, stage: receiver }));
    if (received !== undefined) dependencies.push([place, received]);
  }
  return { operations, dependencies };
}
