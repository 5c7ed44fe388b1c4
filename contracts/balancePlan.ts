/** How evenly the GPUs of a run work, and what slowing those that wait would save. Slack is measured; savings are a model. */

export interface GpuBalance {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  /** Share of a step in which it works, 0–1. */
  readonly workShare: number;
  /** How much earlier it is done than the GPU that works longest, milliseconds of a step; 0 for that one. */
  readonly slackMs: number;
  /** Standard deviation of the slack between blocks of steps; null with too few of them. */
  readonly spreadMs: number | null;
  readonly perStepJ: number;
  readonly meanPowerW: number;
  /** Its work may take so many times as long without anybody waiting for it; 1: no longer. */
  readonly stretch: number;
  /** Modelled, joules of a step; null where nothing tells what it draws while it waits. */
  readonly savedJ: number | null;
}

export interface BalancePlan {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
  readonly simulated: boolean;
  /** Ids of the power sources, a blank between them. Energy is the mean of their power readings over a step. */
  readonly source: string;
  /** Steps that were looked at, warm-up left out. */
  readonly steps: number;
  readonly perStepMs: number;
  /** Of all GPUs together. */
  readonly perStepJ: number;
  /**
   * What tells working from waiting: the driver's utilisation; or power, where all are busy all the time, as they are
   * while they wait inside a collective operation.
   */
  readonly slackFrom: 'utilization' | 'power';
  /** By index. */
  readonly gpus: readonly GpuBalance[];
  /** Modelled, joules of a step of all GPUs together; null where it is known of none. */
  readonly savedJ: number | null;
  readonly caveats: readonly string[];
}
