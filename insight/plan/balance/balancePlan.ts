/**
 * Slack of each GPU against the one that works longest, and what slowing it by as much would save. In synchronous training
 * all wait for the slowest at the end of a step; what is done earlier could have been done more slowly.
 *
 * The model: work that takes s times as long draws its power above that of waiting times s^-γ, so that its energy above
 * waiting falls to s^(1-γ). The exponent is the least that a published profile of an A100 shows (GPT-3 175B, Zeus), and so is
 * the stretch it holds for: `balancePlan.test.ts` holds the model against that profile.
 */

import type { BalancePlan, GpuBalance } from '../../../contracts/balancePlan.ts';
import { standardDeviation } from '../../steps.ts';
import type { BlockLoad, StepBlock } from './stepBlocks.ts';

const gamma = 2.5;
const longestStretch = 1.4;
/** All GPUs this busy: they wait busily, or none waits at all. */
const busy = 0.95;
/** Cards of one model differ by so much in power at the same work. */
const cardSpread = 0.05;
const fewestBlocks = 3;
const fewestForSpread = 4;

export interface BalancedGpu {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  /** With a context open and no kernel running; null where the run did not show it. */
  readonly waitingPowerW: number | null;
}

type Balance = Pick<
  BalancePlan,
  'steps' | 'perStepMs' | 'perStepJ' | 'slackFrom' | 'gpus' | 'savedJ' | 'caveats'
>;

/** Share of the energy above waiting that work saves when it takes `stretch` times as long. Modelled. */
export const savedByStretch = (stretch: number): number => 1 - stretch ** (1 - gamma);

/** Null where the blocks say too little. */
export function balancePlan(gpus: readonly BalancedGpu[], blocks: readonly StepBlock[]): Balance | null {
  const whole = blocks.filter(({ loads }) => loads.every(({ powerW }) => powerW !== undefined));
  if (gpus.length < 2 || whole.length < fewestBlocks) return null;
  const slackFrom = whole.every(({ loads }) => loads.every(({ utilization }) => (utilization ?? 1) >= busy))
    ? 'power'
    : 'utilization';
  const usable =
    slackFrom === 'utilization'
      ? whole.filter(({ loads }) => loads.every(({ utilization }) => utilization !== undefined))
      : whole;
  if (usable.length < fewestBlocks) return null;
  const shares =
    slackFrom === 'utilization'
      ? usable.map(({ loads }) => loads.map(({ utilization }) => utilization ?? 0))
      : sharesByPower(gpus, usable);
  const steps = usable.reduce((sum, block) => sum + block.steps, 0);
  const durationMs = usable.reduce((sum, block) => sum + block.durationMs, 0);
  const perStepMs = durationMs / steps;
  const powers = gpus.map((_, at) => weighed(usable, (block) => block.loads[at]?.powerW ?? 0));
  const works = gpus.map((_, at) => weighed(usable, (_block, block) => shares?.[block]?.[at] ?? 0));
  const longest = works.indexOf(Math.max(...works));
  const balanced = gpus.map(({ uuid, index, name, waitingPowerW }, at): GpuBalance => {
    const ahead = (shares ?? []).map((block) => (block[longest] ?? 0) - (block[at] ?? 0));
    const slack = Math.max(0, (works[longest] ?? 0) - (works[at] ?? 0));
    const spread = ahead.length < fewestForSpread ? null : standardDeviation(ahead);
    const sure = Math.max(0, slack - (spread ?? slack) - (slackFrom === 'power' ? cardSpread : 0));
    const work = works[at] ?? 0;
    const stretch = work > 0 ? Math.min(longestStretch, 1 + sure / work) : 1;
    const meanPowerW = powers[at] ?? 0;
    const aboveWaitingJ =
      waitingPowerW === null ? null : (Math.max(0, meanPowerW - waitingPowerW) * perStepMs) / 1000;
    return {
      uuid,
      index,
      name,
      workShare: work,
      slackMs: slack * perStepMs,
      spreadMs: spread === null ? null : spread * perStepMs,
      perStepJ: (meanPowerW * perStepMs) / 1000,
      meanPowerW,
      stretch,
      savedJ: aboveWaitingJ === null ? null : aboveWaitingJ * savedByStretch(stretch),
    };
  });
  const known = balanced.flatMap(({ savedJ }) => (savedJ === null ? [] : [savedJ]));
  return {
    steps,
    perStepMs,
    perStepJ: balanced.reduce((sum, { perStepJ }) => sum + perStepJ, 0),
    slackFrom,
    gpus: balanced,
    savedJ: known.length === 0 ? null : known.reduce((sum, savedJ) => sum + savedJ, 0),
    caveats: caveatsOf(balanced, slackFrom, shares === null),
  };

  function weighed(of: readonly StepBlock[], value: (block: StepBlock, at: number) => number): number {
    return of.reduce((sum, block, at) => sum + value(block, at) * block.durationMs, 0) / durationMs;
  }
}

/**
 * Working shares of GPUs that are busy while they wait: by how far each lies above its waiting power, against the one that
 * lies highest. Waiting busily draws more than waiting with nothing to run, so this says too little rather than too much.
 * Null where cards differ or the waiting power is not known.
 */
function sharesByPower(
  gpus: readonly BalancedGpu[],
  blocks: readonly StepBlock[],
): readonly (readonly number[])[] | null {
  if (new Set(gpus.map(({ name }) => name)).size > 1) return null;
  if (gpus.some(({ waitingPowerW }) => waitingPowerW === null)) return null;
  const above = (load: BlockLoad | undefined, at: number): number =>
    Math.max(0, (load?.powerW ?? 0) - (gpus[at]?.waitingPowerW ?? 0));
  return blocks.map(({ loads }) => {
    const highest = Math.max(...loads.map(above));
    return loads.map((load, at) => (highest > 0 ? above(load, at) / highest : 0));
  });
}

function caveatsOf(
  gpus: readonly GpuBalance[],
  slackFrom: BalancePlan['slackFrom'],
  untold: boolean,
): readonly string[] {
  const notes: string[] = [];
  if (untold)
    notes.push(
      'All GPUs are busy all the time, which waiting inside a collective operation is too; what would tell them apart, one model of GPU and its draw while it waits, is not known of this run.',
    );
  else if (slackFrom === 'power')
    notes.push(
      'All GPUs are busy all the time, which waiting inside a collective operation is too: slack is estimated from their power, less 5 % by which cards of one model differ.',
    );
  if (gpus.some(({ savedJ }) => savedJ === null))
    notes.push(
      'What a GPU draws while it waits is not known from this run, so its saving is not worked out.',
    );
  return [
    ...notes,
    'Savings are modelled, not measured: nothing was slowed. Evening out the work saves time as well, where the program allows it.',
  ];
}
