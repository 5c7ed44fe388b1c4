/**
 * What the run's main process was doing: loading input, sleeping, or running its own code.
 *
 * Read calls are point events of loading. Reads that follow each other closely are one stretch of loading, from
 * the first to the last and one spacing more, since decoding follows the read. Sleep outside a stretch is waiting
 * (for the GPU, a worker, the network); the rest is running. A lone read is a message on a pipe, not loading.
 *
 * What this cannot tell: a data set already in memory is never read, its preparation looks like running; nor an
 * item that takes longer than 80 ms to decode, nor a file mapped into memory. Writing a log is not a read.
 * Answers lag, because only later reads tell where a stretch ends.
 *
 * Samples may be close or far apart. Between far ones only the number of calls is known, and each counts as long as
 * calls took when they were last seen closely.
 */

import { createReadCost } from './readCost.ts';

export interface HostSample {
  /** Milliseconds on the run's clock; 50–100 samples a second. */
  readonly timeMs: number;
  /** One letter of /proc/PID/stat; R is running, or ready and waiting for a processor. */
  readonly state: string;
  /** Processor time of the main thread since its start, milliseconds. */
  readonly cpuMs: number;
  /** Time the thread was ready and waited for a processor, since its start; null when the kernel does not count it. */
  readonly readyMs: number | null;
  /** Bytes and calls of reading since the start (`rchar`, `syscr` of /proc/PID/io); null where not readable. */
  readonly readBytes: number | null;
  readonly readCalls: number | null;
}

/** Shares of an interval; they add up to 1. */
export interface HostShares {
  /** null where the reads of the process cannot be seen: loading then counts as waiting or running. */
  readonly input: number | null;
  readonly wait: number;
  readonly run: number;
}

export interface HostActivity {
  /** `close`: the sample before it was 10–20 ms ago, or meant to be. */
  add(sample: HostSample, close?: boolean): void;
  /** Intervals that end here or earlier can be asked for, milliseconds. */
  readonly settledMs: number;
  /** null when the interval is not settled yet, not known any more, or was never seen. */
  shares(fromMs: number, toMs: number): HostShares | null;
}

export const hostAnswerLagMs = 200;
const longestJoinMs = 80;
/** Reads further apart than this are never the rhythm of one stretch. */
const longestSpacingMs = 45;
const spacings = 48;
/** So many calls inside one sample are loading by themselves. */
const denseCalls = 8;
/** So many calls inside a stretch tell how long one takes. */
const tellingCalls = 6;
/** Longest work after a read that is still counted as its decoding. */
const longestCallMs = 40;
/** Items closer than the sampling show as reads in neighbouring samples, jitter included. */
const samplesApart = 2.3;
const ringSize = 4096;
/** A longer time between samples is not known. */
const longestIntervalMs = 500;

/** One stretch of loading: the samples that saw reads, its first and last apart, since they are only partly loading. */
interface Stretch {
  readonly firstFromMs: number;
  readonly firstToMs: number;
  readonly firstCalls: number;
  lastFromMs: number;
  lastToMs: number;
  /** Its last sample on the thread's own clock, which stands while others have the processor. */
  lastOwnAtMs: number;
  lastOwnToMs: number;
  lastCalls: number;
  /** Calls between the first sample and the last one. */
  innerCalls: number;
  /** The edges, by the time a call takes in this stretch. */
  fromMs: number;
  toMs: number;
}

/**
 * Time of one read call and the decoding after it: from the inside of the stretch when that tells, else from the end
 * of its first sample to the end of its last, else as learnt.
 */
function callMsOf(stretch: Stretch, learntMs: number): number {
  if (stretch.innerCalls >= tellingCalls)
    return (stretch.lastFromMs - stretch.firstToMs) / stretch.innerCalls;
  if (stretch.lastToMs === stretch.firstToMs) return learntMs;
  return (stretch.lastToMs - stretch.firstToMs) / (stretch.innerCalls + stretch.lastCalls);
}

/** The thread's own clock: another process on the processor makes no pause between two reads. */
const ownTime = (sample: HostSample): number => sample.timeMs - (sample.readyMs ?? 0);

export function createHostActivity(): HostActivity {
  const times = new Float64Array(ringSize);
  /** Time on a processor or ready for one, cumulated. */
  const awake = new Float64Array(ringSize);
  const ready = new Uint8Array(ringSize);
  /** Read calls since the sample before; negative for a sample that is far from it. */
  const reads = new Float64Array(ringSize);
  const cost = createReadCost();
  // Cumulated over the settled samples.
  const inputs = new Float64Array(ringSize);
  const waits = new Float64Array(ringSize);
  const knowns = new Float64Array(ringSize);
  let samples = 0;
  let settled = 0;
  let last: HostSample | null = null;
  let readable = true;
  let stretches: Stretch[] = [];
  const gaps: number[] = [];
  let lastReadMs = Number.NEGATIVE_INFINITY;
  let spacingMs = 20;
  /** Time of a call with its decoding, over the stretches so far. */
  let callMs = 3;
  let periodMs = 15;

  const learnSpacing = (gapMs: number): void => {
    if (gapMs > longestJoinMs) return;
    gaps.push(gapMs);
    if (gaps.length > spacings) gaps.shift();
    const sorted = [...gaps].sort((one, other) => one - other);
    // The lower part: the pauses between stretches are among the gaps too.
    spacingMs = sorted[Math.floor(sorted.length * 0.3)] ?? spacingMs;
  };

  const measure = (stretch: Stretch): void => {
    const eachMs = Math.min(longestCallMs, callMsOf(stretch, callMs));
    stretch.fromMs = Math.max(stretch.firstFromMs, stretch.firstToMs - stretch.firstCalls * eachMs);
    stretch.toMs = Math.max(stretch.fromMs, stretch.lastFromMs + stretch.lastCalls * eachMs);
  };

  const addReads = (before: HostSample, after: HostSample, calls: number): void => {
    const fromMs = before.timeMs;
    const toMs = after.timeMs;
    const ownFromMs = ownTime(before);
    const ownToMs = ownTime(after);
    const ownAtMs = (ownFromMs + ownToMs) / 2;
    learnSpacing(ownAtMs - lastReadMs);
    lastReadMs = ownAtMs;
    const seenSpacing = spacingMs > 1.5 * periodMs;
    const joinMs =
      spacingMs > longestSpacingMs
        ? 0
        : Math.min(longestJoinMs, seenSpacing ? 3 * spacingMs : samplesApart * periodMs);
    const current = stretches[stretches.length - 1];
    // A long sample is no sign of a pause: the distance counts from its edges where that is shorter.
    if (
      current !== undefined &&
      Math.min(ownAtMs - current.lastOwnAtMs, ownFromMs - current.lastOwnToMs + periodMs) <= joinMs
    ) {
      if (current.lastFromMs > current.firstFromMs) current.innerCalls += current.lastCalls;
      current.lastFromMs = fromMs;
      current.lastToMs = toMs;
      current.lastOwnAtMs = ownAtMs;
      current.lastOwnToMs = ownToMs;
      current.lastCalls = calls;
      if (current.innerCalls >= tellingCalls) callMs += 0.1 * (callMsOf(current, callMs) - callMs);
      measure(current);
      return;
    }
    const stretch = {
      firstFromMs: fromMs,
      firstToMs: toMs,
      firstCalls: calls,
      lastFromMs: fromMs,
      lastToMs: toMs,
      lastOwnAtMs: ownAtMs,
      lastOwnToMs: ownToMs,
      lastCalls: calls,
      innerCalls: 0,
      fromMs: toMs,
      toMs,
    };
    // A lone read is no loading; many at once are.
    if (calls >= denseCalls) stretch.fromMs = Math.max(fromMs, toMs - calls * callMs);
    stretches.push(stretch);
  };

  const inputWithin = (fromMs: number, toMs: number): number => {
    let sum = 0;
    for (let index = stretches.length - 1; index >= 0; index -= 1) {
      const stretch = stretches[index];
      if (stretch === undefined || stretch.toMs < fromMs) break;
      sum += Math.max(0, Math.min(toMs, stretch.toMs) - Math.max(fromMs, stretch.fromMs));
    }
    return Math.min(sum, toMs - fromMs);
  };

  /** Loading within one sample and the sleep outside of it, milliseconds. */
  const split = (
    fromMs: number,
    toMs: number,
    calls: number,
    sleptMs: number,
  ): { readonly inputMs: number; readonly waitMs: number } => {
    const lengthMs = toMs - fromMs;
    if (calls < 0 && cost.known) {
      const estimate = cost.of(-calls);
      const inputMs = Math.min(lengthMs, estimate.inputMs);
      const sleptInMs = Math.max(estimate.sleptMs, inputMs + sleptMs - lengthMs);
      return { inputMs, waitMs: Math.max(0, sleptMs - sleptInMs) };
    }
    const inputMs = inputWithin(fromMs, toMs);
    const sleptInMs = sleptMs * (inputMs / lengthMs);
    if (calls >= 0) cost.learn(lengthMs, calls, inputMs, sleptInMs);
    return { inputMs, waitMs: sleptMs - sleptInMs };
  };

  const settleUpTo = (limitMs: number): void => {
    while (settled < samples - 1) {
      const from = settled % ringSize;
      const to = (settled + 1) % ringSize;
      const fromMs = times[from] ?? 0;
      const toMs = times[to] ?? 0;
      if (toMs > limitMs) break;
      const intervalMs = toMs - fromMs;
      const known = intervalMs <= longestIntervalMs;
      const awakeMs = Math.max(0, (awake[to] ?? 0) - (awake[from] ?? 0));
      // Ready at both ends and not counted by the kernel: what it did not run, other processes ran; it did not sleep.
      const crowded = ready[from] === 1 && ready[to] === 1;
      const sleptMs = crowded ? 0 : Math.max(0, intervalMs - awakeMs);
      const { inputMs, waitMs } = known
        ? split(fromMs, toMs, reads[to] ?? 0, sleptMs)
        : { inputMs: 0, waitMs: 0 };
      inputs[to] = (inputs[from] ?? 0) + inputMs;
      waits[to] = (waits[from] ?? 0) + waitMs;
      knowns[to] = (knowns[from] ?? 0) + (known ? intervalMs : 0);
      settled += 1;
    }
    const keepMs = (times[settled % ringSize] ?? 0) - 1000;
    if (stretches.length > 32) stretches = stretches.filter((stretch) => stretch.toMs >= keepMs);
  };

  /** Value of a cumulated curve at a settled time. */
  const curveAt = (curve: Float64Array, timeMs: number): number | null => {
    const oldest = Math.max(0, samples - ringSize + 1);
    for (let index = settled; index > oldest; index -= 1) {
      const fromMs = times[(index - 1) % ringSize] ?? 0;
      if (fromMs > timeMs) continue;
      const toMs = times[index % ringSize] ?? fromMs;
      const from = curve[(index - 1) % ringSize] ?? 0;
      const to = curve[index % ringSize] ?? from;
      return from + (to - from) * Math.min(1, (timeMs - fromMs) / (toMs - fromMs));
    }
    return null;
  };

  return {
    add(sample, close = true) {
      if (last !== null && sample.timeMs <= last.timeMs) return;
      readable = sample.readCalls !== null;
      let calls = 0;
      if (last !== null) {
        const intervalMs = sample.timeMs - last.timeMs;
        if (close && intervalMs <= longestIntervalMs) periodMs += 0.1 * (intervalMs - periodMs);
        if (last.readCalls !== null) calls = Math.max(0, (sample.readCalls ?? 0) - last.readCalls);
        if (calls > 0 && intervalMs <= longestIntervalMs && (close || !cost.known))
          addReads(last, sample, calls);
      }
      last = sample;
      reads[samples % ringSize] = close ? calls : -calls;
      times[samples % ringSize] = sample.timeMs;
      awake[samples % ringSize] = sample.cpuMs + (sample.readyMs ?? 0);
      ready[samples % ringSize] = sample.readyMs === null && sample.state === 'R' ? 1 : 0;
      samples += 1;
      settleUpTo(sample.timeMs - hostAnswerLagMs);
    },
    get settledMs() {
      return settled > 0 ? (times[settled % ringSize] ?? 0) : Number.NEGATIVE_INFINITY;
    },
    shares(fromMs, toMs) {
      if (settled === 0 || toMs <= fromMs || toMs > (times[settled % ringSize] ?? 0)) return null;
      const between = (curve: Float64Array): number | null => {
        const from = curveAt(curve, fromMs);
        const to = curveAt(curve, toMs);
        return from === null || to === null ? null : to - from;
      };
      const knownMs = between(knowns);
      const inputMs = between(inputs);
      const waitMs = between(waits);
      if (knownMs === null || inputMs === null || waitMs === null || knownMs < (toMs - fromMs) / 2)
        return null;
      const input = Math.min(1, inputMs / knownMs);
      const wait = Math.min(1 - input, waitMs / knownMs);
      return { input: readable ? input : null, wait, run: 1 - input - wait };
    },
  };
}
