/** Seconds without a kernel between stretches of work, where they come more seldom than the steps. */

import type { DeviceFound } from '../deviceWaste.ts';
import { eachGpu, percent, type RunEvidence, seconds, sumOf, type WasteTeller } from '../evidence.ts';
import { union } from '../stretches.ts';

/** Where every other step has one, it is a part of the step. */
const mostPerStep = 0.5;
/** Fewer counted steps are no rhythm: a progress line that could not be read counts one. */
const enoughSteps = 8;

export function arePartOfSteps({ pauses, working }: DeviceFound, steps: number | null): boolean {
  if (pauses.count === 0) return false;
  if (steps !== null && steps >= enoughSteps) return pauses.count > mostPerStep * steps;
  // Without a count of steps: work comes between them in shorter pieces than they are.
  return working.workingMs < pauses.ms;
}

export const pauses: WasteTeller = ({ devices, steps }: RunEvidence) => {
  const paused = devices.filter((device) => device.pauses.count > 0 && !arePartOfSteps(device, steps));
  if (paused.length === 0) return [];
  const durationMs = sumOf(paused, (device) => device.pauses.ms) / paused.length;
  const count = Math.max(...paused.map((device) => device.pauses.count));
  const longestMs = Math.max(...paused.map((device) => device.pauses.longestMs));
  const causes = paused.map((device) => device.pauses.causes);
  const asleep = sumOf(causes, ({ unexplained, starved }) => unexplained + starved);
  const awake = sumOf(causes, ({ running, loading }) => running + loading);
  const doing =
    asleep + awake === 0
      ? ''
      : ` The program ${asleep > awake ? 'slept or waited' : 'ran its own code'} for ${percent(Math.max(asleep, awake) / (asleep + awake))} of that.`;
  return [
    {
      kind: 'pauses',
      energyJ: sumOf(paused, (device) => device.pauses.energyJ),
      durationMs,
      certainty: count > 1 ? 'likely' : 'possible',
      evidence: `${count} ${count === 1 ? 'pause' : 'pauses'} of up to ${seconds(longestMs)} without a kernel, ${seconds(durationMs)}${eachGpu(paused.length)} in all, between stretches of work.${doing}`,
      windows: union(paused.map((device) => device.pauses.stretches)),
    },
  ];
};
