/** The answers of the plan pages; the plan of the power limit, which is older, stands in the page's state itself. */

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
}

export const initialPlanning: Planning = { batch: null };

type PlanMessage = Extract<HostMessage, { type: 'batchPlan' }>;

export function reducePlanning(planning: Planning, message: PlanMessage): Planning {
  const { runId, plan, failure } = message;
  return { ...planning, batch: { runId, plan, failure } };
}
