/** The answers of the plan pages; the plan of the power limit, which is older, stands in the page's state itself. */

import type { BalancePlan } from '../contracts/balancePlan.ts';
import type { ChosenPlan, PipelineState } from '../contracts/pipelinePlan.ts';
import type { BatchPlan } from '../contracts/powerPlan.ts';
import type { HostMessage } from '../contracts/viewProtocol.ts';

/** What a run's plan came to: the plan, or why there is none. */
export interface PlanAnswer<Plan> {
  readonly runId: string;
  readonly plan: Plan | null;
  readonly failure: string | null;
}

export interface Planning {
  readonly batch: PlanAnswer<BatchPlan> | null;
  readonly balance: PlanAnswer<BalancePlan> | null;
  /** How the host's desk stands; null before it was asked. */
  readonly pipeline: PipelineState | null;
  readonly chosen: ChosenPlan | null;
}

export const initialPlanning: Planning = { batch: null, balance: null, pipeline: null, chosen: null };

type PlanMessage = Extract<
  HostMessage,
  { type: 'batchPlan' | 'balancePlan' | 'pipeline' | 'pipelineChosen' }
>;

export function reducePlanning(planning: Planning, message: PlanMessage): Planning {
  switch (message.type) {
    case 'batchPlan': {
      const { runId, plan, failure } = message;
      return { ...planning, batch: { runId, plan, failure } };
    }
    case 'balancePlan': {
      const { runId, plan, failure } = message;
      return { ...planning, balance: { runId, plan, failure } };
    }
    case 'pipeline': {
      const { pipeline } = message;
      // A plan is a point of the frontier that stands here.
      const chosen = pipeline.frontier === null ? null : planning.chosen;
      return { ...planning, pipeline, chosen };
    }
    case 'pipelineChosen':
      return { ...planning, chosen: message.plan };
  }
}
