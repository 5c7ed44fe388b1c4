/** Samples of the store as the ticks they came in, so that a recorded run can be explained again. */

import type { GpuTick, RunTick } from '../../insight/ticks.ts';
import type { RunStore } from '../store/runStore.ts';
import type { Sample } from '../store/samples.ts';
import type { TrackKey } from '../store/waiting.ts';

/** Readings of different devices closer than this belong together. */
const togetherMs = 50;

export interface SampleGroup {
  /** Sampler time of the newest sample in the group. */
  readonly timeMs: number;
  readonly samples: ReadonlyMap<TrackKey, Sample>;
}

/** Groups samples of several tracks, each in order of time. */
export function groupSamples(tracks: ReadonlyMap<TrackKey, readonly Sample[]>): readonly SampleGroup[] {
  const all: { readonly key: TrackKey; readonly sample: Sample }[] = [];
  for (const [key, samples] of tracks) for (const sample of samples) all.push({ key, sample });
  all.sort((a, b) => a.sample.timeMs - b.sample.timeMs);
  const groups: { timeMs: number; fromMs: number; samples: Map<TrackKey, Sample> }[] = [];
  for (const { key, sample } of all) {
    const last = groups.at(-1);
    if (last !== undefined && sample.timeMs - last.fromMs <= togetherMs && !last.samples.has(key)) {
      last.samples.set(key, sample);
      last.timeMs = sample.timeMs;
    } else groups.push({ timeMs: sample.timeMs, fromMs: sample.timeMs, samples: new Map([[key, sample]]) });
  }
  return groups;
}

/** The group on a run's clock. */
export function tickOf(group: SampleGroup, clockZeroMs: number): RunTick {
  const gpus: GpuTick[] = [];
  let host: RunTick['host'] = null;
  for (const [key, { timeMs, values }] of group.samples) {
    if (key.startsWith('host/')) host = values;
    else gpus.push({ ...values, uuid: key.slice('gpu/'.length), timeMs: timeMs - clockZeroMs });
  }
  return { timeMs: group.timeMs - clockZeroMs, gpus, host };
}

/** Stretches that are decoded at once: a day of eight GPUs would not fit well into memory. */
const windowMs = 600_000;

/** The stored ticks of a run between two times on its clock, in order. */
export function* storedTicks(
  store: RunStore,
  run: { readonly runId: string; readonly clockZeroMs: number; readonly keys: readonly TrackKey[] },
  fromMs: number,
  toMs: number,
): Iterable<RunTick> {
  const { runId, clockZeroMs, keys } = run;
  const endMs = Math.min(toMs, store.newestMs() - clockZeroMs);
  for (let startMs = Math.max(0, fromMs); startMs <= endMs; startMs += windowMs) {
    // The next stretch begins where this one ends: the last millisecond belongs to one of them only.
    const untilMs = Math.min(endMs, startMs + windowMs - 0.001);
    const samples = store.read(runId, keys, clockZeroMs + startMs, clockZeroMs + untilMs);
    for (const group of groupSamples(samples)) yield tickOf(group, clockZeroMs);
  }
}
