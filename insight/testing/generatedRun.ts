/**
 * A training run made up from a random schedule: what a sampler would see of it, and beside it the truth that the
 * code under test is never given. Power passes through a sensor (window, period, stale repeats, noise), utilisation
 * through its own window, the host is sampled at about 100 Hz.
 */

import { createHostActivity } from '../hostActivity.ts';
import type { GpuTick, InsightDevice, RunTick } from '../ticks.ts';
import { createRandom, type Random } from './random.ts';

export interface Chip {
  readonly name: string;
  readonly bareIdleW: number;
  readonly contextIdleW: number;
  readonly busyW: number;
  /** Mean over so many milliseconds, a new one every `powerUpdateMs`. */
  readonly powerWindowMs: number;
  readonly powerUpdateMs: number;
  readonly quality: InsightDevice['powerQuality'];
  readonly counter: boolean;
  readonly utilizationWindowMs: number;
}

export const chips: readonly Chip[] = [
  // biome-ignore format: a table
  { name: 'h100', bareIdleW: 70, contextIdleW: 115, busyW: 520, powerWindowMs: 25, powerUpdateMs: 100, quality: 'instant', counter: true, utilizationWindowMs: 1000 },
  // biome-ignore format: a table
  { name: 'h100 fast', bareIdleW: 70, contextIdleW: 115, busyW: 520, powerWindowMs: 25, powerUpdateMs: 100, quality: 'instant', counter: true, utilizationWindowMs: 1000 / 6 },
  // biome-ignore format: a table
  { name: 'h100 averaged', bareIdleW: 70, contextIdleW: 115, busyW: 520, powerWindowMs: 1000, powerUpdateMs: 100, quality: 'averaged1s', counter: false, utilizationWindowMs: 1000 },
  // biome-ignore format: a table
  { name: 'rtx 4090', bareIdleW: 27, contextIdleW: 57, busyW: 400, powerWindowMs: 100, powerUpdateMs: 100, quality: 'instant', counter: true, utilizationWindowMs: 1000 },
  // biome-ignore format: a table
  { name: 't4', bareIdleW: 10, contextIdleW: 27, busyW: 66, powerWindowMs: 100, powerUpdateMs: 100, quality: 'instant', counter: true, utilizationWindowMs: 167 },
  // biome-ignore format: a table
  { name: 'p100', bareIdleW: 26, contextIdleW: 30, busyW: 160, powerWindowMs: 10, powerUpdateMs: 20, quality: 'instant', counter: false, utilizationWindowMs: 1000 },
];

/** Mean lengths of one step's parts, milliseconds. */
export interface StepPlan {
  readonly loadMs: number;
  readonly workMs: number;
  readonly hostMs: number;
  /** Wait for the GPU before the host goes on: the per-step sync. */
  readonly sync: boolean;
  /** How the host waits for the GPU. */
  readonly spin: boolean;
  /** Worker processes load; the host sleeps until a batch is there. */
  readonly workers: boolean;
}

export interface RunPlan {
  readonly chip: Chip;
  readonly steps: number;
  readonly step: StepPlan;
  /** Batches of an evaluation after every so many steps: loaded by the main thread, and waited for only at its end. */
  readonly evaluation?: { readonly every: number; readonly batches: number; readonly workMs: number };
  /** Relative spread of every length. */
  readonly spread: number;
  /** Share of ticks that lack a reading. */
  readonly missing: number;
}

export interface TrueRun {
  readonly energyJ: number;
  readonly idleJ: number;
  readonly inputJ: number;
  readonly syncJ: number;
}

export interface GeneratedRun {
  readonly device: InsightDevice;
  readonly ticks: readonly RunTick[];
  readonly output: readonly { readonly timeMs: number; readonly text: string }[];
  readonly truth: TrueRun;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
type HostDoing = 'start' | 'load' | 'starved' | 'host' | 'wait';

/** Time covered by ordered, disjoint spans up to a time. */
class Covered {
  readonly spans: Span[] = [];
  readonly #sums: number[] = [0];
  push(span: Span): void {
    this.spans.push(span);
    this.#sums.push((this.#sums.at(-1) ?? 0) + span.toMs - span.fromMs);
  }
  upTo(timeMs: number): number {
    let low = 0;
    let high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.spans[middle]?.toMs ?? 0) <= timeMs) low = middle + 1;
      else high = middle;
    }
    const open = this.spans[low];
    return (this.#sums[low] ?? 0) + (open === undefined ? 0 : Math.max(0, timeMs - open.fromMs));
  }
  within(span: Span): number {
    return this.upTo(span.toMs) - this.upTo(span.fromMs);
  }
}

interface Schedule {
  readonly busy: Covered;
  readonly host: readonly (Span & { readonly doing: HostDoing })[];
  readonly reads: readonly number[];
  readonly stepEnds: readonly number[];
  readonly contextMs: number;
  readonly closeMs: number;
  readonly endMs: number;
}

function schedule(plan: RunPlan, random: Random): Schedule {
  const { step } = plan;
  const vary = (ms: number): number => Math.max(ms * 0.2, ms * (1 + plan.spread * random.normal()));
  const busy = new Covered();
  const host: (Span & { doing: HostDoing })[] = [];
  const reads: number[] = [];
  const stepEnds: number[] = [];
  const contextMs = random.between(500, 2000);
  let now = contextMs + random.between(400, 2500);
  host.push({ fromMs: 0, toMs: now, doing: 'start' });
  const spend = (ms: number, doing: HostDoing): void => {
    host.push({ fromMs: now, toMs: now + ms, doing });
    now += ms;
  };
  let gpuFree = now;
  let workerReady = now;
  const itemMs = random.between(3, 12);
  const load = (loadMs: number): void => {
    const items = Math.max(1, Math.round(loadMs / itemMs));
    for (let item = 0; item < items; item += 1) reads.push(now + item * itemMs, now + item * itemMs + 0.05);
    spend(items * itemMs, 'load');
  };
  const submit = (workMs: number): void => {
    const from = Math.max(now, gpuFree);
    gpuFree = from + workMs;
    busy.push({ fromMs: from, toMs: gpuFree });
  };
  const evaluate = (batches: number, workMs: number): void => {
    for (let batch = 0; batch < batches; batch += 1) {
      load(vary(step.loadMs));
      spend(1, 'host');
      submit(vary(workMs));
    }
    if (gpuFree > now) spend(gpuFree - now, 'wait');
  };
  for (let index = 0; index < plan.steps; index += 1) {
    const loadMs = vary(step.loadMs);
    if (step.workers) {
      workerReady = Math.max(workerReady, now - 3 * step.loadMs) + loadMs;
      if (workerReady > now) spend(workerReady - now, 'starved');
      reads.push(now);
    } else load(loadMs);
    spend(1, 'host');
    submit(vary(step.workMs));
    // Without a sync the host may run ahead by a few steps only.
    const waitUntil = step.sync ? gpuFree : gpuFree - 3 * step.workMs;
    if (waitUntil > now) spend(waitUntil - now, 'wait');
    spend(vary(step.hostMs), 'host');
    stepEnds.push(now);
    const { evaluation } = plan;
    if (evaluation !== undefined && index % evaluation.every === evaluation.every - 1)
      evaluate(evaluation.batches, evaluation.workMs);
  }
  if (gpuFree > now) spend(gpuFree - now, 'wait');
  const closeMs = now + random.between(0, 1500);
  return { busy, host, reads, stepEnds, contextMs, closeMs, endMs: closeMs + 300 };
}

export function generateRun(plan: RunPlan, seed: number): GeneratedRun {
  const random = createRandom(seed);
  const { chip, step } = plan;
  const made = schedule(plan, random);
  const { busy } = made;
  const context = new Covered();
  context.push({ fromMs: made.contextMs, toMs: made.closeMs });
  const energyUpTo = (timeMs: number): number =>
    (chip.bareIdleW * timeMs +
      (chip.contextIdleW - chip.bareIdleW) * context.upTo(timeMs) +
      (chip.busyW - chip.contextIdleW) * busy.upTo(timeMs)) /
    1000;
  const meanW = (span: Span): number =>
    ((energyUpTo(span.toMs) - energyUpTo(span.fromMs)) * 1000) / (span.toMs - span.fromMs);

  const firstKernel = busy.spans[0]?.fromMs ?? 0;
  const lastKernel = busy.spans.at(-1)?.toMs ?? 0;
  const idleJ = (doing: readonly HostDoing[]): number =>
    made.host
      .filter((span) => doing.includes(span.doing))
      .map(({ fromMs, toMs }) => ({
        fromMs: Math.max(fromMs, firstKernel),
        toMs: Math.min(toMs, lastKernel),
      }))
      .filter(({ fromMs, toMs }) => toMs > fromMs)
      .reduce(
        (sum, span) => sum + ((span.toMs - span.fromMs - busy.within(span)) * chip.contextIdleW) / 1000,
        0,
      );

  // The host, sampled at about 100 Hz.
  const cpu = new Covered();
  for (const span of made.host)
    if (span.doing !== 'starved' && (span.doing !== 'wait' || step.spin)) cpu.push(span);
  const activity = createHostActivity();
  const hostSamples: number[] = [];
  for (let at = 0; at < made.endMs + 400; at += 10 + 2 * Math.abs(random.normal())) hostSamples.push(at);
  let readsSeen = 0;
  let sampleIndex = 0;
  const feedHost = (untilMs: number): void => {
    for (; (hostSamples[sampleIndex] ?? Number.POSITIVE_INFINITY) <= untilMs; sampleIndex += 1) {
      const timeMs = hostSamples[sampleIndex] ?? 0;
      while ((made.reads[readsSeen] ?? Number.POSITIVE_INFINITY) <= timeMs) readsSeen += 1;
      activity.add({
        timeMs,
        state: cpu.within({ fromMs: timeMs - 0.5, toMs: timeMs }) > 0.25 ? 'R' : 'S',
        cpuMs: cpu.upTo(timeMs),
        readyMs: null,
        readBytes: readsSeen * 4096,
        readCalls: readsSeen,
      });
    }
  };

  const powerPhase = random.between(0, chip.powerUpdateMs);
  const utilizationPhase = random.between(0, chip.utilizationWindowMs);
  const counterStart = random.between(0, 1e6);
  const noise = new Map<number, number>();
  const ticks: RunTick[] = [];
  let lastTickMs = -100;
  for (let tick = 0; tick * 100 < made.endMs; tick += 1) {
    const timeMs = tick * 100 + random.between(0, 15);
    // The sampler holds a tick back until the host's shares of its interval are settled.
    feedHost(timeMs + 300);
    const update = Math.floor((timeMs - powerPhase) / chip.powerUpdateMs);
    const toMs = update * chip.powerUpdateMs + powerPhase;
    if (!noise.has(update)) noise.set(update, random.normal());
    const window = { fromMs: toMs - chip.powerWindowMs, toMs };
    const windowEnd =
      Math.floor((timeMs - utilizationPhase) / chip.utilizationWindowMs) * chip.utilizationWindowMs +
      utilizationPhase;
    const share =
      busy.within({ fromMs: windowEnd - chip.utilizationWindowMs, toMs: windowEnd }) /
      chip.utilizationWindowMs;
    const counterMs = Math.floor((timeMs - powerPhase) / 100) * 100 + powerPhase;
    const there = (): boolean => random.next() >= plan.missing;
    const gpu: GpuTick = {
      uuid: 'gpu',
      ...(there() && { powerW: Math.max(0, meanW(window) + (noise.get(update) ?? 0)) }),
      ...(there() && { utilization: Math.round(share * 100) / 100 }),
      ...(chip.counter && there() && { energyJ: counterStart + energyUpTo(Math.max(0, counterMs)) }),
      memoryUsedBytes: timeMs > made.contextMs && timeMs < made.closeMs ? 9e9 : 4e8,
    };
    const shares = activity.shares(lastTickMs, timeMs);
    lastTickMs = timeMs;
    const whole = random.next() < plan.missing / 4 ? [] : [gpu];
    ticks.push({
      timeMs,
      gpus: whole,
      host:
        shares === null || random.next() < plan.missing / 4
          ? null
          : {
              hostInputShare: shares.input,
              hostWaitShare: shares.wait,
              workerCores: step.workers ? (1.5 * step.loadMs) / (step.loadMs + step.workMs) : 0,
            },
    });
  }
  const total = made.stepEnds.length;
  return {
    device: { uuid: 'gpu', powerQuality: chip.quality, hasEnergyCounter: chip.counter, band: 0.05 },
    ticks,
    output: made.stepEnds.map((timeMs, index) => ({
      timeMs,
      text: `\rtrain: ${Math.floor((100 * (index + 1)) / total)}%|███   | ${index + 1}/${total} [00:10<00:20,  1.90it/s, loss=0.31]`,
    })),
    truth: {
      energyJ: energyUpTo(made.endMs),
      idleJ:
        (chip.bareIdleW * (made.endMs - made.closeMs + made.contextMs) +
          chip.contextIdleW * (made.closeMs - made.contextMs - busy.upTo(made.endMs))) /
        1000,
      inputJ: idleJ(['load', 'starved']),
      syncJ: idleJ(['host', 'wait']),
    },
  };
}
