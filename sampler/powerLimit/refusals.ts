/** Why a sweep does not begin or does not go on, and what to do. */

import type { LimitRefusal } from '../../contracts/powerPlan.ts';

export const busy: LimitRefusal = {
  reason: 'busy',
  message: 'Another sweep is under way on this machine.',
  remedy: 'Wait for its end, or stop it.',
};

export const notLive: LimitRefusal = {
  reason: 'notLive',
  message: 'The run has ended.',
  remedy: 'Start it again and sweep while it trains.',
};

export const noSteps: LimitRefusal = {
  reason: 'noSteps',
  message: 'The run prints no steps, so nothing tells how long one takes.',
  remedy: 'Print progress, for example with tqdm, or wait for the first step.',
};

export const stalled: LimitRefusal = {
  reason: 'noSteps',
  message: 'The run made no step for two minutes.',
  remedy: 'Sweep again while it trains.',
};

export const scheduled: LimitRefusal = {
  reason: 'schedulerOwns',
  message: 'A scheduler gave this run its GPUs; their settings are not the job’s to change.',
  remedy: 'Ask the administrator of the cluster, or sweep on a machine of your own.',
};

export const othersHold = (pids: readonly number[]): LimitRefusal => ({
  reason: 'othersHold',
  message: `Another process holds a GPU of this run (${pids.slice(0, 3).join(', ')}): a lower limit would slow it too.`,
  remedy: 'Sweep when the GPU is free.',
});

export const unreachable = (name: string): LimitRefusal => ({
  reason: 'notSupported',
  message: `Nothing here can change the power limit of ${name}.`,
  remedy: 'On NVIDIA GPUs the driver, nvidia-smi or zeusd does; other GPUs are not supported.',
});

export const outOfRange = (limitW: number, leastW: number, mostW: number): LimitRefusal => ({
  reason: 'badOutput',
  message: `The GPUs take limits from ${leastW} to ${mostW} W, not ${limitW} W.`,
  remedy: 'Name limits between these.',
});

export const leftOver: LimitRefusal = {
  reason: 'busy',
  message: 'A power limit of an earlier sweep could not be put back yet.',
  remedy: 'It is tried again by itself; set the limit by hand if the GPU does not answer.',
};

export const givenUp: LimitRefusal = {
  reason: 'busy',
  message: 'The sweep was stopped before it began.',
  remedy: null,
};

export const otherUnit: LimitRefusal = {
  reason: 'noSteps',
  message: 'The run tells epochs, samples or tokens in the place of steps, which a sweep cannot go by.',
  remedy: 'Print a line for each step, for example with tqdm.',
};

export const unknownHolders: LimitRefusal = {
  reason: 'othersHold',
  message: 'Nothing tells here who else holds the GPUs of this run, and a lower limit would slow them too.',
  remedy: 'Run it where the driver lists its processes: not in a container with process numbers of its own.',
};
