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
  powerAndCounter,
  powerQuestions,
  type Question,
} from './deviceMetrics.ts';
import { type Failure, failureOf, nvmlSuccess } from './returnCodes.ts';

/** A question that was refused for good is put again this late: a MIG mode or a permission may have changed. */
const refusedEveryMs = 60_000;
const firstReturnMs = 1_000;
const longestReturnMs = 60_000;
/**
 * A question whose calls are slower than this, more than so often in so many, is put half as often: the driver's lock
 * is not ours. On a crowded machine some calls only wait for a processor.
 */
const slowCallMs = 5;
const callsWatched = 100;
const slowCallsBorne = 10;
const mostSlowing = 32;
/** Of a call that came back later nobody knows when its values were taken. */
const longestCallMs = 1_000;
/** A counter by two ways, asked one after the other, differs by less, joules. */
const sameCounterJ = 3_000;

interface Asked {
  readonly question: Question;
  dueMs: number;
  calls: number;
  slowCalls: number;
  /** How many times rarer than usual. */
  slowing: number;
}

const askOnce = (question: Question, handle: DeviceHandle, draft: Draft): Promise<number> =>
  new Promise((resolve) => question.ask(handle, draft, resolve));

const asked = (question: Question): Asked => ({ question, dueMs: 0, calls: 0, slowCalls: 0, slowing: 1 });

export interface NvmlDevice {
  readonly info: SourceDevice;
  handle: DeviceHandle;
  /** What this device cannot tell, for people: `energy counter (not supported)`. */
  readonly cannot: readonly string[];
  /** Why it gives no readings now; null while it does. */
  readonly lost: MissingReason | null;
  /** Whether a better way to measure answers now that failed at the opening: then it should be opened anew. */
  improved(): Promise<boolean>;
  /**
   * Gives null while it is lost, and a failure that concerns the whole library instead of a reading. One call after the
   * other, each on a thread of its own: a driver that hangs holds up one thread of this device and nothing else.
   */
  read(nowMs: () => number, roundMs: number, done: (result: DeviceReading | Failure | null) => void): void;
}

/** Text of up to `size` bytes from a call that fills a buffer. */
export async function textFrom(
  size: number,
  call: (into: Buffer) => Promise<number>,
): Promise<string | null> {
  const into = Buffer.alloc(size);
  if ((await call(into)) !== nvmlSuccess) return null;
  const end = into.indexOf(0);
  return into.toString('utf8', 0, end < 0 ? size : end);
}

/**
 * Asks the device everything once.
 * @returns the failure where the library or the device itself failed, or the device has no identity
 */
export async function openDevice(
  nvml: Nvml,
  handle: DeviceHandle,
  index: number,
): Promise<NvmlDevice | Failure> {
  const uuid = await textFrom(96, (into) => nvml.later('uuid', handle, into, into.length));
  if (uuid === null || uuid === '') return failureOf(28);
  const name = (await textFrom(96, (into) => nvml.later('name', handle, into, into.length))) ?? 'NVIDIA GPU';
  const cannot: string[] = [];
  const firstDraft: Draft = {};

  /** Code of a first asking; the device goes on without what it refuses. */
  const tryOnce = (question: Question): Promise<number> => askOnce(question, handle, firstDraft);
  const fatal = (code: number): Failure | null => {
    const failure = failureOf(code);
    return code !== nvmlSuccess && (failure.reach === 'library' || failure.reach === 'device')
      ? failure
      : null;
  };

  const energy = energyQuestion(nvml);
  const energyCode = await tryOnce(energy);
  const questions: Asked[] = [asked(energy)];
  /** Better ways that failed for a moment, just when it was settled what is used. */
  const mayImprove: Question[] = [];
  if (energyCode !== nvmlSuccess && failureOf(energyCode).reach === 'passing') mayImprove.push(energy);
  let quality: SourceDevice['powerQuality'] = 'averaged1s';
  let powerCode: number | undefined;
  for (const way of powerQuestions(nvml)) {
    const code = await tryOnce(way.question);
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
    const code = await tryOnce(question);
    const failure = fatal(code);
    if (failure !== null) return failure;
    if (code !== nvmlSuccess) cannot.push(`${question.label} (${failureOf(code).text})`);
    questions.push(asked(question));
  }
  const hasEnergyCounter = energyCode === nvmlSuccess;
  if (hasEnergyCounter && quality === 'instant') await askTogether(nvml, handle, firstDraft, questions);
  const { sensing, band } = chipSensor(name, hasEnergyCounter ? 'counter' : quality);
  const info: SourceDevice = {
    uuid,
    index,
    name,
    vendor: 'nvidia',
    memoryTotalBytes: await memoryTotal(nvml, handle),
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
  const returned = async (atMs: number): Promise<boolean> => {
    const found = Buffer.alloc(8);
    const code = await nvml.later('handleByUuid', Buffer.from(`${uuid}\0`), found);
    if (code !== nvmlSuccess) {
      lose(failureOf(code), atMs);
      return false;
    }
    device.handle = found.readBigUInt64LE();
    return true;
  };

  /** Books an answer: when the question is due again, and what its failure is. */
  const note = (
    each: Asked,
    code: number,
    fromMs: number,
    tookMs: number,
    roundMs: number,
  ): Failure | null => {
    const { question } = each;
    each.calls += 1;
    if (tookMs > slowCallMs) each.slowCalls += 1;
    if (each.calls >= callsWatched) {
      if (each.slowCalls > slowCallsBorne) each.slowing = Math.min(mostSlowing, each.slowing * 2);
      else each.slowing = Math.max(1, each.slowing / 2);
      each.calls = 0;
      each.slowCalls = 0;
    }
    // Power and the counter are what this is for: a round that finds them under way passes them over.
    const everyMs =
      each.slowing === 1 || question.everyMs === 0
        ? question.everyMs
        : Math.max(question.everyMs, roundMs) * each.slowing;
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

  /** Asks what is due, one question after the other. */
  const askDue = (
    nowMs: () => number,
    startMs: number,
    roundMs: number,
    done: (result: DeviceReading | Failure | null) => void,
  ): void => {
    let at = 0;
    let fromMs = startMs;
    // The stamp is that of power and energy, which are asked first.
    let timeMs: number | null = null;
    const next = (): void => {
      while (at < questions.length && fromMs < (questions[at]?.dueMs ?? 0)) at += 1;
      const each = questions[at];
      if (each === undefined) {
        lost = null;
        done({ uuid, timeMs: timeMs ?? startMs, ...draft });
      } else each.question.ask(device.handle, draft, answered);
    };
    const answered = (code: number): void => {
      const each = questions[at];
      if (each === undefined) return;
      at += 1;
      const beganMs = fromMs;
      fromMs = nowMs();
      const failure = note(each, code, beganMs, fromMs - beganMs, roundMs);
      if (failure?.reach === 'library') done(failure);
      else if (failure?.reach === 'device') done(lose(failure, startMs));
      else if (each.question.everyMs !== 0) next();
      else if (fromMs - beganMs > longestCallMs) done(null);
      else {
        timeMs = ((timeMs ?? beganMs) + fromMs) / 2;
        next();
      }
    };
    next();
  };

  const device: NvmlDevice = {
    info,
    handle,
    cannot,
    get lost() {
      return lost?.reason ?? null;
    },
    async improved() {
      for (const question of mayImprove)
        if ((await askOnce(question, device.handle, {})) === nvmlSuccess) return true;
      return false;
    },
    read(nowMs, roundMs, done) {
      const startMs = nowMs();
      if (lost === null) askDue(nowMs, startMs, roundMs, done);
      else if (startMs < lost.againMs) done(null);
      else
        void returned(startMs).then((there) => {
          if (there) askDue(nowMs, startMs, roundMs, done);
          else done(null);
        });
    },
  };
  return device;
}

/** Replaces the questions for power and for the counter by one for both, where its answer is the same. */
async function askTogether(
  nvml: Nvml,
  handle: DeviceHandle,
  { energyJ }: Draft,
  questions: Asked[],
): Promise<void> {
  const together: Draft = {};
  const question = powerAndCounter(nvml);
  if ((await askOnce(question, handle, together)) !== nvmlSuccess) return;
  const apartJ = (together.energyJ ?? Number.NaN) - (energyJ ?? Number.NaN);
  if (apartJ >= 0 && apartJ < sameCounterJ) questions.splice(0, 2, asked(question));
}
