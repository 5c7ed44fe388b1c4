/** One GPU: what it can answer is found by asking each question once; a device that falls off the bus may come back. */

import type { MissingReason } from '../../../contracts/provenance.ts';
import { chipSensor } from '../nvidiaChips.ts';
import type { DeviceReading, SourceDevice } from '../source.ts';
import type { DeviceHandle, Nvml } from './binding.ts';
import {
  type Draft,
  energyQuestion,
  memoryTotal,
  otherQuestions,
  powerQuestions,
  type Question,
} from './deviceMetrics.ts';
import { type Failure, failureOf, nvmlSuccess } from './returnCodes.ts';

/** A question that was refused for good is put again this late: a MIG mode or a permission may have changed. */
const refusedEveryMs = 60_000;
const firstReturnMs = 1_000;
const longestReturnMs = 60_000;
/** A call slower than this, more than once in so many, is put half as often: the driver's lock is not ours. */
const slowCallMs = 5;
const callsWatched = 100;
const mostSlowing = 32;

interface Asked {
  readonly question: Question;
  dueMs: number;
  calls: number;
  slowCalls: number;
  /** How many times rarer than usual. */
  slowing: number;
}

const asked = (question: Question): Asked => ({ question, dueMs: 0, calls: 0, slowCalls: 0, slowing: 1 });

/** Times calls that follow each other: the end of one is the beginning of the next. */
class CallClock {
  readonly #nowMs: () => number;
  lastMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.lastMs = nowMs();
  }

  /** Milliseconds since the reading before. */
  lap(): number {
    const beforeMs = this.lastMs;
    this.lastMs = this.#nowMs();
    return this.lastMs - beforeMs;
  }
}

export interface NvmlDevice {
  readonly info: SourceDevice;
  handle: DeviceHandle;
  /** What this device cannot tell, for people: `energy counter (not supported)`. */
  readonly cannot: readonly string[];
  /** Why it gives no readings now; null while it does. */
  readonly lost: MissingReason | null;
  /** Whether a better way to measure answers now that failed at the opening: then it should be opened anew. */
  improved(): boolean;
  /** Null while it is lost. A failure that concerns the whole library is returned instead. */
  read(nowMs: () => number, roundMs: number): DeviceReading | Failure | null;
}

/** Text of up to `size` bytes from a call that fills a buffer. */
export function textFrom(size: number, call: (into: Buffer) => number): string | null {
  const into = Buffer.alloc(size);
  if (call(into) !== nvmlSuccess) return null;
  const end = into.indexOf(0);
  return into.toString('utf8', 0, end < 0 ? size : end);
}

/**
 * Asks the device everything once.
 * @returns the failure where the library or the device itself failed, or the device has no identity
 */
export function openDevice(nvml: Nvml, handle: DeviceHandle, index: number): NvmlDevice | Failure {
  const uuid = textFrom(96, (into) => nvml.call('uuid', handle, into, into.length));
  if (uuid === null || uuid === '') return failureOf(28);
  const name = textFrom(96, (into) => nvml.call('name', handle, into, into.length)) ?? 'NVIDIA GPU';
  const cannot: string[] = [];
  const firstDraft: Draft = {};

  /** Code of a first asking; the device goes on without what it refuses. */
  const tryOnce = (question: Question): number => question.ask(handle, firstDraft);
  const fatal = (code: number): Failure | null => {
    const failure = failureOf(code);
    return code !== nvmlSuccess && (failure.reach === 'library' || failure.reach === 'device')
      ? failure
      : null;
  };

  const energy = energyQuestion(nvml);
  const energyCode = tryOnce(energy);
  const questions: Asked[] = [asked(energy)];
  /** Better ways that failed for a moment, just when it was settled what is used. */
  const mayImprove: Question[] = [];
  if (energyCode !== nvmlSuccess && failureOf(energyCode).reach === 'passing') mayImprove.push(energy);
  let quality: SourceDevice['powerQuality'] = 'averaged1s';
  let powerCode: number | undefined;
  for (const way of powerQuestions(nvml)) {
    const code = tryOnce(way.question);
    const failure = fatal(code);
    if (failure !== null) return failure;
    powerCode ??= code;
    if (code !== nvmlSuccess) {
      if (failureOf(code).reach === 'passing') mayImprove.push(way.question);
      continue;
    }
    powerCode = nvmlSuccess;
    quality = way.quality;
    questions.push(asked(way.question));
    break;
  }
  if (powerCode !== nvmlSuccess) {
    const [, plain] = powerQuestions(nvml);
    if (plain !== undefined) questions.push(asked(plain.question));
  }
  for (const [label, code] of [
    ['energy counter', energyCode],
    ['power', powerCode ?? nvmlSuccess],
  ] as const) {
    const failure = fatal(code);
    if (failure !== null) return failure;
    if (code !== nvmlSuccess) cannot.push(`${label} (${failureOf(code).text})`);
  }
  for (const question of otherQuestions(nvml)) {
    const code = tryOnce(question);
    const failure = fatal(code);
    if (failure !== null) return failure;
    if (code !== nvmlSuccess) cannot.push(`${question.label} (${failureOf(code).text})`);
    questions.push(asked(question));
  }
  const hasEnergyCounter = energyCode === nvmlSuccess;
  const { sensing, band } = chipSensor(name, hasEnergyCounter ? 'counter' : quality);
  const info: SourceDevice = {
    uuid,
    index,
    name,
    vendor: 'nvidia',
    memoryTotalBytes: memoryTotal(nvml, handle),
    powerLimitW: firstDraft.powerLimitW ?? null,
    powerQuality: quality,
    hasEnergyCounter,
    band,
    ...(quality === 'instant' ? { sensing } : {}),
  };

  // What was read to find out is as old as the opening: readings begin anew.
  let draft: Draft = {};
  let lost: { reason: MissingReason; againMs: number; waitMs: number } | null = null;

  const lose = (failure: Failure, atMs: number): null => {
    const waitMs = lost === null ? firstReturnMs : Math.min(longestReturnMs, lost.waitMs * 2);
    lost = { reason: failure.reason, againMs: atMs + waitMs, waitMs };
    draft = {};
    for (const each of questions) each.dueMs = 0;
    return null;
  };

  /** A device that fell off the bus has to be looked up again; true when it answers. */
  const returned = (atMs: number): boolean => {
    const found = Buffer.alloc(8);
    const code = nvml.call('handleByUuid', Buffer.from(`${uuid}\0`), found);
    if (code !== nvmlSuccess) {
      lose(failureOf(code), atMs);
      return false;
    }
    device.handle = found.readBigUInt64LE();
    return true;
  };

  /** @param clock starts at the asking; its next reading is taken after it */
  const ask = (each: Asked, clock: CallClock, roundMs: number): Failure | null => {
    const { question } = each;
    const fromMs = clock.lastMs;
    const code = question.ask(device.handle, draft);
    each.calls += 1;
    if (clock.lap() > slowCallMs) each.slowCalls += 1;
    if (each.calls >= callsWatched) {
      if (each.slowCalls > 1) each.slowing = Math.min(mostSlowing, each.slowing * 2);
      else each.slowing = Math.max(1, each.slowing / 2);
      each.calls = 0;
      each.slowCalls = 0;
    }
    const everyMs =
      each.slowing === 1 ? question.everyMs : Math.max(question.everyMs, roundMs) * each.slowing;
    // Half a round early is on time: the next round would be late.
    each.dueMs = everyMs === 0 ? 0 : fromMs + everyMs - roundMs / 2;
    if (code === nvmlSuccess) return null;
    const { supplies } = question;
    draft = Object.fromEntries(
      Object.entries(draft).filter(([key]) => !supplies.includes(key as keyof Draft)),
    );
    const failure = failureOf(code);
    if (failure.reach === 'metric') each.dueMs = fromMs + refusedEveryMs;
    return failure;
  };

  const device: NvmlDevice = {
    info,
    handle,
    cannot,
    get lost() {
      return lost?.reason ?? null;
    },
    improved: () => mayImprove.some((question) => question.ask(device.handle, {}) === nvmlSuccess),
    read(nowMs, roundMs) {
      const clock = new CallClock(nowMs);
      const startMs = clock.lastMs;
      if (lost !== null && (startMs < lost.againMs || !returned(startMs))) return null;
      // The stamp is that of power and energy, which are asked first.
      let timeMs = startMs;
      for (let position = 0; position < questions.length; position += 1) {
        const each = questions[position];
        if (each === undefined || clock.lastMs < each.dueMs) continue;
        const failure = ask(each, clock, roundMs);
        if (failure?.reach === 'library') return failure;
        if (failure?.reach === 'device') return lose(failure, startMs);
        if (position === 1) timeMs = (startMs + clock.lastMs) / 2;
      }
      lost = null;
      return { uuid, timeMs, ...draft };
    },
  };
  return device;
}
