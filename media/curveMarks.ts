/** What is marked along the curve beside steps and gaps: epochs, kinds of work, GPUs that were slowed. */

import type { MetricId } from '../contracts/metrics.ts';
import type { EpochMark } from '../contracts/runs.ts';
import { type Buckets, seriesPoints } from './buckets.ts';
import type { PanelState } from './state.ts';

export interface MarkedStretch {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CurveMarks {
  readonly epochs: readonly EpochMark[];
  readonly phases: readonly MarkedStretch[];
  /** Of the chosen GPU, else of any. */
  readonly slowed: readonly MarkedStretch[];
}

const slowings: readonly (readonly [metric: MetricId, label: string])[] = [
  ['slowedDown', 'slowed by heat or hardware'],
  ['powerCapped', 'held by the power limit'],
];
/** Share of a bucket from which on it counts as slowed. */
const mostly = 0.5;

export function curveMarks(state: PanelState, buckets: Buckets): CurveMarks {
  const { run } = state;
  const { epochs = [], phases = [] } = run?.course ?? {};
  return {
    epochs,
    phases: phases.map(({ phase, fromMs, toMs }) => ({ label: phase, fromMs, toMs })),
    slowed: slowings.flatMap(([metric, label]) => slowedBy(state, buckets, metric, label)),
  };
}

function slowedBy(
  state: PanelState,
  buckets: Buckets,
  metric: MetricId,
  label: string,
): readonly MarkedStretch[] {
  const { deviceUuid } = state.view;
  const halfMs = buckets.bucketMs / 2;
  const times = new Set<number>();
  for (const { uuid } of state.run?.devices ?? []) {
    if (deviceUuid !== null && uuid !== deviceUuid) continue;
    for (const { x, y } of seriesPoints(state, uuid, metric, buckets)) if (y >= mostly) times.add(x);
  }
  const found: MarkedStretch[] = [];
  for (const time of [...times].sort((one, other) => one - other)) {
    const [fromMs, toMs] = [time - halfMs, time + halfMs];
    const before = found.at(-1);
    // Half a bucket is left for what adding up did to the edges.
    if (before !== undefined && fromMs - before.toMs < halfMs) found[found.length - 1] = { ...before, toMs };
    else found.push({ label, fromMs, toMs });
  }
  return found;
}

export const epochText = ({ epoch, done }: EpochMark): string =>
  done ? `epoch ${epoch} done` : `epoch ${epoch}`;

/** What holds at a time, in words: `epoch 3 · backward · held by the power limit`. Empty where nothing is known. */
export function marksText({ epochs, phases, slowed }: CurveMarks, timeMs: number): string {
  const epoch = epochs.findLast((mark) => mark.timeMs <= timeMs);
  const over = [...phases, ...slowed].filter(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
  return [...(epoch === undefined ? [] : [epochText(epoch)]), ...over.map(({ label }) => label)].join(' · ');
}

export const anyMarks = ({ epochs, phases, slowed }: CurveMarks): boolean =>
  epochs.length + phases.length + slowed.length > 0;
